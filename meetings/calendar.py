"""Calendar objects (RFC 5545, RFC 5546): of an invitation, with one UID and one invitee each, and of a network.

An invitee's object has the organiser, the times in a zone that Outlook can read, and the personal link to the room. No
object has the address of the room itself, which can change without a mail.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event, Timezone, vCalAddress, vDatetime, vDDDTypes, vDuration, vUri
from icalendar.parser import Contentline

from common.templatetags.ui import day, tel
from mailroom.marks import Marks
from mailroom.services import addresses
from meetings.enums import Answer
from meetings.models import AgendaItem, Invitation, Meeting
from regions.models import Network
from team.models import User

BERLIN = ZoneInfo("Europe/Berlin")
_OPEN = "NEEDS-ACTION"
_PARTSTAT: dict[str, str] = {Answer.ACCEPTED: "ACCEPTED", Answer.TENTATIVE: "TENTATIVE", Answer.DECLINED: "DECLINED"}
PRODID = "-//netzwerk//Schule und Wirtschaft//DE"
_END = b"END:VCALENDAR\r\n"
_REFRESH = timedelta(hours=6)
_WIDTH = 75  # octets of a line (RFC 5545 section 3.1)

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
    """Return the METHOD:REQUEST of a mail (RFC 5546 section 3.2.2), with one attendee who is asked for an answer.

    `stamp` is the instant at which this object is made (DTSTAMP). PARTSTAT is the invitee's answer; after a move of the
    meeting it is NEEDS-ACTION until they answer again. Reads meeting, host and contact of the invitation, which need
    not be stored.
    """
    return Sheet(invitation.meeting, "REQUEST").filled(invitation, stamp=stamp)


def publish(
    invitation: Invitation, *, stamp: datetime, agenda: Sequence[AgendaItem] = (), asked: User | None = None
) -> bytes:
    """Return a METHOD:PUBLISH to download (RFC 5546 section 3.2.1), without an attendee or a request for an answer.

    `asked` is the member who answers questions.
    """
    return Sheet(invitation.meeting, "PUBLISH", agenda=agenda, asked=asked).filled(invitation, stamp=stamp)


def feed(network: Network, meetings: Iterable[Meeting], *, page: str, address: str) -> bytes:
    """Return the public feed of a network's meetings: METHOD:PUBLISH, one event each, with the meeting's own UID.

    It names no person and has no link to a room. `page` and `address` are the paths of the public page and of the feed
    itself. Equal rows give equal bytes, so that they can be compared. Clients are asked to refresh every six hours.
    Reads each meeting's `host` (an organisation or None; its last change counts for DTSTAMP): select it beforehand.
    """
    calendar = _calendar("PUBLISH")
    for name in ("name", "x-wr-calname"):  # RFC 7986 section 5.1, and its non-standard predecessor
        calendar.add(name, _clean(network.name))
    calendar.add("x-wr-timezone", BERLIN.key)
    calendar.add("url", _absolute(page))
    calendar.add("source", vUri(_absolute(address), params={"VALUE": "URI"}), encode=False)
    calendar.add("refresh-interval", vDuration(_REFRESH, params={"VALUE": "DURATION"}), encode=False)
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for meeting in meetings:
        calendar.add_component(_public_event(meeting, _absolute(page)))
    return b"".join(_folded(str(line)) for line in calendar.content_lines() if line)


class Sheet:
    """The calendar objects of a meeting's invitations, with their common lines serialised once.

    `method` is REQUEST, PUBLISH, CANCEL or DECLINECOUNTER. A CANCEL (RFC 5546 section 3.2.5) tells that the meeting is
    called off, then it has a STATUS, or that one person is withdrawn, then it must not have one. A DECLINECOUNTER
    (section 3.2.8) names the entry and the organiser only. The caller has increased SEQUENCE, the meeting's or the
    invitation's own. Reads `host`.
    """

    def __init__(
        self, meeting: Meeting, method: str, *, agenda: Sequence[AgendaItem] = (), asked: User | None = None
    ) -> None:
        """Serialise the event once; lines with the invitation's token or tag are kept apart, to be filled for each."""
        self._method = method
        self._marks = Marks(("token", "tag"))
        if method == "DECLINECOUNTER":
            event = Event()
        else:
            event = _event(meeting, agenda=agenda, asked=asked, token=self._marks.by_name["token"])
            if method != "CANCEL" or meeting.is_cancelled:
                event.add("status", "CANCELLED" if meeting.is_cancelled and method != "REQUEST" else "CONFIRMED")
            if method == "REQUEST":
                event.add("x-microsoft-disallow-counter", "TRUE")
        event.add("organizer", _organizer(addresses.tagged(self._marks.by_name["tag"])), encode=False)
        first, *lines = [str(line) for line in event.content_lines() if line]
        is_own = [any(mark in line for mark in self._marks.by_name.values()) for line in lines]
        self._before = _frame(method).removesuffix(_END) + _folded(first)
        self._own_lines = [line for line, own in zip(lines, is_own, strict=True) if own]
        self._after = b"".join(_folded(line) for line, own in zip(lines, is_own, strict=True) if not own) + _END

    def filled(self, invitation: Invitation, *, stamp: datetime, sequence: int | None = None) -> bytes:
        """Return the object of one invitation as bytes. Reads meeting and contact.

        `stamp` is the instant at which it is made (DTSTAMP); `sequence` replaces the invitation's SEQUENCE. Only a
        REQUEST and a CANCEL name the invitee as attendee; only who has accepted online gets the telephone number.
        """
        number = invitation.sequence if sequence is None else sequence
        lines = [f"UID:{invitation.uid}", f"DTSTAMP:{vDatetime(stamp).to_ical().decode()}"]
        if number or self._method != "DECLINECOUNTER":
            lines.append(f"SEQUENCE:{number}")
        if self._method in ("REQUEST", "CANCEL"):
            attendee = _attendee(invitation, is_asked=self._method == "REQUEST")
            lines.append(Contentline.from_parts("ATTENDEE", attendee.params, attendee))
        words = {"token": invitation.token, "tag": invitation.tag}
        lines += [self._marks.filled(line, words) for line in self._own_lines]
        lines += _dial_in(invitation) if self._method != "DECLINECOUNTER" else []
        return self._before + b"".join(map(_folded, lines)) + self._after


