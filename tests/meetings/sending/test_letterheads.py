"""Header fields of every kind of mail, the names in it, and what its first lines show in a list of mails."""

import re
from dataclasses import replace
from datetime import date, timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from django.core.mail import EmailMessage

from mailroom import backend
from mailroom.services import outbox
from meetings.enums import Format, MailingKind, ReplyKind
from meetings.mails import Letter
from meetings.models import Facts
from partners.mails import NetworkLetter
from partners.models import Contact
from regions.models import Network
from team.models import User
from tests.factories import InvitationFactory, MeetingFactory, OrganisationFactory, UserFactory
from tests.meetings.sending.test_mails import STAMP, STOP

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).resolve().parents[3] / "docs" / "outbox.md"
KINDS = [*MailingKind, *ReplyKind]
DAY = "Mi., 05.02.2031"
WHEN = "Mi., 5. Februar 2031, 15:00–17:30 Uhr"


@pytest.fixture
def invitation(partner, settings):
    settings.BASE_URL = "https://netzwerk.example"
    settings.MAIL_FROM = "Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>"
    katja = UserFactory(first_name="Katja", last_name="Sommer", phone="0541 501")
    meeting = MeetingFactory(responsible=katja, answer_deadline_on=date(2031, 1, 29))
    return InvitationFactory(meeting=meeting, contact=partner, network=meeting.networks.get())


def mail_of(invitation, kind="invitation", **options):
    """The message as it leaves; kind `letter` is one to the invitation's network, `account` one of Django's."""
    if kind == "account":
        return backend.build(EmailMessage("Passwort", "Guten Tag", to=["a@servicestelle.example"]), invitation.email)
    if kind == "letter":
        network = Network.objects.get(pk=invitation.network.pk)
        network.coordinator = invitation.meeting.responsible
        copy = NetworkLetter(network, subject="Neues", text="Guten Tag").copy(invitation.contact, stop_token=STOP)
    else:
        kind = next(one for one in KINDS if one == kind)
        copy = Letter(invitation.meeting, kind=kind, **options).copy(invitation, stop_token=STOP, stamp=STAMP)
    return outbox.prepare(copy, kind="update", recipient=invitation.email).message


def html_of(mail) -> str:
    return mail.get_body(("html",)).get_content()


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def _rows() -> dict[str, list[str]]:
    section = TABLE.read_text().partition("## Header fields by kind")[2].partition("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {kind: fields for kind, *fields in lines[2:]}


def test_every_kind_is_in_the_table():
    assert set(_rows()) == {*KINDS, "letter", "account"}


@pytest.mark.parametrize(("kind", "fields"), _rows().items())
def test_the_fields_are_those_of_the_table(invitation, kind, fields):
    mail = mail_of(invitation, kind)
    link = f"<https://netzwerk.example/abmelden/{STOP}/>"
    click = {"List-Unsubscribe=One-Click": "yes"}.get(mail["List-Unsubscribe-Post"], "–")
    said = [mail[name] or "–" for name in ("Auto-Submitted", "Precedence", "Feedback-ID")]
    assert ["stop link" if mail["List-Unsubscribe"] == link else "–", click, *said] == fields
    assert (mail["X-Auto-Response-Suppress"] is None, mail["List-Unsubscribe"] in (None, link)) == (False, True)


@pytest.mark.parametrize("kind", [*KINDS, "letter"])
def test_who_is_in_charge_sends_and_signs(invitation, kind):
    mail = mail_of(invitation, kind)
    (sender,) = mail["From"].addresses
    assert sender.display_name == "Katja Sommer, Servicestelle Schule–Wirtschaft"
    assert sender.addr_spec == "netzwerk@servicestelle.example"
    assert "Freundliche Grüße\nKatja Sommer\nServicestelle Schule–Wirtschaft\n" in text_of(mail)
    assert "Freundliche Grüße<br>Katja Sommer<br>Servicestelle Schule–Wirtschaft" in html_of(mail)


@pytest.mark.parametrize("member", [None, User(email="leitung@servicestelle.example")])
def test_without_a_name_in_charge_the_office_sends(invitation, member):
    invitation.meeting.responsible = member
    mail = mail_of(invitation)
    assert str(mail["From"]) == "Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>"
    assert ("Freundliche Grüße\nServicestelle" in text_of(mail), "leitung" in str(mail["From"])) == (True, False)


def test_a_long_name_keeps_its_letters(invitation):
    """In two encoded words, between which no blank counts (RFC 2047 section 6.2), though Python's parser shows one."""
    invitation.meeting.responsible.first_name = "Jörg-Christian"
    raw = mail_of(invitation).as_bytes().partition(b"From: ")[2].partition(b"\nX-")[0].decode()
    wanted = "Jörg-Christian Sommer, Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>"
    assert str(make_header(decode_header(raw))) == wanted


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "former", "begins"),
    [
        ("invitation", {}, f"Einladung: {DAY} – "),
        ("reminder", {}, f"Kommen Sie? {DAY} – "),
        ("cancellation", {}, f"Abgesagt: {DAY} – "),
        ("withdrawal", {}, f"Zurückgenommen: {DAY} – Einladung zu „"),
        ("full", {}, f"Kein Platz mehr: {DAY} – "),
        ("online", {}, f"Nur noch online: {DAY} – "),
        ("refresh", {}, f"Noch einmal: {DAY} – "),
        ("again", {}, f"Noch einmal: {DAY} – "),
        ("declinecounter", {}, f"Es bleibt beim Termin: {DAY} – "),
        ("update", {"starts_at": -24 * HOUR, "ends_at": -24 * HOUR}, f"Neuer Termin: {DAY} – "),
        ("update", {"starts_at": HOUR, "ends_at": HOUR}, f"Neue Uhrzeit: {DAY} um 15:00–17:30 Uhr – "),
        ("update", {"ends_at": HOUR}, f"Neue Uhrzeit: {DAY} um 15:00–17:30 Uhr – "),
        ("update", {"format": Format.HYBRID}, f"Jetzt vor Ort: {DAY} – "),
        ("update", {"location": "Aula"}, f"Neuer Ort: {DAY} – "),
        ("update", {"location": ""}, f"Der Ort steht fest: {DAY} – "),
        ("update", {"title": "Anders"}, f"Neuer Titel: {DAY} – "),
        ("update", {"is_cancelled": True}, f"Findet doch statt: {DAY} – "),
        ("update", {}, f"Geändert: {DAY} – "),
    ],
)
def test_a_subject_says_what_happened_then_the_day(invitation, kind, former, begins):
    """A phone shows some forty characters."""
    now = Facts.of(invitation.meeting)
    moved = {name: getattr(now, name) + by if isinstance(by, timedelta) else by for name, by in former.items()}
    options = {"before": replace(now, **moved)} if kind == "update" else {}
    subject = str(mail_of(invitation, kind, **options)["Subject"])
    assert subject.startswith(begins)
    assert (DAY in subject[:40], "Netzwerktreffen Melle/Bissendorf" in subject) == (True, True)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("invitation", f"{WHEN}, Rathaus Melle. Bitte antworten Sie bis Mi., 29. Januar 2031."),
        ("update", "Ort jetzt: Rathaus Melle. Bitte antworten Sie bis"),
        ("cancellation", f"Netzwerktreffen Melle/Bissendorf, {WHEN}. Sie brauchen nichts zu tun."),
    ],
)
def test_what_a_list_of_mails_shows_behind_the_subject(invitation, kind, shown):
    options = {"before": replace(Facts.of(invitation.meeting), location="Aula")} if kind == "update" else {}
    gist = re.search(
        r'<div class="gist" style="display: none;[^>]*>(.*?)</div>', html_of(mail_of(invitation, kind, **options))
    )
    assert gist[1].startswith(shown)


