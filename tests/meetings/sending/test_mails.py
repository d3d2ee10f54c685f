import email
from datetime import UTC, date, datetime, timedelta
from email import policy

import pytest
from django.utils import timezone
from icalendar import Calendar

from mailroom.models import OutboxMail
from mailroom.services import outbox
from meetings.enums import AgendaKind, Format, MailingKind
from meetings.mails import Letter
from regions.models import Network
from tests import libical
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory, UserFactory

STAMP = datetime(2031, 1, 7, 8, 0, tzinfo=UTC)
ROOM = "https://raum.anbieter.example/geheim"
STOP = "S" * 22


@pytest.fixture
def invitation(db, settings):
    settings.BASE_URL = "https://netzwerk.example"
    settings.INBOX_ADDRESS = "antwort@servicestelle.example"
    settings.MAIL_FROM = "Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>"
    meeting = MeetingFactory(
        format=Format.HYBRID,
        host=OrganisationFactory(name="Muster Maschinenbau GmbH", street="Werkstraße 1"),
        online_link=ROOM,
        dial_in="0541 123",
        answer_deadline_on=date(2031, 1, 29),
        text="Es geht um **Berufsfachschule Dual**.",
        responsible=UserFactory(first_name="Katja", last_name="Sommer", phone="0541 501"),
    )
    meeting.agenda_items.create(offset_minutes=15, title="Rundgang", speaker="Herr Muster", kind=AgendaKind.TOUR)
    contact = ContactFactory(
        salutation="ms", title="Dr.", first_name="Gesa", last_name="Ahrens", email="ahrens@schule.example"
    )
    InvitationFactory(meeting=meeting, contact__email="andere@partner.example")
    return InvitationFactory(meeting=meeting, contact=contact, network=Network.objects.get(slug="melle-bissendorf"))


def _sent(invitation, kind=MailingKind.INVITATION, word="", **options):
    """What the recipient's mail program gets, parsed from the frozen bytes."""
    copy = Letter(invitation.meeting, kind=kind, word=word).copy(invitation, stop_token=STOP, stamp=STAMP, **options)
    row = outbox.prepare(copy, kind=OutboxMail.Kind(kind), recipient=invitation.email)
    return email.message_from_bytes(bytes(row.raw), policy=policy.default)


