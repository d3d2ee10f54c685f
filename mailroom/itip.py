"""Scheduling messages of calendars (RFC 5546) read leniently. Knows no meeting; touches no database.

Only what is needed to find an invitation and an answer is taken: other programs change, localise and lose the rest.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Attendee:
    """One ATTENDEE: addresses without `mailto:`, PARTSTAT in capitals or None."""

    email: str
    name: str = ""
    partstat: str | None = None
    delegated_to: tuple[str, ...] = ()
    delegated_from: tuple[str, ...] = ()
    sent_by: str = ""


@dataclass(frozen=True)
class Scheduling:
    """One calendar component with the METHOD of its object. Instants are in UTC; None where absent or unreadable."""

    method: str
    uid: str | None = None
    sequence: int | None = None
    dtstamp: datetime | None = None
    recurrence_id: datetime | None = None
    attendees: tuple[Attendee, ...] = ()
    organizer: str | None = None
    comment: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def read(content: bytes, *, method: str = "", charset: str = "utf-8") -> tuple[list[Scheduling], list[str]]:
    """The components of a text/calendar object in their order, each once, and notes on what was repaired or left out.

    `method` is that of the MIME part, for an object that names none. Raises no error: what is no calendar gives [].
    """
    raise NotImplementedError
