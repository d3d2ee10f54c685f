"""Transport of bytes to the mail server. With `mailroom.smtp_login` the only module that speaks SMTP.

A transport is a context manager that takes a mail in two steps, so that the caller can store between them that the
mail is about to leave: `offer` names sender and recipient, then `hand_over` sends the bytes or `withdraw` drops the
offer. They raise `Postponed` (try again later), `Refused` (never), `Misconfigured` (no mail can leave) or, after the
bytes, `Unanswered` (the mail may have arrived).
"""

import contextlib
import ipaddress
import smtplib
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from mailroom import login_errors, oauth
from mailroom.smtp_login import Server, as_bytes, postponed, text_of
from mailroom.smtp_types import Misconfigured, NotSent, Postponed, Refused, Throttled, Transport, Unanswered

__all__ = [
    "KeptHere",
    "Misconfigured",
    "NotSent",
    "Postponed",
    "Refused",
    "SmtpTransport",
    "Throttled",
    "Transport",
    "Unanswered",
    "is_here",
    "transport",
]

# RFC 4954 section 6 and RFC 3207 section 4: log in first, mechanism too weak, wrong credentials, encrypt first.
_LOGIN_CODES = {530, 534, 535, 538}
_CLOSING = 421
_TOO_LARGE = 552  # RFC 1870 section 6.1


def transport(
    email_url: str, *, base_url: str, client: oauth.Client | None = None, plain_hosts: Collection[str] = ()
) -> Transport:
    """Return the transport for EMAIL_URL; the host of `base_url` is our name in EHLO. Opens no connection.

    `client` asks for tokens where the URL says auth=xoauth2. To `plain_hosts`, as to this machine, user and password
    may go unencrypted. Raises Misconfigured for an invalid URL or a client with incomplete settings.
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
    is_near = is_here(url.hostname) or url.hostname in plain_hosts
    return SmtpTransport(url, name=_own_name(base_url), client=client, is_near=is_near)


def _problem_of(server: Server, *, is_near: bool) -> str:
    """Return in German why nobody may log in as EMAIL_URL says, "" when they may."""
    if server.client is not None:
        if problem := server.client.problem():
            return problem
        if not server.user or server.password:
            return (
                "Zu auth=xoauth2 gehört in EMAIL_URL die Adresse des Postfachs und kein Kennwort: "
                "smtp://post%40amt.example@mail.example:587/?tls=starttls&auth=xoauth2"
            )
    if server.user and server.encryption == "none" and not is_near:
        return (
            "Mit dieser EMAIL_URL ginge das Kennwort unverschlüsselt über das Netz. Bitte smtps:// davor schreiben "
            "oder ?tls=starttls dahinter; ein eigener Vermittler im selben Netz gehört in MAIL_PLAIN_HOSTS."
        )
    return ""


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

    def __init__(self, url: SplitResult, *, name: str, client: oauth.Client | None, is_near: bool) -> None:
        options = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        asked, login = options.pop("tls", "none"), options.pop("auth", "password")
        if options or asked not in ("starttls", "none") or login not in ("password", "xoauth2"):
            raise Misconfigured(
                "In EMAIL_URL steht hinter dem Fragezeichen etwas anderes als tls=starttls oder auth=xoauth2."
            )
        encryption = "implicit" if url.scheme == "smtps" else asked
        self.is_near = is_near
        self.server = Server(
            host=url.hostname or "",
            port=url.port or {"implicit": 465, "starttls": 587, "none": 25}[encryption],
            encryption=encryption,
            name=name,
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            client=client or oauth.Client() if login == "xoauth2" else None,
        )
        if problem := _problem_of(self.server, is_near=is_near):
            raise Misconfigured(problem)
        self._refused = ""  # the last token that the server refused
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
        A refused token, at the login or after it has lapsed during the batch, is renewed once for this mail.
        """
        try:
            self._offer(envelope_from, recipient, size=size, envid=envid)
        except Misconfigured as error:
            if not self._may_renew(error):
                raise
            self._refuse_token()
            self._offer(envelope_from, recipient, size=size, envid=envid)

    def _may_renew(self, error: Misconfigured) -> bool:
        """Return whether this is the first refusal of the token that the server was given."""
        is_login = self.server.client is not None and error.code in _LOGIN_CODES
        return is_login and self.server.token != self._refused

    def _offer(self, envelope_from: str, recipient: str, *, size: int, envid: str) -> None:
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
            raise self._problem((error.smtp_code, as_bytes(error.smtp_error))) from error
        except OSError as error:
            self._drop()
            raise Unanswered(f"Die Verbindung brach ab, bevor der Mailserver bestätigt hat: {error}") from error
        if not (200 <= answer[0] < 300 or 400 <= answer[0] < 600):
            self._drop()
            raise Unanswered(f"Die Antwort des Mailservers war keine: {text_of(answer)}")
        self._expect(answer)
        return text_of(answer)

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
            raise Postponed(text_of((error.smtp_code, as_bytes(error.smtp_error)))) from error
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

        A login code (530, 534, 535, 538) and a refusal of our own sender are Misconfigured, another 5xx Refused, too
        many mails Throttled, anything else Postponed: for an unknown code the first digit decides (RFC 5321 section
        4.2).
        """
        code = answer[0]
        if code == _CLOSING or not 400 <= code < 600:
            self._drop()
        else:
            self._reset()
        text = text_of(answer)
        if code in _LOGIN_CODES or login_errors.is_about_our_sender(text):
            return Misconfigured(self.server.explained(text), code=code)
        return Refused(text, code=code) if 500 <= code < 600 else postponed(text, code)

    def _connection(self) -> smtplib.SMTP:
        """Return the open connection, else open one. After a first Postponed, raise that again without an attempt."""
        if self._unreachable is not None:
            raise self._unreachable
        if self._smtp is None:
            try:
                self._smtp = self.server.connect(refused=self._refused)
            except Postponed as error:
                self._unreachable = error
                raise
        return self._smtp

    def _refuse_token(self) -> None:
        """Drop the connection and note that its token is to be replaced."""
        self._refused = self.server.token
        self._drop()

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


def _xtext(text: str) -> str:
    """Return the text as xtext for an ESMTP parameter: special characters as +XX (RFC 3461 section 4)."""
    return "".join(
        chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}" for byte in text.encode("utf-8")
    )
