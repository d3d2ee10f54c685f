"""Objects as calendar programs write them, read by `mailroom.itip`, and what becomes of the invitation."""

from datetime import UTC, datetime, timedelta

import pytest

from mailroom import itip
from mailroom.enums import MailKind
from meetings.models import Meeting, Proposal
from tests.meetings.incoming import RECEIVED, arrive, reading, standing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("when_received")]

OUTLOOK = """BEGIN:VCALENDAR
METHOD:REPLY
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:tzone://Microsoft/Utc
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ATTENDEE;PARTSTAT=DECLINED;CN=Gesa Ahrens:MAILTO:{email}
COMMENT;LANGUAGE=de-DE:Leider auf Klassenfahrt\\, bis bald\\n
UID:{uid}
SUMMARY;LANGUAGE=de-DE:Abgelehnt: Netzwerktreffen
DTSTART;TZID=tzone://Microsoft/Utc:20310205T140000
DTEND;TZID=tzone://Microsoft/Utc:20310205T163000
DTSTAMP:20261102T115800Z
SEQUENCE:{sequence}
X-MICROSOFT-CDO-APPT-SEQUENCE:{sequence}
END:VEVENT
END:VCALENDAR
"""
ORGANIZER_WITH_COMMA = """BEGIN:VCALENDAR
METHOD:REPLY
METHOD:REPLY
BEGIN:VEVENT
UID:{uid}
STATUS:CONFIRMED
STATUS:TENTATIVE
ORGANIZER;CN=Servicestelle, Schule:mailto:antwort@servicestelle.example
ATTENDEE;PARTSTAT=tentative:mailto:{email}
DTSTAMP:20261102T115800Z
END:VEVENT
END:VCALENDAR
"""
BROKEN_ZONE = """BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VTIMEZONE
TZID:Irgendwo
BEGIN:STANDARD
DTSTART:kaputt
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:{uid}
DTSTART;TZID=Irgendwo:20310205T150000
ATTENDEE;PARTSTAT=ACCEPTED:mailto:{email}
DTSTAMP:20261102T115800Z
SEQUENCE:{sequence}
END:VEVENT
END:VCALENDAR
"""
GOOGLE_COUNTER = """BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
METHOD:COUNTER
BEGIN:VEVENT
DTSTART:20310206T140000Z
DTEND:20310206T160000Z
DTSTAMP:20261102T115800Z
ORGANIZER;CN=Servicestelle:mailto:antwort@servicestelle.example
UID:{uid}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;CN=Gesa Ahrens;X-NUM-GUESTS=0:mailto:{email}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;X-NUM-GUESTS=0:mailto:antwort@servicestelle.example
COMMENT:Lieber am Donnerstag
SEQUENCE:{sequence}
END:VEVENT
END:VCALENDAR
"""
KDE_COUNTER = """BEGIN:VCALENDAR
PRODID:-//K Desktop Environment//NONSGML libkcal 4.3//EN
VERSION:2.0
METHOD:COUNTER
BEGIN:VEVENT
DTSTAMP:20261102T115800Z
UID:{uid}
DTSTART:20310206T140000Z
DURATION:PT2H
ATTENDEE;CN="Gesa Ahrens":mailto:{email}
END:VEVENT
END:VCALENDAR
"""
DELEGATION = """BEGIN:VCALENDAR
METHOD:REPLY
VERSION:2.0
BEGIN:VEVENT
ORGANIZER:mailto:antwort@servicestelle.example
ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:jo.feld@betrieb.example":mailto:{email}
ATTENDEE;CN=Jo Feld;PARTSTAT=NEEDS-ACTION;DELEGATED-FROM="mailto:{email}":mailto:jo.feld@betrieb.example
UID:{uid}
SEQUENCE:{sequence}
DTSTAMP:20261102T115800Z
END:VEVENT
END:VCALENDAR
"""


def comes(invitation, text, **mail):
    """The object as the reader hands it on."""
    filled = text.format(email=invitation.email, uid=str(invitation.uid).upper(), sequence=invitation.sequence)
    found, _ = itip.read(filled.replace("\n", "\r\n").encode())
    kind = MailKind(found[0].method.lower())
    return arrive(reading(invitation, *found, **{"kind": kind, **mail}))[1]


def test_case_1_outlook_without_organizer_in_a_zone_of_its_own(invitation):
    comes(invitation, OUTLOOK)
    assert standing(invitation) == ("declined", "", "Leider auf Klassenfahrt, bis bald", "calendar")
    assert invitation.responses.get().at == RECEIVED - timedelta(minutes=2)


def test_case_15_twice_and_with_a_comma(invitation):
    comes(invitation, ORGANIZER_WITH_COMMA)
    assert standing(invitation)[0] == "tentative"


def test_case_15_without_an_attendee_a_person_reads_it(invitation):
    text = "\n".join(line for line in OUTLOOK.split("\n") if not line.startswith("ATTENDEE"))
    assert (comes(invitation, text).state, standing(invitation)[0]) == ("waiting", "")


def test_case_16_a_broken_zone_loses_no_answer(invitation):
    comes(invitation, BROKEN_ZONE)
    assert standing(invitation)[0] == "accepted"


@pytest.mark.parametrize("text", [GOOGLE_COUNTER, KDE_COUNTER])
def test_case_12_google_and_kde_propose_another_time(invitation, text):
    outcome = comes(invitation, text)
    (proposal,) = Proposal.objects.all()
    starts_at = datetime(2031, 2, 6, 14, tzinfo=UTC)
    assert (proposal.kind, proposal.starts_at, proposal.ends_at) == ("time", starts_at, starts_at + timedelta(hours=2))
    assert (outcome.state, standing(invitation)[0], proposal.sequence) == ("waiting", "", 0)
    assert Meeting.objects.get().sequence == 0


def test_case_11_the_example_of_the_standard(invitation):
    comes(invitation, DELEGATION)
    assert [(one.kind, one.email, one.name) for one in Proposal.objects.all()] == [
        ("substitute", "jo.feld@betrieb.example", "Jo Feld")
    ]
    assert standing(invitation)[0] == ""
