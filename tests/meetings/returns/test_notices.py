"""Mails that go back: text, HTML and calendar object of every kind, below what she got before."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from mailroom.models import ActItem, OutboxMail
from meetings.enums import ReplyKind
from meetings.models import Invitation
from meetings.services.returns import notices
from tests.factories import ActFactory, ActItemFactory, InvitationFactory, MailFactory
from tests.meetings.said import event_of, first_of, ics_of, mails_of

pytestmark = pytest.mark.django_db

WORDS = {
    "full": ("Kein Platz mehr", "Leider war der letzte Platz in diesem Augenblick schon vergeben"),
    "online": ("Nur noch online", "Bitte kommen Sie also nicht vorbei."),
    "refresh": ("Noch einmal", "Ihr Kalender hat uns nach diesem Treffen gefragt."),
    "again": ("Noch einmal", "eine Mail zu diesem Treffen ist nicht bei Ihnen angekommen."),
    "declinecounter": ("Es bleibt beim Termin", "vielen Dank für Ihren Terminvorschlag."),
}


@pytest.fixture
def invitation(partner):
    return InvitationFactory(contact=partner)


@pytest.mark.parametrize("kind", ReplyKind.values)
def test_every_kind_in_all_its_forms(invitation, kind):
    first = MailFactory(lane=invitation.lane, version=0, state=OutboxMail.State.SENT)
    assert notices.send(invitation, ReplyKind(kind), key="einmal", sequence=7)
    mail = mails_of(invitation)[-1]
    subject, sentence = WORDS[kind]
    method = "DECLINECOUNTER" if kind == "declinecounter" else "REQUEST"
    assert str(mail.message["Subject"]) == f"{subject}: Mi., 05.02.2031 – Netzwerktreffen Melle/Bissendorf"
    assert (sentence in mail.text, sentence in mail.html) == (True, True)
    assert mail.text.startswith("Guten Tag, Frau Ahrens,\n\n")
    assert (Calendar.from_ical(ics_of(mail))["METHOD"], event_of(mail)["SEQUENCE"]) == (method, 7)
    assert first_of(mail.message) == first.message_id
    assert (mail.recipient, mail.about_url) == (invitation.email, invitation.meeting.get_absolute_url())
    assert (mail.expires_at, mail.not_before is None) == (invitation.meeting.starts_at, False)


def test_once_by_its_key(invitation):
    assert notices.send(invitation, ReplyKind.FULL, key="einmal")
    OutboxMail.objects.update(state=OutboxMail.State.SENT)
    assert not notices.send(invitation, ReplyKind.FULL, key="einmal")
    assert (len(mails_of(invitation)), Invitation.objects.get().mail_version) == (1, 1)


def test_an_address_that_no_envelope_carries(invitation):
    Invitation.objects.update(email="keine Adresse")
    assert not notices.send(Invitation.objects.get(), ReplyKind.FULL, key="einmal")
    assert (OutboxMail.objects.count(), Invitation.objects.get().mail_version) == (0, 0)


@pytest.mark.parametrize(
    ("state", "unanswered", "waits"),
    [("queued", 0, True), ("sending", 0, True), ("uncertain", 1, True), ("uncertain", 2, False), ("sent", 0, False)],
)
def test_what_is_under_way(invitation, state, unanswered, waits):
    MailFactory(lane=invitation.lane, version=1, state=state, unanswered=unanswered)
    assert notices.waits(invitation) is waits


def test_what_is_still_to_be_written_is_under_way(invitation, coordinator):
    mailing = ActFactory(meeting=invitation.meeting, kind="update", by=coordinator)
    ActItemFactory(act=mailing, invitation=invitation)
    assert notices.waits(invitation)
    ActItem.objects.update(rendered_at=invitation.created_at + timedelta(seconds=1))
    assert not notices.waits(invitation)
