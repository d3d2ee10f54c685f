"""Answers that no person wrote: absence notes, receipts, „we have got your mail“ (RFC 3834)."""

from dataclasses import dataclass
from datetime import date

from mailroom.mime import Opened


@dataclass(frozen=True)
class AutoReply:
    """What a machine answered. `absent_until` is the last day of an absence where the text names one."""

    is_absence: bool = False
    absent_until: date | None = None


def read(mail: Opened) -> AutoReply | None:
    """Whether a machine wrote this, and what; None where a person may have."""
    raise NotImplementedError
