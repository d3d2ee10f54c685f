"""Transport of bytes to the mail server: the only module that speaks SMTP.

A transport is a context manager that takes a mail in two steps, so that the caller can store between them that the
mail is about to leave: `offer` names sender and recipient, then `hand_over` sends the bytes or `withdraw` drops the
offer. They raise `Postponed` (try again later), `Refused` (never), `Misconfigured` (no mail can leave) or, after the
bytes, `Unanswered` (the mail may have arrived).
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
    """The mail was not accepted, or nobody knows. `code` is the SMTP code, 0 without one; `str(error)` is safe to log.

    `text` is the server's answer, or a German sentence of ours. It may name the recipient: never log it.
    """

    def __init__(self, text: str, *, code: int = 0) -> None:
        super().__init__(f"code {code}" if code else "no answer")
        self.code = code
        self.text = text


class Postponed(NotSent):
    """The mail can be tried again later: a 4xx or invalid answer, or no connection (RFC 5321 section 4.2.1)."""


class Refused(NotSent):
    """The mail is finally refused: a 5xx answer, or an address that smtplib cannot write."""


class Unanswered(NotSent):
    """The mail may have arrived (RFC 5321 section 4.5.3.2.6).

    The connection broke between `hand_over` and the final answer, or that answer had no valid code.
    """


class Misconfigured(NotSent):
    """EMAIL_URL or our sender address is wrong, so no mail can leave. The error says nothing about this mail."""


class Transport(Protocol):
    """Transport as `services.delivery` uses it: for each mail `offer`, then `hand_over` or `withdraw`.

    `offer` names sender and recipient to the server, `hand_over` sends the bytes and returns the server's answer,
    `withdraw` drops the offer. The first two raise subclasses of NotSent.
    """

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None: ...
    def hand_over(self, raw: bytes) -> str: ...
    def withdraw(self) -> None: ...


def transport(email_url: str, *, base_url: str) -> Transport:
    """Return the transport for EMAIL_URL; the host of `base_url` is our name in EHLO. Opens no connection.

    That for `outbox://` sends nothing. Raises Misconfigured for an invalid URL, and for one that would send a password
    unencrypted to another machine.
    """
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
    """Return whether this host is the machine itself, so that unencrypted passwords stay on it.

    Only a loopback address or "localhost" is: no other name is resolved.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_name(base_url: str) -> str:
    """Return our name in EHLO: the site's host, or its address literal (RFC 5321 section 4.1.3), else "localhost"."""
    host = urlsplit(base_url).hostname or "localhost"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


