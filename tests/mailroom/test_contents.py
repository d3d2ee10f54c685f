from email.message import EmailMessage

import pytest

from mailroom.models import OutboxMail
from mailroom.services import contents, outbox

EVENT = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//
METHOD:REQUEST
BEGIN:VEVENT
UID:1
DTSTAMP:20310101T000000Z
DTSTART:20310205T140000Z
DTEND:20310205T163000Z
SUMMARY:Netzwerktreffen\\, Melle
LOCATION:Werkstatt
ATTENDEE:mailto:ahrens@schule.example
ORGANIZER:mailto:antwort@servicestelle.example
END:VEVENT
END:VCALENDAR
"""


def _mail(ics: bytes | None) -> OutboxMail:
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"] = "Einladung"
    message.set_content("Guten Tag\n")
    if ics is not None:
        message.add_alternative(ics, maintype="text", subtype="calendar", params={"method": "REQUEST"})
    return outbox.prepare(message, kind=OutboxMail.Kind.INVITATION, recipient="ahrens@schule.example")


def test_the_entry_in_words():
    assert contents.entry(_mail(EVENT)) == [
        ("Titel", "Netzwerktreffen, Melle"),
        ("Wann", "Mi., 5. Februar 2031, 15:00–17:30 Uhr"),
        ("Wo", "Werkstatt"),
        ("Eingeladen", "ahrens@schule.example"),
        ("Antworten gehen an", "antwort@servicestelle.example"),
    ]


def test_what_is_not_said_is_left_out():
    lines = [line for line in EVENT.splitlines() if not line.startswith((b"LOCATION", b"DTEND", b"ATTENDEE"))]
    assert contents.entry(_mail(b"\n".join(lines))) == [
        ("Titel", "Netzwerktreffen, Melle"),
        ("Wann", "Mi., 5. Februar 2031, 15:00 Uhr"),
        ("Antworten gehen an", "antwort@servicestelle.example"),
    ]


@pytest.mark.parametrize(
    "ics",
    [
        None,
        b"",
        b"kein Kalender",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        EVENT.replace(b"DTSTART:20310205T140000Z\n", b""),
        EVENT.replace(b"20310205T140000Z", b"morgen"),
        EVENT.replace(b"END:VEVENT\n", b""),
        b"\xff\x00\xfe",
    ],
)
def test_what_cannot_be_read_says_nothing(ics):
    assert contents.entry(_mail(ics)) == []


TOKEN = "Ab3_d-f7h9Kl2nOp4rStUv"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"http://amt.example/einladung/{TOKEN}/", "http://amt.example/einladung/vorschau/"),
        (
            f'href="http://amt.example/einladung/{TOKEN}/?antwort=declined"',
            'href="http://amt.example/einladung/vorschau/?antwort=declined"',
        ),
        (f"http://amt.example/abmelden/{TOKEN}/.", "http://amt.example/abmelden/vorschau/."),
        (f"http://fremd.example/einladung/{TOKEN}/", f"http://fremd.example/einladung/{TOKEN}/"),
        ("http://amt.example/netzwerk/melle-bissendorf/", "http://amt.example/netzwerk/melle-bissendorf/"),
        (
            "http://amt.example/netzwerk/suedliches-osnabruecker-land/",
            "http://amt.example/netzwerk/suedliches-osnabruecker-land/",
        ),
    ],
)
def test_personal_links_lead_to_a_preview_where_the_team_reads(settings, said, shown):
    settings.BASE_URL = "http://amt.example"
    assert contents.replace_tokens(said) == shown
