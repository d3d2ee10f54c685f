"""Connecting and logging in at a mail server, by password or token. With `mailroom.smtp` the only module for SMTP."""

import smtplib
import ssl
from dataclasses import dataclass
from functools import lru_cache

from mailroom import login_errors, oauth
from mailroom.smtp_types import Misconfigured, Postponed, Throttled

TIMEOUT_SECONDS = 30


@dataclass
class Server:
    """A mail server and our login there, as EMAIL_URL says it; without `user` nobody logs in.

    `encryption` is "implicit", "starttls" or "none". `client` asks for tokens, None for a login by password. `token` is
    the one that was used last.
    """

    host: str
    port: int
    encryption: str
    name: str  # ours, in EHLO
    user: str
    password: str
    client: oauth.Client | None
    token: str = ""

    def connect(self, *, refused: str = "") -> smtplib.SMTP:
        """Connect, encrypt and log in. `refused` is a token that must not be used again. An error leaves nothing open.

        Raises Misconfigured for a 5xx answer, a wrong certificate, missing STARTTLS or login, or without a token; else
        Postponed.
        """
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._greet()
            smtp.ehlo_or_helo_if_needed()
            self._log_in(smtp, refused)
        except (OSError, UnicodeError, Misconfigured) as error:  # smtplib's errors are OSErrors
            if smtp is not None:
                smtp.close()
            raise self._translated(error) from error
        return smtp

    def _greet(self) -> smtplib.SMTP:
        """Open the connection, encrypted as wanted. Raises smtplib's errors and closes the connection then."""
        name, timeout = self.name, TIMEOUT_SECONDS
        if self.encryption == "implicit":
            return smtplib.SMTP_SSL(self.host, self.port, local_hostname=name, timeout=timeout, context=_trusted())
        smtp = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=timeout)
        if self.encryption == "starttls":
            try:
                smtp.starttls(context=_trusted())
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _log_in(self, smtp: smtplib.SMTP, refused: str) -> None:
        """Log in by password or token, not at all without a user. Raises smtplib's errors, or Misconfigured."""
        if self.client is None:
            if self.user:
                smtp.login(self.user, self.password)
            return
        if "XOAUTH2" not in smtp.esmtp_features.get("auth", "").upper().split():
            raise Misconfigured("Dieser Mailserver bietet die Anmeldung ohne Kennwort (XOAUTH2) nicht an.")
        try:
            self.token = token = oauth.access_token(self.client, refused=refused)
        except oauth.NoToken as error:
            raise Misconfigured(error.text) from error

        def respond(challenge: bytes | None = None) -> str:
            # After a refusal the server sends an error as challenge, which an empty answer ends.
            return f"user={self.user}\1auth=Bearer {token}\1\1" if challenge is None else ""

        smtp.auth("XOAUTH2", respond)

    def _translated(self, error: Exception) -> Exception:
        """Return the error of this module for one of smtplib, ssl or the socket."""
        match error:
            case Misconfigured():
                return error
            case smtplib.SMTPResponseException():
                text = text_of((error.smtp_code, as_bytes(error.smtp_error)))
                if not 500 <= error.smtp_code < 600:
                    return postponed(text, error.smtp_code)
                if isinstance(error, smtplib.SMTPAuthenticationError):
                    text = self.explained(text)
                return Misconfigured(text, code=error.smtp_code)
            case smtplib.SMTPServerDisconnected() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
                return Postponed(f"Der Mailserver hat die Verbindung beendet: {error}")
            case smtplib.SMTPException() | ssl.SSLError() | UnicodeError():
                # no STARTTLS, no common login mechanism, a wrong certificate, a password outside ASCII
                return Misconfigured(str(error))
        return Postponed(f"Keine Verbindung zum Mailserver: {error}")

    def explained(self, text: str) -> str:
        """Return what the server's refusal of our login or sender means in German, with its words; else these alone."""
        with_token = self.client is not None
        return login_errors.smtp_refused(text, roles=oauth.roles(self.token), with_token=with_token)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return the context with the machine's certificates; cached, since reading them takes as long as ten mails."""
    return ssl.create_default_context()


def postponed(text: str, code: int) -> Postponed:
    """Return the error for a temporary answer: Throttled when there were too many mails, else Postponed."""
    return (Throttled if login_errors.is_throttled(code, text) else Postponed)(text, code=code)


def as_bytes(error: bytes | str) -> bytes:
    return error if isinstance(error, bytes) else error.encode()


def text_of(answer: tuple[int, bytes]) -> str:
    """Return code and words on one line, e.g. "550 5.1.1 No such user"."""
    code, words = answer
    return " ".join(f"{code} {words.decode('utf-8', 'replace')}".split())
