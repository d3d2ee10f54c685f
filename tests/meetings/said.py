"""What mails say, read from their frozen bytes, and the calendar that an invitee ends up with."""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from icalendar import Calendar, Event

from mailroom.models import OutboxMail
from meetings.models import Invitation
from tests import libical

State = OutboxMail.State


def mails_of(invitation: Invitation) -> list[OutboxMail]:
    """Every mail about it, the oldest first."""
    return list(OutboxMail.objects.in_lane(invitation.lane).order_by("version"))


def ics_of(mail: OutboxMail) -> bytes:
    """The calendar object of a mail; the part's method is that of the object, and the attachment is the same object."""
    (part,) = [part for part in mail.message.walk() if part.get_content_type() == "text/calendar"]
    (attached,) = [part for part in mail.message.walk() if part.get_content_type() == "application/ics"]
    ics = part.get_payload(decode=True)
    assert attached.get_payload(decode=True) == ics
    assert part.get_param("method") == Calendar.from_ical(ics)["METHOD"]
    return ics


def event_of(mail: OutboxMail) -> Event:
    """The one event in it."""
    (event,) = Calendar.from_ical(ics_of(mail)).walk("VEVENT")
    return event


def said(mail: OutboxMail) -> str:
    """„update REQUEST 1 CONFIRMED NEEDS-ACTION Neuer Termin“: kind, METHOD, SEQUENCE, STATUS, PARTSTAT, subject.

    A dash stands for a property that is not there; of the subject the words before the colon.
    """
    event, message = event_of(mail), mail.message
    method = Calendar.from_ical(ics_of(mail))["METHOD"]
    partstat = event["ATTENDEE"].params.get("PARTSTAT", "-") if "ATTENDEE" in event else "-"
    return " ".join(
        str(word)
        for word in (
            *(mail.kind, method, event["SEQUENCE"], event.get("STATUS", "-"), partstat),
            str(message["Subject"]).split(":")[0],
        )
    )


@dataclass
class Entry:
    """A meeting in a calendar."""

    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    location: str
    title: str
    is_there: bool


@dataclass
class Diary:
    """A simple calendar: takes objects in the order of arrival by the rules of RFC 5546 section 2.1.5."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def take(self, mail: OutboxMail) -> None:
        """Apply one mail, unless it is older than what is known. icalendar and libical must read the same."""
        ics, event = ics_of(mail), event_of(mail)
        entry = Entry(
            event["SEQUENCE"],
            event["DTSTAMP"].dt,
            event["DTSTART"].dt,
            event["DTEND"].dt,
            str(event.get("LOCATION", "")),
            str(event["SUMMARY"]),
            Calendar.from_ical(ics)["METHOD"] == "REQUEST",
        )
        if libical.is_there():
            _read_alike(ics, entry, event)
        known = self.entries.get(event["UID"])
        if known is None or (entry.sequence, entry.stamp) >= (known.sequence, known.stamp):
            self.entries[str(event["UID"])] = entry


def _read_alike(ics: bytes, entry: Entry, event: Event) -> None:
    read, standing = libical.read(ics), libical.standing(ics)
    assert (read.errors, read.keeps_the_rules, read.summary) == (0, True, entry.title)
    assert (read.starts_at, read.ends_at) == (entry.starts_at, entry.ends_at)
    assert standing == libical.Standing(
        event["UID"], entry.sequence, entry.stamp, entry.location, event.get("STATUS", "")
    )


def first_of(message: EmailMessage) -> str:
    """The Message-ID below which it stands, "" for none."""
    assert message["In-Reply-To"] == message["References"]
    return str(message["In-Reply-To"] or "")