class KeptHere:
    """Transport for `outbox://`: no mail leaves; it counts as sent and stays readable in the outbox."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        pass

    def offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None:
        """Accept every recipient."""

    def hand_over(self, raw: bytes) -> str:
        """Accept the mail; return an empty answer."""
        return ""

    def withdraw(self) -> None:
        """Do nothing."""


class SmtpTransport:
    """One connection, opened with the first mail and kept for the batch; a lost connection is opened again.

    When connecting raises Postponed, the rest of the batch is postponed without a further attempt. The constructor
    raises Misconfigured for an option other than `tls`, and for a password that would travel unencrypted.
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
            with contextlib.suppress(smtplib.SMTPException, OSError):  # all mails have been answered already
                self._smtp.quit()
        self._drop()

    def offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None:
        """Send MAIL and RCPT; the server has accepted the recipient when this returns. Connects if necessary.

        `size` is the number of bytes; `envid` identifies the mail in delivery reports (RFC 3461 section 4.4), which a
        server that offers DSN is asked for. Raises Postponed, Refused, or Misconfigured (login, or a refused sender).
        """
        smtp = self._connection()
        wants_dsn = smtp.has_extn("dsn")
        mail = [f"SIZE={size}"] if smtp.has_extn("size") else []
        mail += ["RET=HDRS", f"ENVID={_xtext(envid)}"] if wants_dsn else []
        rcpt = ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"] if wants_dsn else []
        with self._translate_errors():
            self._expect_sender(smtp.mail(envelope_from, mail))
            self._expect(smtp.rcpt(recipient, rcpt))

    def hand_over(self, raw: bytes) -> str:
        """Send the bytes of the offered mail; return the server's answer, code and words on one line.

        Raises Unanswered when the connection breaks, at whatever point, or the answer is neither 2xx, 4xx nor 5xx; for
        a refusal the error of `_problem`.
        """
        smtp = self._connection()
        try:
            answer = smtp.data(raw)
        except smtplib.SMTPDataError as error:  # DATA itself was refused: no byte was sent
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
        """Drop the offered mail by RSET; the connection stays open for the next one. Raises no error."""
        self._reset()

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn errors of `offer` into Refused (an address that smtplib cannot write) or Postponed (all others).

        Lets NotSent pass. Afterwards the connection is reset or dropped, so that the next mail can be offered.
        """
        try:
            yield
        except smtplib.SMTPResponseException as error:  # an invalid answer
            self._drop()
            raise Postponed(_text((error.smtp_code, _bytes(error.smtp_error)))) from error
        except UnicodeError as error:
            self._reset()
            raise Refused("Diese Adresse enthält Zeichen, mit denen der Mailserver nicht umgehen kann.") from error
        except OSError as error:
            self._drop()
            raise Postponed(f"Die Verbindung zum Mailserver brach ab: {error}") from error

    def _expect_sender(self, answer: tuple[int, bytes]) -> None:
        """Raise the error for any answer to MAIL but 2xx.

        A 5xx answer refuses the sender, which is our own address: Misconfigured. Only 552, for the size, is Refused.
        """
        try:
            self._expect(answer)
        except Refused as error:
            if error.code == _TOO_LARGE:
                raise
            raise Misconfigured(error.text, code=error.code) from error

    def _expect(self, answer: tuple[int, bytes]) -> None:
        """Raise the error of `_problem` for any answer but 2xx."""
        if not 200 <= answer[0] < 300:
            raise self._problem(answer)

    def _problem(self, answer: tuple[int, bytes]) -> NotSent:
        """Return the error for an answer other than 2xx; reset or drop the connection for the next mail.

        A login code (530, 534, 535, 538) is Misconfigured, another 5xx Refused, anything else Postponed: for an unknown
        code the first digit decides (RFC 5321 section 4.2).
        """
        code = answer[0]
        if code == _CLOSING or not 400 <= code < 600:
            self._drop()
        else:
            self._reset()
        if code in _LOGIN_CODES:
            return Misconfigured(_text(answer), code=code)
        return (Refused if 500 <= code < 600 else Postponed)(_text(answer), code=code)

    def _connection(self) -> smtplib.SMTP:
        """Return the open connection, else open one. After a first Postponed, raise that again without an attempt."""
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
        """Connect, encrypt and log in as EMAIL_URL says. After an error nothing stays open.

        Raises Misconfigured for a 5xx answer, a wrong certificate, or missing STARTTLS or login; else Postponed.
        """
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
            # no STARTTLS, no common login mechanism, a wrong certificate, a password outside ASCII
            self._drop()
            raise Misconfigured(str(error)) from error
        except OSError as error:
            self._drop()
            raise Postponed(f"Keine Verbindung zum Mailserver: {error}") from error
        return smtp

    def _reset(self) -> None:
        """Send RSET, so that the next mail can be offered; drop the connection if that fails."""
        if self._smtp is not None:
            try:
                code, _ = self._smtp.rset()
            except OSError:  # smtplib's SMTPServerDisconnected, too
                self._drop()
            else:
                if not 200 <= code < 300:
                    self._drop()

    def _drop(self) -> None:
        """Close the connection without QUIT; the next mail opens another."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return the context with the machine's certificates; cached, since reading them takes as long as ten mails."""
    return ssl.create_default_context()


def _bytes(error: bytes | str) -> bytes:
    return error if isinstance(error, bytes) else error.encode()


def _xtext(text: str) -> str:
    """Return the text as xtext for an ESMTP parameter: special characters as +XX (RFC 3461 section 4)."""
    return "".join(
        chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}" for byte in text.encode("utf-8")
    )


def _text(answer: tuple[int, bytes]) -> str:
    """Return code and words on one line, e.g. "550 5.1.1 No such user"."""
    code, words = answer
    return " ".join(f"{code} {words.decode('utf-8', 'replace')}".split())
