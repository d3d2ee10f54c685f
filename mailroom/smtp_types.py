"""Types that the modules for SMTP share: the `Transport` protocol and its errors."""

from types import TracebackType
from typing import Protocol, Self


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


class Throttled(Postponed):
    """The server takes no mails for the moment because there were too many; the next ones would fare no better."""


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
