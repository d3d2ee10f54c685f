"""Answers of calendars, as other programs write them."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import itip
from mailroom.itip import Attendee

UID = "0197f3a2-7c1e-7b44-9c55-6f0a8a4f9d10"
BERLIN = """BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
COMMENT:Winter
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""
PATIENCE = 5  # seconds; each bomb takes a fraction of one


def component(*lines: str, kind: str = "VEVENT") -> str:
    return "\n".join([f"BEGIN:{kind}", *lines, f"END:{kind}", ""])


def reply(*lines: str, method: str = "METHOD:REPLY", before: str = "", partstat: str = "ACCEPTED") -> bytes:
    """An answer with these lines more; a line with the name of one of ours takes its place."""
    ours = {
        "UID": f"UID:{UID}",
        "DTSTAMP": "DTSTAMP:20261120T090000Z",
        "ATTENDEE": f"ATTENDEE;PARTSTAT={partstat}:mailto:ahrens@schule.example",
    }
    names = {line.partition(":")[0].partition(";")[0] for line in lines}
    kept = [line for name, line in ours.items() if name not in names]
    inner = component(*kept, *(line for line in lines if not line.endswith(":")))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{method}\n{before}{inner}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def one(content: bytes, **options):
    (found,), _ = itip.read(content, **options)
    return found


def test_an_answer():
    found = one(
        reply(
            'ORGANIZER;CN="Netzwerk, Büro":mailto:antwort+abc@netzwerk.example',
            "SEQUENCE:2",
            "COMMENT:Ich komme\\, gern\\nmit Rad",
            "DTSTART;TZID=Europe/Berlin:20261201T140000",
            "DURATION:PT90M",
        )
    )
    assert (found.method, found.uid, found.sequence) == ("REPLY", UID, 2)
    assert found.dtstamp == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert found.attendees == (Attendee("ahrens@schule.example", partstat="ACCEPTED"),)
    assert found.organizer == "antwort+abc@netzwerk.example"
    assert found.comment == "Ich komme, gern\nmit Rad"
    assert (found.starts_at, found.ends_at) == (
        datetime(2026, 12, 1, 13, tzinfo=UTC),
        datetime(2026, 12, 1, 14, 30, tzinfo=UTC),
    )


def test_case_1_outlook_without_organizer_in_a_zone_of_its_own_name():
    found = one(
        reply(
            'DTSTART;TZID="tzone://Microsoft/Utc":20261201T130000',
            "COMMENT;LANGUAGE=de-DE:Leider krank",
            "X-MICROSOFT-CDO-APPT-SEQUENCE:3",
            partstat="DECLINED",
        )
    )
    assert found.organizer is None
    assert found.attendees[0].partstat == "DECLINED"
    assert (found.comment, found.sequence) == ("Leider krank", 3)
    assert found.starts_at == datetime(2026, 12, 1, 13, tzinfo=UTC)


def test_case_12_counter_of_google_and_of_kde():
    guests = [
        "ATTENDEE;CN=Gesa;X-NUM-GUESTS=0:mailto:ahrens@schule.example",
        "ATTENDEE:mailto:antwort@netzwerk.example",
    ]
    google = one(reply(*guests, "DTSTART:20261202T130000Z", "SEQUENCE:0", method="METHOD:COUNTER"))
    assert (google.method, [one.partstat for one in google.attendees]) == ("COUNTER", [None, None])
    assert google.starts_at == datetime(2026, 12, 2, 13, tzinfo=UTC)
    kde = one(reply("DTSTART:20261202T130000Z", method="METHOD:COUNTER"))
    assert (kde.method, kde.sequence) == ("COUNTER", None)


def test_case_15_everything_twice_or_missing():
    content = reply(
        "ORGANIZER;CN=Sommer, Katja:MAILTO:antwort@netzwerk.example",
        "STATUS:CONFIRMED",
        "STATUS:TENTATIVE",
        "ATTENDEE:",
        "DTSTAMP:",
        method="METHOD:PUBLISH\nMETHOD:REPLY",
    )
    (found,), notes = itip.read(content, method="reply")
    assert (found.method, found.uid, found.attendees, found.dtstamp) == ("REPLY", UID, (), None)
    assert found.organizer == "antwort@netzwerk.example"
    assert notes == ["METHOD more than once"]
    assert one(content).method == "PUBLISH"


