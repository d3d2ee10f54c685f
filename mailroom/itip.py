"""Lenient parser for scheduling messages of calendars (RFC 5546). Knows no meeting; touches no database.

It reads only the properties that are needed to find an invitation and an answer, since other programs change, localise
and lose the rest.

icalendar splits each line; a line that it refuses is split as well as possible, so that no odd line loses an answer.
Components are not built with icalendar: it would expand the rules of a VTIMEZONE from a stranger, and refuse the whole
object for one bad value. Time zones are found by name; the VTIMEZONE is read only for an unknown name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.utils.timezone import get_default_timezone
from icalendar import vDuration
from icalendar.parser import Contentline
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mailroom import unfolding
from mailroom.mail_text import decoded

MAX_COMPONENTS = 200
MAX_LINES = 5000  # properties that are read
MAX_CHARACTERS = 100 * 1024  # that icalendar splits; the rest is split here
MAX_ATTENDEES = 200  # of one component
MAX_COMMENT = 5000  # characters
MAX_UID = 1000
MAX_SEQUENCE = 2**31 - 1

_KINDS = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}
_WANTED = {
    *("METHOD", "UID", "SEQUENCE", "X-MICROSOFT-CDO-APPT-SEQUENCE", "DTSTAMP", "RECURRENCE-ID", "ATTENDEE"),
    *("ORGANIZER", "COMMENT", "DTSTART", "DTEND", "DUE", "DURATION"),
}
_OF_ZONES = {"TZID", "X-LIC-LOCATION", "TZOFFSETTO"}
_NAME = re.compile(r"[ \t]*([A-Za-z0-9-]{1,60})[ \t]*[;:]")
_INSTANT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$", re.I)
_YEARS = range(1970, 2200)
_AROUND = " \"<>'"  # of an address; apostrophes are Outlook's habit where it is its own name
# Exchange's form of a UID that is not its own (MS-OXCICAL 2.1.3.1.1.20.26): its class, zeros, "vCal-Uid", 1, UID, 0.
_GLOBAL_OBJECT_ID = re.compile(
    r"040000008200e00074c5b7101a82e008[0-9a-f]*?7643616c2d55696401000000((?:[0-9a-f]{2})+)", re.I
)
# Offsets in minutes of the zones that some programs describe themselves under a name of their own.
_BY_OFFSETS = {frozenset({60, 120}): "Europe/Berlin", frozenset({0, 60}): "Europe/London"}
_UTC_NAMES = {"UTC", "GMT", "Z", "ZULU", "ETC/UTC", "COORDINATED UNIVERSAL TIME", "TZONE://MICROSOFT/UTC"}


@dataclass(frozen=True)
class Attendee:
    """One ATTENDEE: addresses without `mailto:`, "" for a missing one; PARTSTAT in capitals or None."""

    email: str
    name: str = ""
    partstat: str | None = None
    delegated_to: tuple[str, ...] = ()
    delegated_from: tuple[str, ...] = ()
    sent_by: str = ""
    guests: int = 0  # people whom they bring along (Google's X-NUM-GUESTS)


@dataclass(frozen=True)
class Scheduling:
    """One calendar component with the METHOD of its object, "" without one.

    Instants are in UTC; None where a value is absent or unreadable.
    """

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


@dataclass
class _Property:
    """One property: its parameters by name in capitals, and its value as it is written."""

    params: dict[str, list[str]]
    value: str

    def param(self, name: str) -> str:
        return next(iter(self.params.get(name, ())), "")


@dataclass
class _Component:
    """Properties by name. `first` returns the first that has a value, of the first name that has one; else None."""

    properties: dict[str, list[_Property]] = field(default_factory=dict)

    def all(self, name: str) -> list[_Property]:
        return self.properties.get(name, [])

    def first(self, *names: str) -> _Property | None:
        return next((found for name in names for found in self.all(name) if found.value.strip()), None)

    def add(self, name: str, found: _Property) -> None:
        self.properties.setdefault(name, []).append(found)


@dataclass
class _Object:
    """One VCALENDAR: its own properties, and its components."""

    head: _Component = field(default_factory=_Component)
    components: list[_Component] = field(default_factory=list)


def read(content: bytes, *, method: str = "", charset: str = "utf-8") -> tuple[list[Scheduling], list[str]]:
    """Return the distinct components of a text/calendar object in order, and notes on repairs and omissions.

    `method` is that of the MIME part, for an object that names none. Raises no error: invalid content gives [].
    """
    reading = _Reading()
    reading.take(unfolding.lines(content, charset, reading.note))
    found: dict[Scheduling, None] = {}
    for calendar in reading.objects:
        its_method = reading.method(calendar, method.strip().upper())
        for component in calendar.components:
            found.setdefault(reading.scheduling(component, its_method))
    return list(found), reading.notes


class _Reading:
    """Collector of the VCALENDARs (`objects`) of one content, each with its components, and of the zones by TZID.

    It never reads RRULE or other unused lines.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.objects: list[_Object] = []
        self._zones: dict[str, _Component] = {}
        self._place: _Component | None = None  # receives the properties: the open component, else its VCALENDAR
        self._open_zone: _Component | None = None
        self._skipped = ""  # name of the skipped subcomponent that is open, such as VALARM
        self._count = self._components = self._characters = 0

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def take(self, lines: Iterator[str]) -> None:
        """Sort the lines into objects, components and zones, up to MAX_COMPONENTS and MAX_LINES."""
        for line in lines:
            match = _NAME.match(line)
            name = match[1].upper() if match else ""
            if name == "BEGIN":
                self._begin(_border(line))
            elif name == "END":
                self._end(_border(line))
            elif name in _OF_ZONES if self._open_zone else name in _WANTED and not self._skipped:
                self._count += 1
                (self._open_zone or self._ensure_place()).add(name, self._property(line))
            if self._components > MAX_COMPONENTS or self._count > MAX_LINES:
                self.note(f"more than {MAX_COMPONENTS} components or {MAX_LINES} properties, the rest left out")
                return

    def _begin(self, what: str) -> None:
        """Handle the line BEGIN:`what`: open an object, a time zone or a component; else skip up to its END.

        Within a time zone nothing is skipped, since its offsets stand in subcomponents.
        """
        if what == "VCALENDAR":
            self.objects.append(_Object())
            self._place, self._open_zone, self._skipped = self.objects[-1].head, None, ""
        elif what == "VTIMEZONE":
            self._open_zone = _Component()
        elif what in _KINDS:
            self._ensure_place()
            self._components += 1
            self._place, self._open_zone, self._skipped = _Component(), None, ""
            self.objects[-1].components.append(self._place)
        elif not self._open_zone:
            self._skipped = self._skipped or what

    def _end(self, what: str) -> None:
        """Handle the line END:`what`: close the time zone or the component, or stop to skip; else nothing."""
        if what == "VTIMEZONE":
            self._close_zone()
        elif what in _KINDS and self.objects:  # any of them: mails with BEGIN:VTODO … END:VEVENT exist
            self._place, self._skipped = self.objects[-1].head, ""
        elif what == self._skipped:
            self._skipped = ""

    def _close_zone(self) -> None:
        if self._open_zone and (name := self._open_zone.first("TZID")):
            self._zones.setdefault(name.value, self._open_zone)
        self._open_zone = None

    def _ensure_place(self) -> _Component:
        """Return what receives the properties: the open component, else the object, which is created if missing."""
        if not self.objects:
            self.note("no VCALENDAR around the components")
            self.objects.append(_Object())
        self._place = self._place or self.objects[-1].head
        return self._place

    def _property(self, line: str) -> _Property:
        """Split the line with icalendar, or with `unfolding.split` when it refuses or the limit is reached."""
        self._characters += len(line)
        if self._characters > MAX_CHARACTERS:
            return _Property(*unfolding.split(line))
        try:
            _, params, value = Contentline(line.strip()).raw_parts()
            lists = {name.upper(): [values] if isinstance(values, str) else values for name, values in params.items()}
            return _Property({name: [str(one) for one in values] for name, values in lists.items()}, value.strip())
        except (ValueError, TypeError, AttributeError, IndexError):
            self.note("line out of shape: " + line[:40].partition(":")[0].partition(";")[0])
            return _Property(*unfolding.split(line))

    def method(self, calendar: _Object, of_part: str) -> str:
        """Return the object's METHOD: that of the MIME part if the object names it or none, else the first named."""
        named = [found.value.upper() for found in calendar.head.all("METHOD") if found.value]
        if len(named) > 1:
            self.note("METHOD more than once")
        if of_part and named and of_part not in named:
            self.note("METHOD of the part and of the object differ")
        return of_part if of_part in named or not named else named[0]

    def scheduling(self, component: _Component, method: str) -> Scheduling:
        """Return the component as a Scheduling, within the limits of this module."""
        uid, organizer = component.first("UID"), component.first("ORGANIZER")
        starts_at = self._instant(component, "DTSTART")
        attendees = component.all("ATTENDEE")
        if len(attendees) > MAX_ATTENDEES:
            self.note(f"more than {MAX_ATTENDEES} attendees, the rest left out")
        return Scheduling(
            method=method[:40],
            uid=_original_uid(_unescaped(uid.value))[:MAX_UID] if uid else None,
            sequence=_sequence(component),
            dtstamp=self._instant(component, "DTSTAMP", floating=UTC),
            recurrence_id=self._instant(component, "RECURRENCE-ID"),
            attendees=tuple(map(_attendee, attendees[:MAX_ATTENDEES])),
            organizer=(_email(organizer) or None) if organizer else None,
            comment=_comment(component),
            starts_at=starts_at,
            ends_at=self._instant(component, "DTEND", "DUE") or _after(starts_at, component.first("DURATION")),
        )

    def _instant(self, component: _Component, *names: str, floating: tzinfo | None = None) -> datetime | None:
        """Return the instant (UTC) of the first of these properties that has a value; None when absent or unreadable.

        A date without time is its midnight; a time without zone is in `floating`, by default the site's zone. An
        unreadable one is noted; so counts an unknown TZID, and a year outside 1970–2199.
        """
        found = component.first(*names)
        if not found:
            return None
        match = _INSTANT.match(found.value.strip())
        zone = self._zone(found.param("TZID")) if found.param("TZID") else floating or get_default_timezone()
        instant = _in_utc(match, zone) if match and zone else None
        if instant is None:
            self.note(f"{names[0]} not readable")
        return instant

    def _zone(self, name: str) -> tzinfo | None:
        """Return the zone by its name, else by its VTIMEZONE if that has a known location or offsets; else None."""
        if known := _known_zone(name):
            return known
        described = self._zones.get(name)
        if not described:
            return None
        location = described.first("X-LIC-LOCATION")
        if location and (known := _known_zone(location.value)):
            return known
        read = (_offset(found.value) for found in described.all("TZOFFSETTO"))
        offsets = frozenset(offset for offset in read if offset is not None)
        if key := _BY_OFFSETS.get(offsets):
            return ZoneInfo(key)
        return timezone(timedelta(minutes=min(offsets))) if len(offsets) == 1 else None


