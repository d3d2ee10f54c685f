"""Access tokens for mail servers without passwords: OAuth 2.0 client credentials (RFC 6749 section 4.4).

The only module that talks to the token endpoint. Tokens stay in the memory of the process and are written nowhere.
"""

import base64
import binascii
import json
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from mailroom import login_errors

TIMEOUT_SECONDS = 20
_SPARE_SECONDS = 300  # a token is renewed that long before its end, or in the middle of a shorter life
_DEFAULT_LIFE_SECONDS = 3600  # where the endpoint names no `expires_in` (only recommended: RFC 6749 section 5.1)


class NoToken(Exception):
    """The token endpoint gave no token. `text` says why in German and names no secret."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Client:
    """Identity of this installation at a token endpoint, as the settings MAIL_TOKEN_URL and MAIL_CLIENT_… say it.

    Secret, certificate and key are read anew for each token where they are files, so that a rotated one counts at once.
    """

    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    secret: str = ""
    secret_file: str = ""
    certificate: str = ""  # path of a PEM file; with the private key, if `key` is empty
    key: str = ""  # path of a PEM file

    def problem(self) -> str:
        """Return in German what the settings lack, "" when a token can be asked for. Opens no connection."""
        if not self.token_url or not self.client_id:
            return "Für auth=xoauth2 fehlen MAIL_TOKEN_URL und MAIL_CLIENT_ID."
        try:
            url = urlsplit(self.token_url)
            is_secure = url.scheme == "https" or (url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost"))
        except ValueError:
            is_secure = False
        if not is_secure:
            return "MAIL_TOKEN_URL ist keine Adresse, die mit https:// beginnt."
        given = [bool(self.secret), bool(self.secret_file), bool(self.certificate)]
        if sum(given) != 1:
            return (
                "Für auth=xoauth2 gehört genau eines dazu: MAIL_CLIENT_SECRET, MAIL_CLIENT_SECRET_FILE oder "
                "MAIL_CLIENT_CERTIFICATE."
            )
        return ""

    def contents(self) -> tuple[bytes, ...]:
        """Return the bytes of each file that the settings name, empty ones for a file that cannot be read."""
        found = []
        for path in filter(None, (self.secret_file, self.certificate, self.key)):
            try:
                found.append(Path(path).read_bytes())
            except OSError:
                found.append(b"")
        return tuple(found)

    def read_secret(self) -> str:
        """Return the client secret. Raises NoToken when its file cannot be read or is empty."""
        return self.secret or _read(self.secret_file, "MAIL_CLIENT_SECRET_FILE").decode("utf-8", "replace").strip()

    def read_certificate(self) -> bytes:
        """Return the PEM bytes of the certificate. Raises NoToken when the file cannot be read or is empty."""
        return _read(self.certificate, "MAIL_CLIENT_CERTIFICATE")

    def read_key(self) -> bytes:
        """Return the PEM bytes with the private key. Raises NoToken when the file cannot be read or is empty."""
        return _read(self.key, "MAIL_CLIENT_KEY") if self.key else self.read_certificate()


@dataclass(frozen=True)
class _Kept:
    """A token and the instant at which it is renewed, by the monotonic clock in seconds."""

    token: str
    renew_at: float


_kept: dict[Client, _Kept] = {}
_lock = threading.Lock()


def access_token(client: Client, *, refused: str = "") -> str:
    """Return an access token, the one in memory as long as it is not to be renewed.

    `refused` is a token that the mail server has just refused: it is never returned again. Raises NoToken. One thread
    at a time asks the endpoint.
    """
    with _lock:
        kept = _kept.get(client)
        if kept and kept.token != refused and time.monotonic() < kept.renew_at:
            return kept.token
        _kept.pop(client, None)
        token, life = _ask(client)
        _kept[client] = _Kept(token, time.monotonic() + life - min(_SPARE_SECONDS, life / 2))
        return token


def roles(token: str) -> tuple[str, ...] | None:
    """Return the permissions that a token of Microsoft's names, None for a token that is no JWT or has no claims.

    The signature is not checked: the answer only chooses the sentence about a refused login.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return None
    found = claims.get("roles", []) if isinstance(claims, dict) else None
    return tuple(map(str, found)) if isinstance(found, list) else None


def certificate_end(client: Client, zone: ZoneInfo) -> date | None:
    """Return the last day of the client's certificate in this zone; None without one or when it is unreadable."""
    from cryptography import x509

    try:
        end = x509.load_pem_x509_certificate(client.read_certificate()).not_valid_after_utc
    except (NoToken, ValueError):
        return None
    return end.astimezone(zone).date()


def _ask(client: Client) -> tuple[str, float]:
    """Ask the endpoint for a token; return it with its life in seconds. Raises NoToken."""
    # Imported here, since most installations and most processes never ask for a token.
    import requests
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.requests_client import OAuth2Session

    with OAuth2Session(client.client_id, **_authentication(client), scope=client.scope or None) as session:
        session.verify = ssl.get_default_verify_paths().cafile or True
        try:
            found = session.fetch_token(client.token_url, grant_type="client_credentials", timeout=TIMEOUT_SECONDS)
            return str(found["access_token"]), float(found.get("expires_in") or _DEFAULT_LIFE_SECONDS)
        except OAuthError as error:
            raise NoToken(login_errors.token_refused(str(error.error), str(error.description or ""))) from error
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise NoToken(login_errors.token_endpoint_away(urlsplit(client.token_url).hostname or "")) from error


def _authentication(client: Client) -> dict[str, object]:
    """Return OAuth2Session's arguments for secret or certificate.

    With a certificate the client signs an assertion (RFC 7523 section 2.2) that names it by its SHA-256 (RFC 7515
    section 4.1.8), as Microsoft demands it.
    """
    if not client.certificate:
        return {"client_secret": client.read_secret(), "token_endpoint_auth_method": "client_secret_post"}
    from authlib.oauth2.rfc7523 import PrivateKeyJWT
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    try:
        certificate = x509.load_pem_x509_certificate(client.read_certificate())
        key = RSAKey.import_key(client.read_key())
    except (ValueError, TypeError, JoseError) as error:
        raise NoToken(login_errors.UNREADABLE_CERTIFICATE) from error
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    method = PrivateKeyJWT(client.token_url, headers={"x5t#S256": thumbprint}, alg="PS256")
    return {"client_secret": key, "token_endpoint_auth_method": method}


def _read(path: str, name: str) -> bytes:
    try:
        found = Path(path).read_bytes().strip()
    except OSError as error:
        raise NoToken(f"Die Datei, die {name} nennt, ist nicht lesbar ({error.strerror}).") from error
    if not found:
        raise NoToken(f"Die Datei, die {name} nennt, ist leer.")
    return found