@pytest.mark.parametrize(
    "zone",
    [
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nEND:VTIMEZONE\n",
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nTZOFFSETTO:+9\nRRULE:FREQ=X\n",
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:1\nRRULE:FREQ=SECONDLY\nEND:STANDARD\n",
        BERLIN.format(tzid="Europe/Berlin").replace("TZOFFSETTO", "X"),
    ],
)
def test_case_16_a_broken_zone_loses_no_answer(zone):
    found = one(reply("DTSTART;TZID=Europe/Berlin:20261201T140000", "COMMENT:ja", before=zone))
    assert (found.uid, found.attendees[0].partstat, found.comment) == (UID, "ACCEPTED", "ja")
    assert found.starts_at == datetime(2026, 12, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "RECURRENCE-ID:20261201T130000Z",
        "RECURRENCE-ID;TZID=Europe/Berlin:20261201T140000",
        "RECURRENCE-ID;TZID=W. Europe Standard Time:20261201T140000",
        "RECURRENCE-ID;TZID=/mozilla.org/20050126_1/Europe/Berlin:20261201T140000",
        "RECURRENCE-ID;TZID=America/New_York:20261201T080000",
        "RECURRENCE-ID:20261201T140000",
        "RECURRENCE-ID;TZID=Eigene Zeit:20261201T140000",
    ],
)
def test_case_18_an_occurrence_is_the_same_instant_in_every_zone(line):
    assert one(reply(line, before=BERLIN.format(tzid="Eigene Zeit"))).recurrence_id == datetime(
        2026, 12, 1, 13, tzinfo=UTC
    )


def test_case_18_an_occurrence_in_a_zone_that_nobody_knows():
    (found,), notes = itip.read(reply("RECURRENCE-ID;TZID=Nirgends:20261201T140000"))
    assert (found.recurrence_id, found.uid) == (None, UID)
    assert notes == ["RECURRENCE-ID not readable"]


def test_case_11_delegation():
    found = one(
        reply(
            'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:b@schule.example":MAILTO:a@schule.example',
            'ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="Mailto:a@schule.example":mailto:b@schule.example',
            'ATTENDEE;SENT-BY="mailto:sekretariat@schule.example";CN="Ahrens, Gesa":mailto:c@schule.example',
        )
    )
    assert found.attendees == (
        Attendee("a@schule.example", partstat="DELEGATED", delegated_to=("b@schule.example",)),
        Attendee("b@schule.example", partstat="ACCEPTED", delegated_from=("a@schule.example",)),
        Attendee("c@schule.example", name="Ahrens, Gesa", sent_by="sekretariat@schule.example"),
    )


@pytest.mark.parametrize(
    ("line", "email"),
    [
        ("ATTENDEE:MAILTO:a@b.example", "a@b.example"),
        ("ATTENDEE:a@b.example", "a@b.example"),
        ("ATTENDEE:mailto: <a@b.example>", "a@b.example"),
        ("ATTENDEE:mailto:a%2Bx@b.example", "a+x@b.example"),
        ("ATTENDEE;EMAIL=a@b.example:urn:uuid:1", "a@b.example"),
        ('ATTENDEE;CN="Offen:mailto:a@b.example', "a@b.example"),
        ("ATTENDEE ; CN=x : mailto:a@b.example", "a@b.example"),
        ("attendee;cn=x:mailto:a@b.example", "a@b.example"),
        ("ATTENDEE;CN=\"'a@b.example'\":mailto:'a@b.example'", "a@b.example"),
        ("ATTENDEE:'mailto:a@b.example'", "a@b.example"),
    ],
)
def test_addresses_as_they_are_written(line, email):
    assert [attendee.email for attendee in one(reply("ATTENDEE:", line)).attendees] == [email]


