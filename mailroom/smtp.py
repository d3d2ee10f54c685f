"""Handing bytes over to the mail server: the only module that talks SMTP.

A transport is a context manager that takes a mail in two steps, so that the caller can write down between them that
the mail is about to leave: `offer` names sender and recipient, `hand_over` gives the bytes, `withdraw` does not.
They raise `Postponed` (try again later), `Refused` (never), `Misconfigured` (nobody's mail will go) or, after the
bytes, `Unanswered` (it may have arrived).
"""

import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from functools import lru_cache
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 30

# RFC 4954 section 6 and RFC 3207 section 4: log in first, mechanism too weak, wrong credentials, encrypt first.
_LOGIN_CODES = {530, 534, 535, 538}
_CLOSING = 421
_TOO_LARGE = 552  # RFC 1870 section 6.1


class NotSent(Exception):
    """The mail was not taken; `text` says why, in the server's words, and may name the recipient: never log it."""

    def __init__(self, text: str, *, code: int = 0) -> None:
        super().__init__(f"code {code}" if code else "no answer")
        self.code = code
        self.text = text


class Postponed(NotSent):
    """Not now: a 4xx answer, or no connection (RFC 5321 section 4.2.1)."""


class Refused(NotSent):
    """Never: a 5xx answer."""


class Unanswered(NotSent):
    """The bytes went out and the connection broke before the answer: the mail may have arrived (RFC 5321 4.5.3.2.6)."""


class Misconfigured(NotSent):
    """Our side is wrong: address, credentials or encryption in EMAIL_URL. Says nothing about this mail."""


class Transport(Protocol):
    """What delivery needs."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None: ...
    def hand_over(self, raw: bytes) -> str: ...
    def withdraw(self) -> None: ...


def transport(email_url: str, *, base_url: str) -> Transport:
    """The transport for EMAIL_URL; `base_url` names us in EHLO. Raises Misconfigured for what cannot be meant."""
    try:
        url = urlsplit(email_url)
        url.port  # noqa: B018 - raises ValueError for one that is none
    except ValueError as error:
        raise Misconfigured("EMAIL_URL ist keine Adresse eines Mailservers.") from error
    if url.scheme == "outbox":
        return KeptHere()
    if url.scheme not in ("smtp", "smtps"):
        raise Misconfigured("EMAIL_URL beginnt weder mit outbox:// noch mit smtp:// oder smtps://.")
    if not url.hostname:
        raise Misconfigured("EMAIL_URL nennt keinen Mailserver.")
    return SmtpTransport(url, name=_own_name(base_url))


def is_here(host: str) -> bool:
    """Whether what is said to this host never leaves the machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_name(base_url: str) -> str:
    """Our name in EHLO: the site's host, or its address literal (RFC 5321 section 4.1.3)."""
    host = urlsplit(base_url).hostname or "localhost"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