def test_dark_screens_and_the_padding_of_outlook(invitation):
    """Word's engine pads table cells, not links; `color-scheme` asks for no colours of the mail program's own."""
    html = html_of(mail_of(invitation))
    assert '<meta name="color-scheme" content="light dark">' in html
    assert html.count("@media (prefers-color-scheme: dark)") == 1
    cells = re.findall(r'<td(?: class="quiet")? style="[^"]*padding: 10px 18px[^"]*"><a href="([^"]+)"', html)
    assert [link.rpartition("=")[2] for link in cells] == ["accepted", "tentative", "declined"]


def test_what_can_be_clicked(invitation):
    meeting = invitation.meeting
    meeting.text = "Mehr: https://schule.example/plan."
    html = html_of(mail_of(invitation, word="Siehe https://betrieb.example/weg & bis dann"))
    found = re.findall(r'<a href="([^"]+)"', html)
    wanted = ["https://schule.example/plan", "https://betrieb.example/weg", "tel:0541501", "Rathaus%20Melle"]
    assert [one for one in wanted if not any(link.endswith(one) for link in found)] == []


@pytest.mark.parametrize(("form", "place"), [("in_person", ""), ("hybrid", "")])
def test_a_place_that_follows_is_said(invitation, form, place):
    meeting = invitation.meeting
    meeting.format, meeting.place = form, place
    mail = mail_of(invitation)
    assert "Wo: Der Ort folgt. Sie bekommen eine Mail, sobald er feststeht.\n" in text_of(mail)
    assert "Der Ort folgt. Sie bekommen eine Mail, sobald er feststeht." in html_of(mail)
    (entry,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert b"\r\nLOCATION:Ort folgt\r\n" in entry.get_payload(decode=True)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "Ihre Adresse haben wir aus der Zusammenarbeit mit: Muster GmbH."),
        ("self", "Ihre Adresse haben Sie uns selbst genannt."),
        ("organisation", "Ihre Adresse hat uns Ihre Einrichtung genannt: Muster GmbH."),
        ("public", "Ihre Adresse ist öffentlich, zum Beispiel auf der Website Ihrer Einrichtung: Muster GmbH."),
        ("list", "Ihre Adresse stand in einer Liste unserer Partner, die wir übernommen haben."),
    ],
)
def test_a_guest_reads_where_the_address_is_from(invitation, source, sentence):
    """GDPR article 14 paragraph 2 letter f."""
    assert source == "" or source in Contact.Source.values
    invitation.network = None
    invitation.contact.source, invitation.contact.organisation = source, OrganisationFactory(name="Muster GmbH")
    mail = mail_of(invitation)
    reason = f"Sie bekommen diese Mail, weil wir Sie zu diesem Treffen als Gast eingeladen haben. {sentence}"
    assert (reason in text_of(mail), reason in html_of(mail), "Verteiler" in text_of(mail)) == (True, True, False)