@pytest.mark.parametrize(
    "lines",
    [
        ["ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Pia Rehm", ";PARTSTAT=TENTATIVE;RSVP=FALSE", ":mailto:pia@b.example"],
        ["ATTENDEE;CN=Pia Rehm;PARTSTAT=TENTA", "TIVE:mailto:pia@b.example"],
        ["ATTENDEE;CN=Pia Re ", "hm;PARTSTAT=TENTATIVE:mailto:pia@b.example"],
        ["ATTENDEE;CN=Pia Rehm;PARTSTAT=TENTATIVE: ", "mailto:pia@b.example"],
        ["ATTENDEE;CN=Pia Rehm;PARTSTAT=TENTATIVE:mailto:pia@b", ".example"],
        ["ATTENDEE;PARTSTAT=TENTATIVE:mailto:pia@b.example", ":"],
        ['ATTENDEE;CN="Rehm: Pia";PARTSTAT=TENTATIVE', ":mailto:pia@b.example"],
        ["ATTENDEE;CN=kaputt", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:pia@b.example"],
    ],
)
def test_a_gateway_that_broke_the_lines_anew_loses_no_answer(lines):
    found = one(reply("ATTENDEE:", *lines))
    assert (found.attendees[-1].email, found.attendees[-1].partstat) == ("pia@b.example", "TENTATIVE")
    assert (found.uid, found.dtstamp) == (UID, datetime(2026, 11, 20, 9, tzinfo=UTC))


def test_a_uid_in_two_pieces_is_one():
    assert one(reply("UID:", f"UID:{UID[:20]}", UID[20:])).uid == UID


@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize("inner", [UID, "{" + UID + "}"])
def test_exchange_may_wrap_our_uid(case, inner):
    wrapped = (
        "040000008200e00074c5b7101a82e008"
        + "00" * 16
        + "31000000"
        + b"vCal-Uid".hex()
        + "01000000"
        + inner.encode().hex()
    )
    assert one(reply("UID:", f"UID:{case(wrapped)}00")).uid == UID


def test_a_global_object_id_of_exchange_itself_stays():
    own = "040000008200E00074C5B7101A82E00800000000B0D1A2"
    assert one(reply("UID:", f"UID:{own}")).uid == own


@pytest.mark.parametrize(("value", "guests"), [("2", 2), ("0", 0), ("-1", 0), ("viele", 0), ("999", 0)])
def test_people_whom_google_says_are_brought_along(value, guests):
    line = f"ATTENDEE;PARTSTAT=ACCEPTED;X-NUM-GUESTS={value}:mailto:a@b.example"
    assert one(reply(line)).attendees[0].guests == guests


def test_a_comment_may_stand_beside_the_attendee():
    line = 'ATTENDEE;PARTSTAT=TENTATIVE;X-RESPONSE-COMMENT="Vielleicht":mailto:a@b.example'
    assert one(reply(line)).comment == "Vielleicht"


def test_what_an_alarm_says_is_not_said_by_the_person():
    alarm = ["BEGIN:VALARM", "ATTENDEE:mailto:wecker@b.example", "COMMENT:Wecker", "UID:2", "END:VALARM", "SEQUENCE:4"]
    found = one(f"BEGIN:VCALENDAR\nMETHOD:REPLY\n{component('UID:1', *alarm)}END:VCALENDAR".encode())
    assert (found.uid, found.attendees, found.comment, found.sequence) == ("1", (), "", 4)


def test_several_objects_each_with_its_method_and_each_component_once():
    content = reply() + reply() + reply(method="METHOD:COUNTER") + b"BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:3\nEND:VEVENT\n"
    found, _ = itip.read(content)
    assert [(one.method, one.uid) for one in found] == [("REPLY", UID), ("COUNTER", UID), ("", "3")]


def test_the_part_names_the_method_where_the_object_does_not():
    assert one(reply(method="X-NO:1"), method="reply").method == "REPLY"
    (found,), notes = itip.read(reply(), method="REQUEST")
    assert (found.method, notes) == ("REPLY", ["METHOD of the part and of the object differ"])


def test_method_may_follow_its_components():
    content = b"BEGIN:VCALENDAR\n" + component("UID:1").encode() + b"METHOD:REPLY\nEND:VCALENDAR\n"
    assert one(content).method == "REPLY"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_charsets(encoding):
    content = reply("COMMENT:Größe").decode().encode(encoding)
    assert one(content, charset="utf-8" if "utf" in encoding else encoding).comment == "Größe"


def test_a_fold_inside_a_letter():
    content = reply("COMMENT:Größe").replace("ö".encode(), b"\xc3\r\n \xb6")
    assert one(content).comment == "Größe"


@pytest.mark.parametrize(
    "line", ["SEQUENCE:-1", "SEQUENCE:zwei", "SEQUENCE:", "SEQUENCE:1.5", "SEQUENCE:" + "9" * 5000, "SEQUENCE:٣"]
)
def test_a_sequence_that_is_none(line):
    assert one(reply(line, "X:1")).sequence is None


@pytest.mark.parametrize(
    "value", ["", "gestern", "20261301T000000Z", "00010101T000000Z", "99991231T235959Z", "20261120", "20261120T256161Z"]
)
def test_a_stamp_that_is_none(value):
    found = one(reply("DTSTAMP:" + value, "X:1"))
    assert found.dtstamp == (datetime(2026, 11, 20, tzinfo=UTC) if value == "20261120" else None)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"Hallo", b"BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR", b"END"]
)
def test_what_is_no_calendar_gives_nothing(content):
    assert itip.read(content)[0] == []


