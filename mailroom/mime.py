"""A raw mail taken apart within limits. Never raises for what somebody sent; touches no database and no settings."""

import email
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage


@dataclass(frozen=True)
class Part:
    """One leaf of the mail: its type („text/calendar“, lower case), parameters, file name and decoded content."""

    type: str
    params: dict[str, str]
    filename: str
    content: bytes
    depth: int = 0

    @property
    def text(self) -> str:
        """The content as text in its charset; what does not fit is replaced."""
        raise NotImplementedError


@dataclass(frozen=True)
class Opened:
    """What can be read of a mail. `notes` say in English what was left out or repaired."""

    message: EmailMessage
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default=())

    def header(self, name: str) -> str:
        """The first header of that name on one line, decoded; "" where there is none or nobody can read it."""
        raise NotImplementedError

    def headers(self, name: str) -> list[str]:
        """All headers of that name."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """What a person would read: the plain text, else the HTML's text; at most some thousand characters."""
        raise NotImplementedError


def opened(raw: bytes) -> Opened:
    """Take the mail apart; what is beyond the limits is left out and noted."""
    return Opened(email.message_from_bytes(raw, policy=policy.default), ())
