"""An SMTP server on this machine that answers as a test asks."""

import asyncio
import base64
import email
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from types import ModuleType
from typing import Any

# aiosmtpd imports a decorator from a package named `public`; our app has the same name.
_ours = sys.modules.pop("public", None)
sys.modules["public"] = ModuleType("public")
sys.modules["public"].public = lambda named: named  # type: ignore[attr-defined]
try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult
finally:
    del sys.modules["public"]
    if _ours is not None:
        sys.modules["public"] = _ours

USER, PASSWORD = "amt", "ge:heim/@"


class Server:
    """Server that stores the mails it receives.

    `answers` maps a recipient, "MAIL" or "DATA" to the reply instead of 250. `replies` maps a stage of the session to
    the reply: "greeting", a command („EHLO“, „RSET“), or "." for the end of a mail; after a 421 it hangs up. If `hold`
    is an event, the server stores a mail but does not reply until the event is set. `delay` is the number of seconds
    before it stores a mail, and again before it replies. After a mail for one of `hangs_up_after` it hangs up instead
    of replying.
    """

    def __init__(self, *, needs_login: bool) -> None:
        self.port = 0
        self.needs_login = needs_login
        self.answers: dict[str, str] = {}
        self.replies: dict[str, str] = {}
        self.received: list[tuple[str, list[str], bytes]] = []
        self.names: list[str] = []
        self.hold: threading.Event | None = None
        self.delay = 0.0
        self.hangs_up_after: set[str] = set()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.names.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if self.needs_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.answers:
            return self.answers["DATA"]
        await asyncio.sleep(self.delay)
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        await asyncio.sleep(self.delay)
        while self.hold is not None and not self.hold.is_set():
            await asyncio.sleep(0.02)
        if self.hangs_up_after.intersection(envelope.rcpt_tos):
            server.transport.abort()
        return self.replies.get(".", "250 2.0.0 queued as 4F7")

    @property
    def messages(self) -> list[EmailMessage]:
        """The received mails, parsed."""
        return [email.message_from_bytes(raw, policy=policy.default) for _, _, raw in self.received]


class _Scripted(SMTP):
    """SMTP session that sends the replies of its server's `replies`, and aiosmtpd's otherwise."""

    _instead = ""

    async def push(self, status: Any) -> None:
        if isinstance(status, bytes):  # a challenge
            await super().push(status)
            return
        said = status
        if self._instead and not status.startswith("250-"):
            said, self._instead = self._instead, ""
        if status.startswith("220 ") and not self.session.host_name:
            said = self.event_handler.replies.get("greeting", said)
        await super().push(said)
        if said.startswith("421"):
            self.transport.close()


# For these commands an unusual 2xx reply is a success, too, and the session continues.
_GOES_ON = ("EHLO", "MAIL", "RCPT", "RSET")


def _scripted(command: str) -> Any:
    async def answer(self: _Scripted, arg: str) -> None:
        said = self.event_handler.replies.get(command, "")
        if said and not (said.startswith("2") and command in _GOES_ON):
            await self.push(said)
            return
        self._instead = said  # replaces the last line of the reply
        await getattr(SMTP, f"smtp_{command}")(self, arg)

    return answer


for _command in ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT"):
    setattr(_Scripted, f"smtp_{_command}", _scripted(_command))


class TokenChecker(Server):
    """Server that lets in whoever has a valid token (XOAUTH2), as a server does that sends its error as a challenge.

    Without a valid token it answers `refusal`. Each login is noted in `logins` with its user.
    """

    refusal = "535 5.7.3 Authentication unsuccessful"

    def __init__(self, accepts: Callable[[str], bool]) -> None:
        super().__init__(needs_login=True)
        self.accepts = accepts
        self.logins: list[str] = []

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        said = base64.b64decode(args[1]).decode()
        user, token = said.removeprefix("user=").rstrip("\x01").split("\x01auth=Bearer ")
        self.logins.append(user)
        if self.accepts(token):
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        await server.push(self.refusal)
        return AuthResult(success=False, handled=True)


class _Controller(Controller):
    """Controller that listens on a port chosen by the system."""

    def factory(self) -> SMTP:
        return _Scripted(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextmanager
def token_checker(accepts: Callable[[str], bool]) -> Iterator[TokenChecker]:
    """Run the server that asks for tokens, on 127.0.0.1 without encryption, until the block ends."""
    server = TokenChecker(accepts)
    with _running(server, auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"]):
        yield server


@contextmanager
def mail_server(*, certificate: ssl.SSLContext | None = None, needs_login: bool = False) -> Iterator[Server]:
    """Run the server on 127.0.0.1 until the block ends; its port is `port`. With a certificate it offers STARTTLS."""
    server = Server(needs_login=needs_login)
    options: dict[str, Any] = {"tls_context": certificate} if certificate else {}
    if needs_login:
        options |= {"authenticator": _authenticate, "auth_require_tls": bool(certificate)}
    with _running(server, **options):
        yield server


@contextmanager
def _running(server: Server, **options: Any) -> Iterator[None]:
    controller = _Controller(server, hostname="127.0.0.1", port=0, **options)
    controller.start()
    server.port = controller.port
    try:
        yield
    finally:
        controller.stop()