def test_no_nul_reaches_the_database():
    found = one(reply("UID:a\x00b", "COMMENT:x\x00y", "ATTENDEE;CN=\x00N:mailto:%00a@b.example"))
    assert "\x00" not in repr(found).replace("\\x00", "\x00")
    assert found.uid == "ab"


def _bombs() -> dict[str, bytes]:
    begin = b"BEGIN:VCALENDAR\nMETHOD:REPLY\n"
    attendee = b"ATTENDEE;CN=x:mailto:a@b.example\n"
    event = b"BEGIN:VEVENT\nUID:%d\n" + attendee + b"RRULE:FREQ=SECONDLY\nEND:VEVENT\n"
    return {
        "30 MB": begin + b"BEGIN:VEVENT\nUID:1\nDESCRIPTION:" + b"x" * 30_000_000,
        "10,000 events": begin + b"".join(event % number for number in range(10_000)),
        "attendees": begin + b"BEGIN:VEVENT\n" + attendee * 100_000,
        "open quotes": begin + b"BEGIN:VEVENT\n" + (b"ATTENDEE" + b';CN="x' * 1300 + b"\n") * 200,
        "parameters": begin + b"BEGIN:VEVENT\n" + (b"ATTENDEE" + b";a=b" * 1900 + b":x\n") * 200,
        "lists": begin + b"BEGIN:VEVENT\n" + (b"ATTENDEE;CN=" + b"," * 7900 + b":x\n") * 200,
        "folds": begin + b"BEGIN:VEVENT\nUID:" + b"a\n " * 1_000_000,
        "nested": b"BEGIN:VEVENT\n" * 100_000,
        "an endless zone": begin
        + BERLIN.replace("COMMENT:Winter", "RRULE:FREQ=SECONDLY").format(tzid="x").encode()
        + b"BEGIN:VEVENT\nUID:1\nDTSTART;TZID=x:20261201T140000\n",
    }


def test_case_24_a_bomb_costs_bounded_time():
    for bomb, content in _bombs().items():
        start = time.process_time()
        found, _ = itip.read(content)
        assert time.process_time() - start < PATIENCE, bomb
        assert 1 <= len(found) <= itip.MAX_COMPONENTS + 1, bomb
        assert all(len(one.attendees) <= itip.MAX_ATTENDEES for one in found), bomb


@given(st.text(max_size=60), st.integers(0, 400), st.integers(0, 40))
def test_no_mutation_of_an_answer_raises(noise, place, cut):
    content = reply(
        'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:b@schule.example":MAILTO:a@schule.example',
        "DTSTART;TZID=Europe/Berlin:20261201T140000",
        "DURATION:PT90M",
        before=BERLIN.format(tzid="Europe/Berlin"),
    )
    found, notes = itip.read(content[:place] + noise.encode("utf-8", "replace") + content[place + cut :])
    repr((found, notes)).encode()
