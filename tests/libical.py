"""Read calendar objects with libical, which many mail programs use, as a second parser beside ours."""

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

_EVENT = 4  # ICAL_VEVENT_COMPONENT of libical 3
_ANY = 0  # ICAL_ANY_PROPERTY


class _Time(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    ]


@dataclass(frozen=True)
class Reading:
    """An object as libical reads it: number of parse errors, conformance to its METHOD (RFC 5546), and the event's
    times, summary and attendee's CN ("" without one).
    """

    errors: int
    keeps_the_rules: bool
    starts_at: datetime
    ends_at: datetime
    summary: str
    attendee: str


@dataclass(frozen=True)
class Standing:
    """Properties that identify and order an event: UID, SEQUENCE, DTSTAMP; and its LOCATION and STATUS ("" without)."""

    uid: str
    sequence: int
    stamp: datetime
    location: str
    status: str


def is_there() -> bool:
    """Return whether this machine has the library (Debian: libical3)."""
    return ctypes.util.find_library("ical") is not None


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("ical") or "libical.so.3")
    pointer = ctypes.c_void_p
    for name, result, arguments in (
        ("icalparser_parse_string", pointer, [ctypes.c_char_p]),
        ("icalcomponent_count_errors", ctypes.c_int, [pointer]),
        ("icalrestriction_check", ctypes.c_int, [pointer]),
        ("icalcomponent_get_first_component", pointer, [pointer, ctypes.c_int]),
        ("icalcomponent_get_dtstart", _Time, [pointer]),
        ("icalcomponent_get_dtend", _Time, [pointer]),
        ("icalcomponent_get_dtstamp", _Time, [pointer]),
        ("icalcomponent_get_sequence", ctypes.c_int, [pointer]),
        ("icalcomponent_get_uid", ctypes.c_char_p, [pointer]),
        ("icalcomponent_get_location", ctypes.c_char_p, [pointer]),
        ("icalcomponent_get_summary", ctypes.c_char_p, [pointer]),
        ("icalcomponent_get_first_property", pointer, [pointer, ctypes.c_int]),
        ("icalcomponent_get_next_property", pointer, [pointer, ctypes.c_int]),
        ("icalproperty_get_property_name", ctypes.c_char_p, [pointer]),
        ("icalproperty_get_value_as_string", ctypes.c_char_p, [pointer]),
        ("icalproperty_get_parameter_as_string", ctypes.c_char_p, [pointer, ctypes.c_char_p]),
        ("icaltime_as_timet_with_zone", ctypes.c_long, [_Time, pointer]),
        ("icalcomponent_free", None, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def read(ics: bytes) -> Reading:
    """Parse an object with an event. Raises ValueError if libical finds no object or no event."""
    library = _library()
    with _parsed(ics) as (root, event):
        return Reading(
            errors=library.icalcomponent_count_errors(root),
            keeps_the_rules=bool(library.icalrestriction_check(root)),
            starts_at=_instant(library, library.icalcomponent_get_dtstart(event)),
            ends_at=_instant(library, library.icalcomponent_get_dtend(event)),
            summary=(library.icalcomponent_get_summary(event) or b"").decode(),
            attendee=_attendee(library, event),
        )


def keeps_the_rules(ics: bytes) -> bool:
    """Return whether an object with an event parses without error and conforms to its METHOD, with or without times."""
    library = _library()
    with _parsed(ics) as (root, _):
        return bool(library.icalrestriction_check(root)) and not library.icalcomponent_count_errors(root)


def standing(ics: bytes) -> Standing:
    """Parse an object like `read`, but return the properties that identify and order its event."""
    library = _library()
    with _parsed(ics) as (_, event):
        status = _property(library, event, b"STATUS")
        return Standing(
            uid=(library.icalcomponent_get_uid(event) or b"").decode(),
            sequence=library.icalcomponent_get_sequence(event),
            stamp=_instant(library, library.icalcomponent_get_dtstamp(event)),
            location=(library.icalcomponent_get_location(event) or b"").decode(),
            status=(library.icalproperty_get_value_as_string(status) or b"").decode() if status else "",
        )


@contextmanager
def _parsed(ics: bytes) -> Iterator[tuple[int, int]]:
    """Yield pointers to the object and its first event, and free them afterwards."""
    library = _library()
    root = library.icalparser_parse_string(ics)
    if not root:
        raise ValueError("libical reads nothing")
    try:
        event = library.icalcomponent_get_first_component(root, _EVENT)
        if not event:
            raise ValueError("libical finds no event")
        yield root, event
    finally:
        library.icalcomponent_free(root)


def _property(library: ctypes.CDLL, event: int, name: bytes) -> int | None:
    """Return a pointer to the event's first property of that name, None if there is none."""
    line: int | None = library.icalcomponent_get_first_property(event, _ANY)
    while line and library.icalproperty_get_property_name(line) != name:
        line = library.icalcomponent_get_next_property(event, _ANY)
    return line


def _attendee(library: ctypes.CDLL, event: int) -> str:
    line = _property(library, event, b"ATTENDEE")
    name = library.icalproperty_get_parameter_as_string(line, b"CN") if line else None
    return (name or b"").decode()


def _instant(library: ctypes.CDLL, time: _Time) -> datetime:
    return datetime.fromtimestamp(library.icaltime_as_timet_with_zone(time, time.zone), UTC)
