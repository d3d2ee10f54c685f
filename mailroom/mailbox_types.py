"""Types that all kinds of mailbox share: the `Mailbox` protocol, its messages and its errors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

PROCESSED, FAILED = "Processed", "Failed"


class Misconfigured(Exception):
    """INBOX_URL names no usable mailbox. `text` says why in German and never contains the password."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Unreachable(Exception):
    """The mailbox cannot be read now. `text` says why in German, without user name and password.

    `place` is the place of the mail that was being fetched, "" when none was.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
        self.place = ""


class NotMoved(Exception):
    """The message could not be moved to another folder and stays where it is."""


@dataclass(frozen=True)
class Message:
    """One mail in the mailbox. `raw` is cut at the largest size that is read; `size` is the full size in bytes.

    `place` says where it lies, without name or address of a person; `key` lets `Mailbox.done` find it. `received_at`
    is in UTC.
    """

    place: str
    key: str
    size: int
    raw: bytes
    received_at: datetime


@dataclass(frozen=True)
class Withheld:
    """A mail that the mailbox lists but does not hand over. `place` contains no name or address of a person."""

    place: str


class Mailbox(Protocol):
    """A mailbox as `services.fetching` uses it. Every method may raise Unreachable.

    `messages` yields the mails of the folder, those at the places `last` last. `done` moves a message to the folder
    Processed or Failed, or raises NotMoved.
    """

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def messages(self, *, most_bytes: int, last: Sequence[str] = ()) -> Iterator[Message | Withheld]: ...
    def done(self, message: Message, *, failed: bool) -> None: ...
