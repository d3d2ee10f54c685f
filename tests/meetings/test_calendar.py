from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from meetings import calendar
from meetings.enums import Format, State
from meetings.models import AgendaItem, Invitation, Meeting
from partners.models import Contact, Organisation
from team.models import User
from tests import libical

STAMP = datetime(2031, 1, 7, 8, 0, tzinfo=UTC)
ROOM = "https://raum.anbieter.example/geheim"


def _invitation(**fields) -> Invitation:
    """One that is not stored, to a meeting at a company."""
    host = Organisation(name="Muster Maschinenbau GmbH", street="Werkstraße 1", postcode="49324", place="Melle")
    values = {
        "title": "Netzwerktreffen Melle",
        "host": host,
        "state": State.PLANNED,
        "online_link": ROOM,
        "starts_at": datetime(2031, 2, 5, 14, 0, tzinfo=UTC),
        "responsible": User(email="sommer@servicestelle.example"),
        **fields,
    }
    values.setdefault("ends_at", values["starts_at"] + timedelta(minutes=150))
    contact = Contact(first_name="Gesa", last_name="Ahrens", organisation=host)
    return Invitation(meeting=Meeting(**values), contact=contact, email="ahrens@schule.example")


def _event(ics: bytes):
    return Calendar.from_ical(ics).walk("VEVENT")[0]


def test_a_request_says_what_the_standard_asks_for(settings):
    """RFC 5546 section 3.2.2."""
    settings.BASE_URL = "https://netzwerk.example"
    settings.INBOX_ADDRESS = "antwort@servicestelle.example"
    invitation = _invitation()
    invitation.meeting.sequence = 3
    ics = calendar.request(invitation, stamp=STAMP)
    read = Calendar.from_ical(ics)
    event = _event(ics)
    assert (read["METHOD"], read["VERSION"]) == ("REQUEST", "2.0")
    assert event["UID"] == str(invitation.uid)
    assert (event["SEQUENCE"], event["STATUS"], event["DTSTAMP"].dt) == (3, "CONFIRMED", STAMP)
    assert event["ATTENDEE"] == "mailto:ahrens@schule.example"
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Gesa Ahrens",
        "CUTYPE": "INDIVIDUAL",
        "PARTSTAT": "NEEDS-ACTION",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "TRUE",
    }
    assert event["ORGANIZER"] == f"mailto:antwort+{invitation.tag}@servicestelle.example"
    assert event["ORGANIZER"].params["CN"] == "Servicestelle Schule–Wirtschaft"
    assert event["LOCATION"] == "Muster Maschinenbau GmbH, Werkstraße 1, 49324 Melle"
    assert event["URL"] == f"https://netzwerk.example/einladung/{invitation.token}/"
    assert event["X-MICROSOFT-DISALLOW-COUNTER"] == "TRUE"


def test_a_publication_asks_nobody(settings):
    """RFC 5546 section 3.2.1: no attendee, the organizer exactly once."""
    ics = calendar.publish(_invitation(), stamp=STAMP)
    assert Calendar.from_ical(ics)["METHOD"] == "PUBLISH"
    assert [name for name in ("ATTENDEE", "CONFERENCE") if name in _event(ics)] == []
    assert ics.count(b"\r\nORGANIZER") == 1
    assert _event(calendar.publish(_invitation(state=State.CANCELLED), stamp=STAMP))["STATUS"] == "CANCELLED"


