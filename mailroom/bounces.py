"""Mails that came back (RFC 3464), read. Touches no database; who believes them is decided in services/bounces.py."""

import uuid
from dataclasses import dataclass

from mailroom.mime import Opened


@dataclass(frozen=True)
class Bounce:
    """What a report of a mail server says: about whom (addresses), whether for good, and which mail of ours it names.

    `action` is failed, delayed, delivered, relayed or expanded (RFC 3464 section 2.3.3); `status` like „5.1.1“.
    `permanent` is True only where the address itself is of no use; a failed 4.x.x is final for the mail alone.
    """

    recipients: tuple[str, ...]
    permanent: bool
    action: str = ""
    status: str | None = None
    diagnostic: str = ""
    outbox_id: uuid.UUID | None = None


def read(mail: Opened) -> Bounce | None:
    """The report in this mail; None where it is none."""
    raise NotImplementedError