def _border(line: str) -> str:
    """Return the component name of a BEGIN or END line."""
    return line.partition(":")[2].strip().upper()


def _attendee(found: _Property) -> Attendee:
    """Return the ATTENDEE, its name cut to 200 characters; an unreadable address becomes "" or is left out."""
    return Attendee(
        email=_email(found),
        name=found.param("CN").strip(" '")[:200],
        partstat=found.param("PARTSTAT").strip().upper()[:40] or None,
        delegated_to=tuple(filter(None, map(_address, found.params.get("DELEGATED-TO", [])))),
        delegated_from=tuple(filter(None, map(_address, found.params.get("DELEGATED-FROM", [])))),
        sent_by=_address(found.param("SENT-BY")),
        guests=int(guests) if re.fullmatch(r"[0-9]{1,2}", guests := found.param("X-NUM-GUESTS").strip()) else 0,
    )


def _email(found: _Property) -> str:
    """Return the address of an ATTENDEE or ORGANIZER: its value, or its EMAIL when the value is no address."""
    address = _address(found.value)
    return address if "@" in address else _address(found.param("EMAIL")) or address


def _address(value: str) -> str:
    """Return the text without `mailto:`, percent-encoding, and brackets, quotes or apostrophes around it.

    It need not be an address, and is cut after 320 characters.
    """
    bare = re.sub(r"^mailto:", "", value.strip(_AROUND), flags=re.IGNORECASE).strip(_AROUND)
    return decoded(unquote(bare, errors="replace").encode("utf-8", "replace")).strip()[:320] if bare else ""


