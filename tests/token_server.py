"""A token endpoint on this machine (RFC 6749 section 4.4) whose tokens the mail servers of the tests check."""

import base64
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, MAILBOX = "app-7", "antwort@amt.example"
ROLES = ("SMTP.SendAsApp", "IMAP.AccessAsApp")


@dataclass
class TokenServer:
    """The endpoint: what it knows and does.

    `secret` or the certificate's file proves the client. A token is valid for `life` seconds. `refusal` is the error
    that it answers with (RFC 6749 section 5.2); while `is_away` it answers 503.
    """

    port: int = 0
    secret: str = "Wert~8.Q_x"
    certificate: Path | None = None
    life: float = 3600
    roles: Sequence[str] = ROLES
    refusal: dict[str, str] = field(default_factory=dict)
    is_away: bool = False
    asked: int = 0
    scopes: list[str] = field(default_factory=list)
    ends: dict[str, float] = field(default_factory=dict)  # token → end of its life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @property
    def introspection(self) -> str:
        """The address at which Dovecot asks about a token (RFC 7662)."""
        return f"http://127.0.0.1:{self.port}/introspect"

    def accepts(self, token: str) -> bool:
        return time.monotonic() < self.ends.get(token, 0)

    def revoke_all(self) -> None:
        """Let no token count any more that was given out so far."""
        self.ends.clear()

    def answer(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a request for a token: HTTP status and JSON."""
        self.asked += 1
        if self.is_away:
            return 503, {}
        if self.refusal:
            return 401, self.refusal
        if asked.get("grant_type") != "client_credentials" or not self._is_proven(asked):
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}
        self.scopes.append(asked.get("scope", ""))
        claims = {"roles": list(self.roles), "jti": len(self.ends) + self.asked}
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        token = f"kopf.{body}.siegel"
        self.ends[token] = time.monotonic() + self.life
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.life}

    def _is_proven(self, asked: dict[str, str]) -> bool:
        if self.certificate is None:
            return asked.get("client_id") == CLIENT and asked.get("client_secret") == self.secret
        key = x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_key()
        read = jwt.decode(asked["client_assertion"], RSAKey.import_key(_pem(key)), algorithms=["PS256"])
        return bool(read.header.get("x5t#S256")) and (read.claims["sub"], read.claims["aud"]) == (CLIENT, self.url)


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """Run the endpoint on 127.0.0.1 until the block ends."""
    known = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked = {key: values[0] for key, values in parse_qs(sent).items()}
            if urlsplit(self.path).path == "/introspect":
                is_valid = known.accepts(asked.get("token", ""))
                self._say(200, {"active": is_valid, **({"username": MAILBOX.partition("@")[0]} if is_valid else {})})
            else:
                self._say(*known.answer(asked))

        def _say(self, status: int, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield known
        finally:
            server.shutdown()
            thread.join()