@pytest.mark.parametrize("form", [Format.ONLINE, Format.HYBRID])
def test_the_personal_way_in_stands_for_the_room(settings, form):
    settings.BASE_URL = "https://netzwerk.example"
    invitation = _invitation(format=form, dial_in="0541 123")
    way_in = f"https://netzwerk.example/einladung/{invitation.token}/beitreten/"
    ics = calendar.request(invitation, stamp=STAMP)
    event = _event(ics)
    assert event["CONFERENCE"] == way_in
    assert dict(event["CONFERENCE"].params) == {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Online-Raum"}
    place = f"online: {way_in}" if form == Format.ONLINE else "Muster Maschinenbau GmbH, Werkstraße 1, 49324 Melle"
    assert event["LOCATION"] == place
    assert (way_in in event["DESCRIPTION"]) == (form == Format.HYBRID)
    assert "0541 123" not in ics.decode()
    assert b"anbieter" not in ics.replace(b"\r\n ", b"")


@pytest.mark.parametrize(
    ("answer", "mode"), [("accepted", "online"), ("accepted", "in_person"), ("tentative", ""), ("", "")]
)
def test_only_who_comes_online_gets_the_number_with_its_pin(answer, mode):
    invitation = _invitation(format=Format.HYBRID, dial_in="0541 99 88 77, Kennung 4711")
    invitation.answer, invitation.mode = answer, mode
    found = _event(calendar.request(invitation, stamp=STAMP))["CONFERENCE"]
    links = [str(one) for one in found] if isinstance(found, list) else [str(found)]
    assert links[1:] == (["tel:0541998877"] if mode == "online" else [])


def test_the_description_says_what_when_and_whom_to_ask():
    invitation = _invitation(theme="Praktika", answer_deadline_on=date(2031, 1, 29))
    talk = AgendaItem(meeting=invitation.meeting, offset_minutes=30, title="Vortrag; Fragen, Antworten")
    asked = User(first_name="Katja", last_name="Sommer", phone="05422 12", email="sommer@servicestelle.example")
    with time_machine.travel(STAMP, tick=False):
        ics = calendar.publish(invitation, stamp=STAMP, agenda=[talk], asked=asked)
    lines = str(_event(ics)["DESCRIPTION"]).split("\n")
    assert lines[0] == "Praktika"
    assert "Bitte antworten Sie bis Mi., 29. Januar 2031." in lines
    assert "15:30 Uhr Vortrag; Fragen, Antworten" in lines
    assert lines[-1] == "Fragen? Katja Sommer, 05422 12, sommer@servicestelle.example"


@pytest.mark.program("libical")
@pytest.mark.parametrize("number", [0, 3])
def test_a_declined_proposal_names_the_entry_and_us(number):
    """RFC 5546 section 3.2.8: no attendee, no times. It allows SEQUENCE above 0, of which libical wants to see none."""
    invitation = _invitation(format=Format.HYBRID, dial_in="0541 123")
    ics = calendar.Sheet(invitation.meeting, "DECLINECOUNTER").filled(invitation, stamp=STAMP, sequence=number)
    event = _event(ics)
    assert sorted(event) == ["DTSTAMP", "ORGANIZER", *(["SEQUENCE"] if number else []), "UID"]
    assert (event["UID"], event.get("SEQUENCE", 0)) == (str(invitation.uid), number)
    assert libical.keeps_the_rules(ics.replace(b"SEQUENCE:3\r\n", b""))


CLOCK_CHANGES = [
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
]


@pytest.mark.program("libical")
@pytest.mark.parametrize("method", ["request", "publish"])
@pytest.mark.parametrize("starts_at", [*CLOCK_CHANGES, datetime(2027, 7, 1, 13, 0, tzinfo=UTC)])
def test_libical_reads_the_same(method, starts_at):
    ends_at = starts_at + timedelta(hours=2)
    invitation = _invitation(starts_at=starts_at, ends_at=ends_at, format=Format.HYBRID)
    ics = getattr(calendar, method)(invitation, stamp=STAMP)
    assert libical.read(ics) == libical.Reading(
        errors=0,
        keeps_the_rules=True,
        starts_at=starts_at,
        ends_at=ends_at,
        summary="Netzwerktreffen Melle",
        attendee="Gesa Ahrens" if method == "request" else "",
    )


@pytest.mark.parametrize(
    ("starts_at", "line"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), b"DTSTART;TZID=Europe/Berlin:20260329T013000"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), b"DTSTART;TZID=Europe/Berlin:20260329T033000"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), b"DTSTART:20261025T003000Z"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), b"DTSTART:20261025T013000Z"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), b"DTSTART;TZID=Europe/Berlin:20261025T033000"),
        (datetime(2027, 7, 1, 13, 0, tzinfo=UTC), b"DTSTART;TZID=Europe/Berlin:20270701T150000"),
    ],
)
def test_the_instant_stays_the_same_around_both_clock_changes(starts_at, line):
    ics = calendar.request(_invitation(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2)), stamp=STAMP)
    assert [found for found in ics.split(b"\r\n") if found.startswith(b"DTSTART") and b":1970" not in found] == [line]
    event = _event(ics)
    assert event["DTSTART"].dt.astimezone(UTC) == starts_at
    assert event["DTEND"].dt.astimezone(UTC) == starts_at + timedelta(hours=2)