def _original_uid(uid: str) -> str:
    """Return the UID that stands within Exchange's GlobalObjectId, else the UID as it is."""
    if not (found := _GLOBAL_OBJECT_ID.fullmatch(uid)):
        return uid
    inside = bytes.fromhex(found[1]).rstrip(b"\0").decode("utf-8", "replace").strip("{}")
    return inside or uid


def _comment(component: _Component) -> str:
    """Return the COMMENTs on lines, else the attendees' X-RESPONSE-COMMENTs; cut after MAX_COMMENT characters."""
    comments = [found.value for found in component.all("COMMENT")]
    if not any(comments):
        comments = [found.param("X-RESPONSE-COMMENT") for found in component.all("ATTENDEE")]
    return "\n".join(filter(None, (_unescaped(comment) for comment in comments)))[:MAX_COMMENT]


def _sequence(component: _Component) -> int | None:
    """Return SEQUENCE, else Outlook's copy of it, at most MAX_SEQUENCE; None unless it is a number."""
    found = component.first("SEQUENCE", "X-MICROSOFT-CDO-APPT-SEQUENCE")
    return min(int(found.value), MAX_SEQUENCE) if found and re.fullmatch(r"[0-9]{1,20}", found.value) else None


def _unescaped(value: str) -> str:
    """Return the value without its escapes (RFC 5545 section 3.3.11) and without blanks at its ends."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value).strip()


def _in_utc(match: re.Match[str], zone: tzinfo) -> datetime | None:
    """Return the instant (UTC) of a match of _INSTANT; None if it is invalid or not in the years of _YEARS.

    An offset in the text outweighs `zone`. A date without time is its midnight.
    """
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        instant = datetime(int(year), int(month), int(day), tzinfo=zone)
        if hour:
            instant = instant.replace(hour=int(hour), minute=int(minute), second=min(int(second or 0), 59))
        if offset:
            instant = instant.replace(tzinfo=timezone(timedelta(minutes=_offset(offset) or 0)))
        return instant.astimezone(UTC) if instant.year in _YEARS else None
    except (ValueError, OverflowError):
        return None


def _after(starts_at: datetime | None, duration: _Property | None) -> datetime | None:
    """Return the end of a component with DURATION instead of DTEND; None without both or if it is invalid."""
    if not starts_at or not duration:
        return None
    try:
        ends_at = starts_at + vDuration.from_ical(duration.value[:40])
    except (ValueError, OverflowError, TypeError):
        return None
    return ends_at if ends_at.year in _YEARS else None


def _offset(value: str) -> int | None:
    """Return the minutes east of UTC of an offset like "+0100", at most 23 hours; None when unreadable."""
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)(?:\d\d)?", value.strip(), re.ASCII)
    return int(match[1] + "1") * min(int(match[2]) * 60 + int(match[3]), 23 * 60) if match else None


@lru_cache(maxsize=256)
def _known_zone(name: str) -> tzinfo | None:
    """Return the zone for an IANA or Windows name, also behind a prefix (`/example.org/Europe/Berlin`), else None."""
    bare = name.strip(' "')[:200]
    if bare.upper() in _UTC_NAMES:
        return UTC
    pieces = bare.split("/")
    for candidate in (WINDOWS_TO_OLSON.get(bare, bare), "/".join(pieces[-2:]), "/".join(pieces[-3:])):
        try:
            return ZoneInfo(candidate)
        except (ValueError, OSError, KeyError):
            continue
    return None