class KeptHere:
    """`outbox://`: nothing leaves, the mail counts as sent and stays readable in the outbox."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        pass

    def offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None:
        """Nobody refuses."""

    def hand_over(self, raw: bytes) -> str:
        """Take the mail."""
        return ""

    def withdraw(self) -> None:
        """Nothing was begun."""


class SmtpTransport:
    """One connection, opened with the first mail and kept for the batch; a lost one is opened again.

    Once the server could not be reached, the rest of the batch is postponed without asking it again.
    """

    def __init__(self, url: SplitResult, *, name: str) -> None:
        options = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        asked = options.pop("tls", "none")
        if options or asked not in ("starttls", "none"):
            raise Misconfigured("In EMAIL_URL steht hinter dem Fragezeichen etwas anderes als tls=starttls.")
        self.encryption = "implicit" if url.scheme == "smtps" else asked
        self.host = url.hostname or ""
        self.port = url.port or {"implicit": 465, "starttls": 587, "none": 25}[self.encryption]
        self.user = unquote(url.username or "")
        self.password = unquote(url.password or "")
        if self.user and self.encryption == "none" and not is_here(self.host):
            raise Misconfigured(
                "Mit dieser EMAIL_URL ginge das Kennwort unverschlüsselt über das Netz. Bitte smtps:// davor schreiben "
                "oder ?tls=starttls dahinter."
            )
        self.name = name
        self._smtp: smtplib.SMTP | None = None
        self._unreachable: Postponed | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):  # everything sent has been answered already
                self._smtp.quit()
        self._drop()

    def offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None:
        """Say who writes to whom; the recipient is accepted when this returns.

        `size` is that of the bytes; `envid` names the mail in what may come back (RFC 3461 section 4.4).
        """
        smtp = self._connection()
        wants_dsn = smtp.has_extn("dsn")
        mail = [f"SIZE={size}"] if smtp.has_extn("size") else []
        mail += ["RET=HDRS", f"ENVID={_xtext(envid)}"] if wants_dsn else []
        rcpt = ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"] if wants_dsn else []
        with self._talking():
            self._expect_sender(smtp.mail(envelope_from, mail))
            self._expect(smtp.rcpt(recipient, rcpt))

    def hand_over(self, raw: bytes) -> str:
        """Give the bytes of the mail that was offered; returns the server's answer to them."""
        smtp = self._connection()
        try:
            answer = smtp.data(raw)
        except smtplib.SMTPDataError as error:  # DATA itself is not wanted: no byte left, whatever the code
            raise self._problem((error.smtp_code, _bytes(error.smtp_error))) from error
        except OSError as error:
            self._drop()
            raise Unanswered(f"Die Verbindung brach ab, bevor der Mailserver bestätigt hat: {error}") from error
        if not (200 <= answer[0] < 300 or 400 <= answer[0] < 600):
            self._drop()
            raise Unanswered(f"Die Antwort des Mailservers war keine: {_text(answer)}")
        self._expect(answer)
        return _text(answer)

    def withdraw(self) -> None:
        """Do not send what was offered."""
        self._reset()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Before the first byte of a mail, a lost connection costs nothing but time."""
        try:
            yield
        except smtplib.SMTPResponseException as error:  # an answer that is none
            self._drop()
            raise Postponed(_text((error.smtp_code, _bytes(error.smtp_error)))) from error
        except UnicodeError as error:
            self._reset()
            raise Refused("Diese Adresse enthält Zeichen, mit denen der Mailserver nicht umgehen kann.") from error
        except OSError as error:
            self._drop()
            raise Postponed(f"Die Verbindung zum Mailserver brach ab: {error}") from error

    def _expect_sender(self, answer: tuple[int, bytes]) -> None:
        """A sender that is refused is our own: then no mail will go. Only its size is a matter of the mail."""
        try:
            self._expect(answer)
        except Refused as error:
            if error.code == _TOO_LARGE:
                raise
            raise Misconfigured(error.text, code=error.code) from error

    def _expect(self, answer: tuple[int, bytes]) -> None:
        """Raise for any answer but 2xx: of a code that is not known the first digit decides (RFC 5321 section 4.2)."""
        if not 200 <= answer[0] < 300:
            raise self._problem(answer)

    def _problem(self, answer: tuple[int, bytes]) -> NotSent:
        """Return the error for an answer that is no success, and leave the connection ready for the next mail."""
        code = answer[0]
        if code == _CLOSING or not 400 <= code < 600:
            self._drop()
        else:
            self._reset()
        if code in _LOGIN_CODES:
            return Misconfigured(_text(answer), code=code)
        return (Refused if 500 <= code < 600 else Postponed)(_text(answer), code=code)

    def _connection(self) -> smtplib.SMTP:
        if self._unreachable is not None:
            raise self._unreachable
        if self._smtp is None:
            try:
                self._smtp = self._open()
            except Postponed as error:
                self._unreachable = error
                raise
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        try:
            if self.encryption == "implicit":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    self.host, self.port, local_hostname=self.name, timeout=TIMEOUT_SECONDS, context=_trusted()
                )
            else:
                smtp = smtplib.SMTP(self.host, self.port, local_hostname=self.name, timeout=TIMEOUT_SECONDS)
            self._smtp = smtp
            if self.encryption == "starttls":
                smtp.starttls(context=_trusted())
            smtp.ehlo_or_helo_if_needed()
            if self.user:
                smtp.login(self.user, self.password)
        except smtplib.SMTPResponseException as error:
            self._drop()
            text = _text((error.smtp_code, _bytes(error.smtp_error)))
            temporary = not 500 <= error.smtp_code < 600
            raise (Postponed if temporary else Misconfigured)(text, code=error.smtp_code) from error
        except (smtplib.SMTPServerDisconnected, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self._drop()
            raise Postponed(f"Der Mailserver hat die Verbindung beendet: {error}") from error
        except (smtplib.SMTPException, ssl.SSLError, UnicodeError) as error:
            # no STARTTLS, no common way to log in, a certificate that does not fit, a password outside ASCII
            self._drop()
            raise Misconfigured(str(error)) from error
        except OSError as error:
            self._drop()
            raise Postponed(f"Keine Verbindung zum Mailserver: {error}") from error
        return smtp

    def _reset(self) -> None:
        if self._smtp is not None:
            try:
                code, _ = self._smtp.rset()
            except OSError:  # smtplib's SMTPServerDisconnected, too
                self._drop()
            else:
                if not 200 <= code < 300:
                    self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whose certificates count: the machine's list, read once, since that takes as long as handing over ten mails."""
    return ssl.create_default_context()


def _bytes(error: bytes | str) -> bytes:
    return error if isinstance(error, bytes) else error.encode()


def _xtext(text: str) -> str:
    """The characters that an ESMTP parameter takes; others as +XX (RFC 3461 section 4)."""
    return "".join(
        chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}" for byte in text.encode("utf-8")
    )


def _text(answer: tuple[int, bytes]) -> str:
    """„550 5.1.1 No such user“, on one line."""
    code, words = answer
    return " ".join(f"{code} {words.decode('utf-8', 'replace')}".split())
