"""Calendar objects of an invitation (RFC 5545, RFC 5546). One UID per invitation, one invitee per object.

What every calendar needs to know stands here: who organises, when it is in a zone that Outlook can read, and the
personal way in. The room's own address is in no object; it can change without anybody being told.
"""

from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event, Timezone, vCalAddress, vDDDTypes, vUri

from mailroom.services import addresses
from meetings.enums import Answer
from meetings.models import Invitation, Meeting

BERLIN = ZoneInfo("Europe/Berlin")
_OPEN = "NEEDS-ACTION"
_PARTSTAT: dict[str, str] = {Answer.ACCEPTED: "ACCEPTED", Answer.TENTATIVE: "TENTATIVE", Answer.DECLINED: "DECLINED"}
PRODID = "-//netzwerk//Schule und Wirtschaft//DE"
_END = b"END:VCALENDAR\r\n"

# Outlook reads DTSTART, RRULE and the offsets of a zone and nothing else (MS-STANOICAL section 2.2.47), so not
# icalendar's own list of dates.
_VTIMEZONE = Timezone.from_ical(
    """BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")
)


def request(invitation: Invitation, *, stamp: datetime) -> bytes:
    """METHOD:REQUEST for a mail (RFC 5546 section 3.2.2): one attendee, who is asked for an answer.

    `stamp` is the instant at which this object is made (DTSTAMP). Her answer stands in it as long as it holds; one
    given before the meeting moved is asked for anew. Reads meeting, host, responsible and contact of the invitation;
    the invitation need not be stored.
    """
    event = _event(invitation, stamp)
    event.add("status", "CONFIRMED")
    attendee = _attendee(invitation)
    attendee.params["PARTSTAT"] = _PARTSTAT.get(invitation.answer, _OPEN) if not invitation.is_answer_former else _OPEN
    attendee.params["RSVP"] = "TRUE"
    event.add("attendee", attendee, encode=False)
    event.add("x-microsoft-disallow-counter", "TRUE")
    return _calendar("REQUEST", event)


def cancel(invitation: Invitation, *, stamp: datetime) -> bytes:
    """METHOD:CANCEL for a mail (RFC 5546 section 3.2.5): the meeting is called off, or she alone is taken off the list.

    STATUS says so in the first case and must not be there in the second. The caller has counted SEQUENCE up: with the
    meeting's, or with the invitation's own.
    """
    event = _event(invitation, stamp)
    if invitation.meeting.is_cancelled:
        event.add("status", "CANCELLED")
    event.add("attendee", _attendee(invitation), encode=False)
    return _calendar("CANCEL", event)


def _attendee(invitation: Invitation) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{invitation.email}")
    attendee.params["CN"] = _parameter(invitation.contact.full_name)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    return attendee


def publish(invitation: Invitation, *, stamp: datetime) -> bytes:
    """METHOD:PUBLISH to download and keep (RFC 5546 section 3.2.1): no attendee, nobody is asked for anything."""
    event = _event(invitation, stamp)
    event.add("status", "CANCELLED" if invitation.meeting.is_cancelled else "CONFIRMED")
    return _calendar("PUBLISH", event)


def way_in(invitation: Invitation) -> str:
    """The personal address of the online room, absolute; opens only for who has accepted."""
    return _absolute(reverse("meetings:join", args=[invitation.token]))


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _event(invitation: Invitation, stamp: datetime) -> Event:
    meeting = invitation.meeting
    page, entrance = _absolute(reverse("meetings:answer", args=[invitation.token])), way_in(invitation)
    event = Event()
    event.add("uid", str(invitation.uid))
    event.add("dtstamp", stamp)
    event.add("sequence", invitation.sequence)
    _add_times(event, meeting)
    event.add("summary", _clean(meeting.title))
    event.add("description", _description(meeting, page))
    if location := _location(meeting, entrance):
        event.add("location", location)
    event.add("url", page)
    if meeting.has_online:
        conference = vUri(entrance)
        conference.params.update({"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Online-Raum"})
        event.add("conference", conference, encode=False)
    organizer = vCalAddress(f"mailto:{addresses.tagged(invitation.tag)}")
    organizer.params["CN"] = _parameter(parseaddr(settings.MAIL_FROM)[0])
    event.add("organizer", organizer, encode=False)
    event.add("transp", "OPAQUE")
    return event


def _add_times(event: Event, meeting: Meeting) -> None:
    """Start and end in local time; both in UTC where the night has one of the two local times twice.

    A TZID means the first (RFC 5545 section 3.3.5), but libical takes the second: only UTC is read the same by all.
    """
    times = [timezone.localtime(instant, BERLIN) for instant in (meeting.starts_at, meeting.ends_at)]
    is_twice = any(_offset(local, 0) != _offset(local, 1) for local in times)
    for name, local in zip(("dtstart", "dtend"), times, strict=True):
        value = vDDDTypes(timezone.localtime(local, ZoneInfo("UTC")) if is_twice else local)
        event.add(name, value, encode=False)


def _offset(local: datetime, fold: int) -> Any:
    return local.replace(fold=fold).utcoffset()


def _location(meeting: Meeting, link: str) -> str:
    """The place, the personal way in, or both; Outlook and Google show no CONFERENCE."""
    online = f"online: {link}" if meeting.has_online else ""
    return " oder ".join(part for part in (_clean(meeting.location), online) if part)


def _description(meeting: Meeting, page: str) -> str:
    lines = [meeting.theme, "", f"Ihre Einladung, Ihre Antwort und der Weg hinein: {page}"]
    if meeting.has_online and meeting.dial_in:
        lines.append(f"Einwahl per Telefon: {meeting.dial_in}")
    return "\n".join(_clean(line) for line in lines).strip()


def _clean(text: str) -> str:
    """On one line, without characters that no calendar takes (RFC 5545 section 3.1: no controls)."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _parameter(text: str) -> str:
    """A parameter's value: a double quote cannot be said there (RFC 5545 section 3.2)."""
    return _clean(text).replace('"', "'")


def _calendar(method: str, event: Event) -> bytes:
    return _frame(method).removesuffix(_END) + bytes(event.to_ical()) + _END


@lru_cache
def _frame(method: str) -> bytes:
    """What is the same in every object of a method, serialised once: the zone alone took a third of a mail's time."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_VTIMEZONE)
    return bytes(calendar.to_ical())