def _text(mail, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


@pytest.mark.parametrize("kind", MailingKind.values)
def test_the_shape_that_works_everywhere(invitation, kind):
    """RFC 6047 sections 2.4 and 2.5."""
    mail = _sent(invitation, kind)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, entry, attachment = mail.walk()
    method = "CANCEL" if kind in (MailingKind.CANCELLATION, MailingKind.WITHDRAWAL) else "REQUEST"
    assert dict(entry["Content-Type"].params) == {"method": method, "charset": "UTF-8"}
    assert Calendar.from_ical(entry.get_payload(decode=True))["METHOD"] == method
    assert entry["Content-Transfer-Encoding"] == "base64"
    assert "Content-Disposition" not in entry
    assert attachment.get_filename() == "invite.ics"
    assert attachment.get_content() == entry.get_payload(decode=True)
    assert [mail[name] for name in ("Content-Class", "X-Auto-Response-Suppress")] == [
        "urn:content-classes:calendarmessage",
        "OOF, NRN, AutoReply, RN",
    ]
    assert "Content-Class" not in mail.get_body(("plain",))


def test_from_the_office_to_one_person_with_the_answer_to_the_tag(invitation):
    mail = _sent(invitation)
    assert str(mail["From"]) == '"Katja Sommer, Servicestelle Schule–Wirtschaft" <netzwerk@servicestelle.example>'
    assert str(mail["To"]) == "Gesa Ahrens <ahrens@schule.example>"
    assert str(mail["Reply-To"]) == f"antwort+{invitation.tag}@servicestelle.example"
    assert mail["Subject"] == "Einladung: Mi., 05.02.2031 – Netzwerktreffen Melle/Bissendorf"
    assert [name for name in ("Cc", "Bcc", "In-Reply-To") if name in mail] == []


def test_a_reminder_can_be_stopped_by_one_click_and_follows_the_first_mail(invitation):
    """RFC 8058 section 3.1, RFC 3834 section 5.2."""
    mail = _sent(invitation, MailingKind.REMINDER, first_message_id="<erste@servicestelle.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<https://netzwerk.example/abmelden/{STOP}/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["In-Reply-To"], mail["References"]) == ("<erste@servicestelle.example>",) * 2
    assert mail["Subject"] == "Kommen Sie? Mi., 05.02.2031 – Netzwerktreffen Melle/Bissendorf"
    assert "noch keine Antwort von Ihnen" in _text(mail, "plain")
    assert "noch keine Antwort von Ihnen" in _text(mail, "html")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_each_body_stands_on_its_own(invitation, kind):
    body = _text(_sent(invitation, word="Ich freue mich & Sie?"), kind)
    link = f"https://netzwerk.example/einladung/{invitation.token}/"
    word = "Ich freue mich & Sie?" if kind == "plain" else "Ich freue mich &amp; Sie?"
    missing = [
        piece
        for piece in (
            "Guten Tag, Frau Dr. Ahrens,",
            "Netzwerktreffen Melle/Bissendorf",
            "Mi., 5. Februar 2031, 15:00–17:30 Uhr",
            "Muster Maschinenbau GmbH, Werkstraße 1, 49324 Melle",
            f"{link}?antwort=accepted",
            f"{link}?antwort=tentative",
            f"{link}?antwort=declined",
            f"{link}beitreten/",
            "Mi., 29. Januar 2031",
            word,
            "Berufsfachschule Dual",
            "15:15 Uhr",
            "Rundgang",
            "Katja Sommer, Telefon ",
            "0541 501",
            "im Verteiler von „Netzwerk Melle/Bissendorf“",
            f"https://netzwerk.example/abmelden/{STOP}/",
            "https://netzwerk.example/impressum/",
        )
        if piece not in body
    ]
    assert missing == []


@pytest.mark.parametrize(("answer", "mode"), [("", ""), ("accepted", "in_person"), ("accepted", "online")])
def test_only_who_comes_online_reads_the_number_with_its_pin(invitation, answer, mode):
    invitation.answer, invitation.mode, invitation.answered_at = answer, mode, timezone.now() if answer else None
    letter = Letter(invitation.meeting, kind=MailingKind.UPDATE)
    copy = letter.copy(invitation, stop_token=STOP, stamp=timezone.now())
    assert [b"0541 123" in content for content in copy.contents[:2]] == [mode == "online"] * 2


@pytest.mark.parametrize("kind", [MailingKind.INVITATION, MailingKind.REMINDER, MailingKind.UPDATE])
def test_the_text_shows_no_markdown(invitation, kind):
    invitation.meeting.text = "## Anfahrt\n\n- **Bus** [Fahrplan](https://bus.example/plan)\n- Auto & Rad"
    text = _text(_sent(invitation, kind), "plain").replace("\r\n", "\n")
    assert "Worum es geht\n\nAnfahrt\n\n- Bus Fahrplan (https://bus.example/plan)\n- Auto & Rad\n" in text
    assert [mark for mark in ("**", "##", "](") if mark in text] == []


def test_html_carries_its_styles_in_its_tags_and_loads_nothing(invitation):
    html = _text(_sent(invitation), "html")
    assert '<html lang="de">' in html
    assert '<a href="https://netzwerk.example/einladung/' in html
    assert html.count("style=") > 5
    assert [piece for piece in ("<img", "<script", "<link", "src=") if piece in html] == []


def test_nobody_elses_address_and_never_the_room(invitation):
    mail = _sent(invitation)
    everything = b"".join(part.get_payload(decode=True) or b"" for part in mail.walk() if not part.is_multipart())
    assert [word for word in (b"andere@partner", b"anbieter", b"geheim") if word in everything] == []


def test_links_of_a_preview_record_nothing(invitation):
    mail = _sent(invitation, MailingKind.REMINDER, is_preview=True)
    everything = mail.as_bytes() + b"".join(
        part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()
    )
    assert [word for word in (invitation.token, STOP) if word.encode() in everything] == []
    assert str(mail["Subject"]).startswith("Vorschau: ")
    assert _text(mail, "plain").startswith("VORSCHAU")
    assert invitation.token != "vorschau"


def test_what_partners_are_called_breaks_nothing(invitation):
    """No header is added and no tag is opened by a name or a title."""
    invitation.contact.last_name = 'Mueller, "Joerg"; x:y <b>'
    invitation.contact.first_name = "😀\r\nBcc: alle@partner.example"
    invitation.contact.salutation = ""
    invitation.meeting.title = "Ä, „;“ \\ <i>\r\nX-Falsch: 1 " * 10
    mail = _sent(invitation)
    assert [name for name in ("Bcc", "X-Falsch") if name in mail] == []
    assert mail["To"].addresses[0].addr_spec == "ahrens@schule.example"
    assert [tag for tag in ("<b>", "<i>") if tag in _text(mail, "html")] == []
    *_, entry, _ = mail.walk()
    assert len(Calendar.from_ical(entry.get_payload(decode=True)).walk("VEVENT")) == 1


def test_an_address_that_no_envelope_carries_is_said(invitation):
    invitation.email = "zwei@schule.example, drei@schule.example"
    with pytest.raises(ValueError, match="envelope"):
        _sent(invitation)


CLOCK_CHANGES = [
    (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "01:30–05:00 Uhr"),
    (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "03:30–06:00 Uhr"),
    (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), "00:30–02:00 (Winterzeit) Uhr"),
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30 (Sommerzeit)–04:00 Uhr"),
    (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30 (Winterzeit)–05:00 Uhr"),
    (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "03:30–06:00 Uhr"),
]


def _at(invitation, starts_at):
    """Its mail when the meeting begins then; how its calendar object says it."""
    invitation.meeting.starts_at = starts_at
    invitation.meeting.ends_at = starts_at + timedelta(minutes=150)
    mail = _sent(invitation)
    *_, entry, _ = mail.walk()
    return mail, entry.get_payload(decode=True)


@pytest.mark.parametrize(("starts_at", "said"), CLOCK_CHANGES)
def test_text_html_and_calendar_say_the_same_instant(invitation, starts_at, said):
    mail, ics = _at(invitation, starts_at)
    assert [kind for kind in ("plain", "html") if f" {said}" not in _text(mail, kind)] == []
    event = Calendar.from_ical(ics).walk("VEVENT")[0]
    read = [event[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND")]
    assert read == [starts_at, starts_at + timedelta(minutes=150)]


@pytest.mark.program("libical")
@pytest.mark.parametrize(("starts_at", "said"), CLOCK_CHANGES)
def test_libical_finds_that_instant_in_the_mail_too(invitation, starts_at, said):
    mail, ics = _at(invitation, starts_at)
    assert f" {said}" in _text(mail, "plain")
    reading = libical.read(ics)
    assert (reading.errors, reading.starts_at, reading.ends_at) == (0, starts_at, starts_at + timedelta(minutes=150))


@pytest.mark.program("libical")
def test_libical_reads_what_partners_are_called(invitation):
    invitation.contact.first_name, invitation.contact.last_name = "", 'Mueller, "Joerg"; x:y\r\nX-Falsch: 1'
    invitation.meeting.title = "Ä, „;“ \\ \U0001f600 " * 20
    *_, entry, _ = _sent(invitation).walk()
    reading = libical.read(entry.get_payload(decode=True))
    assert (reading.errors, reading.keeps_the_rules) == (0, True)
    assert (reading.summary, reading.attendee) == (
        " ".join(invitation.meeting.title.split()),
        "Mueller, 'Joerg'; x:y X-Falsch: 1",
    )
