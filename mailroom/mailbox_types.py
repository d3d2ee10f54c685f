"""What a mailbox is, whatever it is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

PROCESSED, FAILED = "Processed", "Failed"


class Misconfigured(Exception):
    """INBOX_URL means no mailbox; `text` says why in German and never holds the password."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Unreachable(Exception):
    """The mailbox cannot be read now; `text` says why in German, without name and password.

    `place` is that of the mail that was being fetched, "" where none was.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
        self.place = ""


class NotMoved(Exception):
    """The message stays where it is, since the mailbox takes no copy of it."""


@dataclass(frozen=True)
class Message:
    """One mail as it lies there: its bytes up to the largest size that is read, `size` is that of the whole."""

    place: str
    key: str
    size: int
    raw: bytes
    received_at: datetime


@dataclass(frozen=True)
class Withheld:
    """A mail that lies there and cannot be had. `place` names no person."""

    place: str


class Mailbox(Protocol):
    """What `fetch` needs. Every method may raise Unreachable."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def messages(self, *, most_bytes: int, last: Sequence[str] = ()) -> Iterator[Message | Withheld]: ...
    def done(self, message: Message, *, failed: bool) -> None: ...
