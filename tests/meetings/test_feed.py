"""A network's calendar for everybody, read by two libraries."""

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from meetings import calendar
from meetings.enums import Format, State
from meetings.models import Meeting
from partners.models import Organisation
from regions.models import Network
from tests import libical

CHANGED = datetime(2031, 1, 7, 8, 0, tzinfo=UTC)
HOST_CHANGED = datetime(2031, 1, 9, 8, 0, tzinfo=UTC)
NETWORK = Network(name="Netzwerk Melle/Bissendorf", slug="melle-bissendorf")


def _meeting(**fields) -> Meeting:
    """One that is not stored, at a company."""
    host = Organisation(name="Muster Maschinenbau GmbH", street="Werkstraße 1", postcode="49324", place="Melle")
    host.updated_at = fields.pop("host_changed", CHANGED)
    values = {
        "title": "Netzwerktreffen Melle",
        "theme": "Praktika",
        "host": host,
        "state": State.PLANNED,
        "online_link": "https://raum.anbieter.example/geheim",
        "dial_in": "0541 123",
        "text": "Liebe Gäste",
        "starts_at": datetime(2031, 2, 5, 14, 0, tzinfo=UTC),
        "ends_at": datetime(2031, 2, 5, 16, 30, tzinfo=UTC),
        "updated_at": CHANGED,
        **fields,
    }
    return Meeting(**values)


def _feed(*meetings: Meeting) -> bytes:
    return calendar.feed(NETWORK, meetings, page="/netzwerk/melle-bissendorf/", address="/kalender/m.ics")


def _event(ics: bytes):
    return Calendar.from_ical(ics).walk("VEVENT")[0]


def test_an_event_says_what_everybody_may_know_and_no_more(settings):
    settings.BASE_URL, settings.MAIL_FROM = "https://netzwerk.example", "Servicestelle <buero@servicestelle.example>"
    meeting = _meeting(sequence=2, format=Format.HYBRID)
    event = _event(_feed(meeting))
    page = "https://netzwerk.example/netzwerk/melle-bissendorf/"
    assert {name: str(value) for name, value in event.items() if not hasattr(value, "dt")} == {
        "UID": str(meeting.uid),
        "SEQUENCE": "2",
        "SUMMARY": "Netzwerktreffen Melle",
        "DESCRIPTION": f"Praktika\nSie können auch online dabei sein.\nAlle Termine und wen Sie fragen können: {page}",
        "LOCATION": "Muster Maschinenbau GmbH, Werkstraße 1, 49324 Melle",
        "URL": page,
        "ORGANIZER": "mailto:buero@servicestelle.example",
        "STATUS": "CONFIRMED",
        "TRANSP": "TRANSPARENT",
    }
    assert {name: value.dt for name, value in event.items() if hasattr(value, "dt")} == {
        "DTSTAMP": CHANGED,
        "LAST-MODIFIED": CHANGED,
        "DTSTART": meeting.starts_at,
        "DTEND": meeting.ends_at,
    }
    assert event["DTSTART"].params == {"TZID": "Europe/Berlin"}


def test_the_calendar_has_a_name_a_source_and_a_pace(settings):
    """RFC 7986 sections 5.1, 5.5, 5.7 and 5.8."""
    settings.BASE_URL = "https://netzwerk.example"
    read = Calendar.from_ical(_feed())
    assert {name: read[name].to_ical().decode() for name in read} == {
        "PRODID": calendar.PRODID,
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "METHOD": "PUBLISH",
        "NAME": "Netzwerk Melle/Bissendorf",
        "X-WR-CALNAME": "Netzwerk Melle/Bissendorf",
        "X-WR-TIMEZONE": "Europe/Berlin",
        "URL": "https://netzwerk.example/netzwerk/melle-bissendorf/",
        "SOURCE": "https://netzwerk.example/kalender/m.ics",
        "REFRESH-INTERVAL": "PT6H",
        "X-PUBLISHED-TTL": "PT6H",
    }
    assert read["REFRESH-INTERVAL"].params == {"VALUE": "DURATION"}
    assert len(read.walk("VTIMEZONE")) == 1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"format": Format.ONLINE}, "online"),
        ({"host": None, "place": "Rathaus"}, "Rathaus"),
        ({"host": None, "place": ""}, "Ort folgt"),
    ],
)
def test_where_it_is(fields, where):
    assert _event(_feed(_meeting(**fields))).get("LOCATION") == where


def test_a_host_that_moved_makes_a_newer_object():
    event = _event(_feed(_meeting(host_changed=HOST_CHANGED)))
    assert (event["DTSTAMP"].dt, event["LAST-MODIFIED"].dt) == (HOST_CHANGED, HOST_CHANGED)


def test_the_same_rows_make_the_same_bytes_in_lines_of_75_octets():
    meetings = [_meeting(title="Übung „Müßiggang“ " * 12), _meeting(state=State.CANCELLED)]
    ics = _feed(*meetings)
    assert ics == _feed(*meetings)
    assert max(len(line) for line in ics.split(b"\r\n")) <= 75
    assert ics.replace(b"\r\n", b"").count(b"\n") == 0
    assert str(_event(ics)["SUMMARY"]) == ("Übung „Müßiggang“ " * 12).strip()


@pytest.mark.program("libical")
@pytest.mark.parametrize("state", [State.PLANNED, State.CANCELLED])
def test_libical_reads_the_same(state):
    meeting = _meeting(state=state, sequence=3, title="Übung, Teil 1; „Müßiggang“ " * 4)
    ics = _feed(meeting)
    assert libical.read(ics) == libical.Reading(
        errors=0,
        keeps_the_rules=True,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        summary=meeting.title.strip(),
        attendee="",
    )
    assert libical.standing(ics) == libical.Standing(
        uid=str(meeting.uid),
        sequence=3,
        stamp=CHANGED,
        location="Muster Maschinenbau GmbH, Werkstraße 1, 49324 Melle",
        status="CANCELLED" if state == State.CANCELLED else "CONFIRMED",
    )