def test_the_zone_is_a_rule_that_outlook_reads():
    """MS-STANOICAL section 2.2.47: TZID, DTSTART, RRULE and the offsets, nothing else."""
    zone = Calendar.from_ical(calendar.request(_invitation(), stamp=STAMP)).walk("VTIMEZONE")[0]
    rules = {part.name: part["RRULE"].to_ical() for part in zone.subcomponents}
    assert rules == {"DAYLIGHT": b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "STANDARD": b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"}
    assert [part["DTSTART"].to_ical() for part in zone.subcomponents] == [b"19700329T020000", b"19701025T030000"]


ODD_TITLE = "Äpfel, Birnen; \\ \U0001f600 " * 12
ODD_NAME = "Mueller, 'Joerg'; x:y X-FALSCH:1"


def _odd_invitation() -> Invitation:
    """Everything that has a meaning in a calendar object, in a title of 300 characters and in a name."""
    invitation = _invitation(title=ODD_TITLE + "\r\nSUMMARY:falsch")
    invitation.contact.first_name, invitation.contact.last_name = "", 'Mueller, "Joerg"; x:y\r\nX-FALSCH:1'
    return invitation


def test_a_name_with_everything_in_it():
    event = _event(calendar.request(_odd_invitation(), stamp=STAMP))
    assert event["ATTENDEE"].params["CN"] == ODD_NAME
    assert event["SUMMARY"] == ODD_TITLE + "SUMMARY:falsch"
    assert [name for name in event if name.startswith("X-F")] == []


@pytest.mark.program("libical")
@pytest.mark.parametrize("method", ["request", "publish"])
def test_libical_reads_the_same_words_wherever_a_line_is_folded(method):
    """RFC 5545 section 3.1: the fold moves through every octet of an emoji and of an escaped character."""
    for shift in range(75):
        invitation = _odd_invitation()
        invitation.meeting.title = "x" * shift + invitation.meeting.title
        reading = libical.read(getattr(calendar, method)(invitation, stamp=STAMP))
        assert (reading.errors, reading.keeps_the_rules) == (0, True)
        assert reading.summary == "x" * shift + ODD_TITLE + "SUMMARY:falsch"
        assert reading.attendee == (ODD_NAME if method == "request" else "")


@given(title=st.text(max_size=300), last_name=st.text(min_size=1, max_size=100), theme=st.text(max_size=100))
def test_whatever_is_typed_stays_inside_its_line(title, last_name, theme):
    """RFC 5545 section 3.1: CRLF, at most 75 octets a line, no character torn, and one event as it was meant."""
    invitation = _invitation(title=title, theme=theme)
    invitation.contact.last_name = last_name
    ics = calendar.request(invitation, stamp=STAMP)
    lines = ics.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert [line for line in lines if b"\n" in line or b"\r" in line] == []
    decoded = [line.decode() for line in lines]
    assert (decoded[0], decoded[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    events = Calendar.from_ical(ics).walk("VEVENT")
    assert [event["UID"] for event in events] == [str(invitation.uid)]
    assert sorted(set(events[0]) - {"SUMMARY", "DESCRIPTION"}) == sorted(
        [
            *("ATTENDEE", "DTEND", "DTSTAMP", "DTSTART", "LOCATION", "ORGANIZER", "SEQUENCE", "STATUS", "TRANSP"),
            *("UID", "URL", "X-MICROSOFT-DISALLOW-COUNTER"),
        ]
    )