def _dial_in(invitation: Invitation) -> list[str]:
    """Return the line for joining by telephone, of an invitee who has accepted online; else none. Reads `meeting`.

    RFC 7986 section 5.11. The number may have a PIN, so nobody else gets it.
    """
    number = tel(invitation.meeting.dial_in)
    if not number or not invitation.is_joining_online:
        return []
    conference = vUri(number)
    conference.params.update({"VALUE": "URI", "FEATURE": "PHONE", "LABEL": _parameter(invitation.meeting.dial_in)})
    return [str(Contentline.from_parts("CONFERENCE", conference.params, conference))]


def _folded(line: str) -> bytes:
    """Return the line folded into pieces of at most 75 octets, cut between characters (RFC 5545 section 3.1).

    The library's own folding inspects every character and took a tenth of the time of writing a mail.
    """
    raw, pieces, width = line.encode(), [], _WIDTH
    while len(raw) > width:
        end = width
        while raw[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        pieces.append(raw[:end])
        raw, width = raw[end:], _WIDTH - 1  # the blank in front counts
    return b"\r\n ".join([*pieces, raw]) + b"\r\n"


def _attendee(invitation: Invitation, *, is_asked: bool) -> vCalAddress:
    """Return the invitee; if an answer is asked for, with PARTSTAT (NEEDS-ACTION without a current answer)."""
    attendee = vCalAddress(f"mailto:{invitation.email}")
    attendee.params["CN"] = _parameter(invitation.contact.full_name)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    if is_asked:
        is_open = not invitation.answer or invitation.is_answer_former
        attendee.params["PARTSTAT"] = _OPEN if is_open else _PARTSTAT[invitation.answer]
        attendee.params["RSVP"] = "TRUE"
    return attendee


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _event(meeting: Meeting, *, token: str, agenda: Sequence[AgendaItem], asked: User | None) -> Event:
    """Return the event without UID, DTSTAMP, SEQUENCE, STATUS, organiser and attendee.

    `token` is the invitation's, or a mark in its place. The event links to the invitee's page and way into the room.

    `asked` is the member who answers questions, None for nobody.
    """
    page = _absolute(reverse("meetings:answer", args=[token]))
    entrance = _absolute(reverse("meetings:join", args=[token]))
    event = Event()
    _add_times(event, meeting)
    event.add("summary", _clean(meeting.title))
    event.add("description", _description(meeting, page, entrance, agenda, asked))
    event.add("location", _location(meeting, entrance))
    event.add("url", page)
    if meeting.has_online:
        conference = vUri(entrance)
        conference.params.update({"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Online-Raum"})
        event.add("conference", conference, encode=False)
    event.add("transp", "OPAQUE")
    return event


def _organizer(address: str) -> vCalAddress:
    """Return the office as organiser, who reads what comes to the address."""
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = _parameter(parseaddr(settings.MAIL_FROM)[0])
    return organizer


def _public_event(meeting: Meeting, page: str) -> Event:
    """Return the event of the public feed, with the latest change of meeting or host as DTSTAMP; it names no person.

    It is TRANSPARENT: a subscriber has not accepted, so it blocks no time. One that is called off is CANCELLED.
    """
    event = Event()
    stamp = max([meeting.updated_at, *([meeting.host.updated_at] if meeting.host else [])])
    event.add("uid", str(meeting.uid))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    _add_times(event, meeting)
    event.add("summary", _clean(meeting.title))
    ways = "Sie können auch online dabei sein." if meeting.has_in_person and meeting.has_online else ""
    said = (_clean(line) for line in (meeting.theme, ways, f"Alle Termine und wen Sie fragen können: {page}"))
    event.add("description", "\n".join(line for line in said if line))
    event.add("location", _location(meeting, ""))
    event.add("url", page)
    event.add("organizer", _organizer(parseaddr(settings.MAIL_FROM)[1]), encode=False)
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _add_times(event: Event, meeting: Meeting) -> None:
    """Add start and end in local time, or both in UTC if the offset of one of them is ambiguous.

    With a TZID the first of two equal times is meant (RFC 5545 section 3.3.5), but libical takes the second. All
    calendars read UTC alike.
    """
    times = [timezone.localtime(instant, BERLIN) for instant in (meeting.starts_at, meeting.ends_at)]
    is_twice = any(_offset(local, 0) != _offset(local, 1) for local in times)
    for name, local in zip(("dtstart", "dtend"), times, strict=True):
        value = vDDDTypes(timezone.localtime(local, ZoneInfo("UTC")) if is_twice else local)
        event.add(name, value, encode=False)


def _offset(local: datetime, fold: int) -> Any:
    return local.replace(fold=fold).utcoffset()


def _location(meeting: Meeting, link: str) -> str:
    """Return the place as a navigation system finds it, „Ort folgt“, or „online“ with the link if there is one.

    A hybrid meeting's link stands in DESCRIPTION and CONFERENCE.
    """
    if meeting.has_in_person:
        return _clean(meeting.location) or "Ort folgt"
    return f"online: {link}".removesuffix(": ")


def _description(meeting: Meeting, page: str, entrance: str, agenda: Sequence[AgendaItem], asked: User | None) -> str:
    """Return theme, the way to the invitee's page and room, deadline, agenda and whom to ask, on lines."""
    lines = [meeting.theme, "", f"Ihre Einladung, Ihre Antwort und der Weg hinein: {page}"]
    if meeting.has_online and meeting.has_in_person:
        lines += [
            f"Online dabei: {entrance}",
            "Eine Zusage im Kalender heißt: vor Ort. Online wählen Sie auf der Seite.",
        ]
    if meeting.answer_deadline_on and not meeting.is_deadline_over(timezone.now()):
        lines.append(f"Bitte antworten Sie bis {day(meeting.answer_deadline_on)}.")
    if agenda:
        lines += ["", "Ablauf:"]
        lines += [f"{timezone.localtime(one.starts_at, BERLIN):%H:%M} Uhr {one.title}" for one in agenda]
    if asked:
        said = ", ".join(filter(None, (str(asked), asked.phone, asked.email)))
        lines += ["", f"Fragen? {said}"]
    return "\n".join(_clean(line) for line in lines).strip()


def _clean(text: str) -> str:
    """Return the text on one line, without control characters (RFC 5545 section 3.1 forbids them)."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _parameter(text: str) -> str:
    """Return the text as a parameter's value, which cannot contain a double quote (RFC 5545 section 3.2)."""
    return _clean(text).replace('"', "'")


@lru_cache
def _frame(method: str) -> bytes:
    """Return the empty calendar of a method, serialised once: the zone alone took a third of the time of a mail."""
    return bytes(_calendar(method).to_ical())


def _calendar(method: str) -> Calendar:
    """Return a calendar of this method without events, with the time zone unless it is a DECLINECOUNTER."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if method != "DECLINECOUNTER":  # which has no times
        calendar.add_component(_VTIMEZONE)
    return calendar
