"""The decision to invite."""

import re

import pytest
from django.utils import timezone

from mailroom.models import Act, Address, OutboxMail
from meetings.enums import State
from meetings.models import Invitation
from meetings.services.inviting import invite
from team.services import activity
from tests.acts import invitations_of
from tests.factories import ContactFactory, MeetingFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory(state=State.DRAFT)


@pytest.fixture
def people():
    organisation = MembershipFactory().organisation
    return [ContactFactory(organisation=organisation, last_name=name) for name in ("Ahrens", "Böhmer")]


def test_one_decision_writes_a_held_mail_for_each(meeting, people, coordinator):
    guest = ContactFactory(last_name="Gast")
    mailing = invite.invite(meeting, [*people, guest], by=coordinator, word="Bis bald!")
    assert (mailing.state, mailing.total, mailing.undo_record["made_planned"]) == (Act.State.RELEASED, 3, True)
    rows = Invitation.objects.values_list("contact__last_name", "network__slug", "mail_version")
    assert list(rows) == [("Ahrens", "melle-bissendorf", 1), ("Böhmer", "melle-bissendorf", 1), ("Gast", None, 1)]
    mails = OutboxMail.objects.order_by("recipient")
    assert [(mail.recipient, mail.kind, mail.lane, mail.not_before) for mail in mails] == [
        (one.email, "invitation", one.lane, mailing.leaves_at) for one in Invitation.objects.order_by("email")
    ]
    assert {mail.expires_at for mail in mails} == {meeting.starts_at}
    assert ["Bis bald!" in mail.text for mail in mails] == [True, True, True]
    meeting.refresh_from_db()
    assert (meeting.state, meeting.version) == (State.PLANNED, 2)
    assert Address.objects.exclude(stop_token=None).count() == 3
    for target in (meeting, people[0], people[0].organisation, guest):
        assert activity.timeline(target)[0].sentence == f"hat 3 Personen zu „{meeting.title}“ eingeladen"


def test_a_second_press_does_nothing(meeting, people, coordinator):
    invite.invite(meeting, people, by=coordinator)
    with pytest.raises(invite.NobodyLeft):
        invite.invite(meeting, people, by=coordinator)
    assert (Invitation.objects.count(), OutboxMail.objects.count(), Act.objects.count()) == (2, 2, 1)


def test_who_is_not_mailed_is_not_invited(meeting, people, coordinator):
    Address.objects.create(key=people[0].email_folded, state=Address.State.STOPPED)
    mailing = invite.invite(meeting, [*people, ContactFactory(email="")], by=coordinator)
    assert [one.contact for one in invitations_of(mailing.items.all())] == [people[1]]


def test_nobody_is_invited_to_what_is_cancelled_or_over(meeting, people, coordinator):
    now = timezone.now()
    over = MeetingFactory(starts_at=now - timezone.timedelta(days=2))
    cancelled = MeetingFactory(state=State.CANCELLED)
    for closed, word in ((over, "vorbei"), (cancelled, "abgesagt")):
        with pytest.raises(invite.NotInvitable, match=word):
            invite.invite(closed, people, by=coordinator)
    assert (Invitation.objects.count(), Act.objects.count()) == (0, 0)


def test_no_link_on_the_mails_page_answers_for_her(team, stranger, coordinator):
    meeting, contact = MeetingFactory(format="hybrid", online_link="https://raum.example/1"), ContactFactory()
    invite.invite(meeting, [contact], by=coordinator)
    invitation, mail = Invitation.objects.get(), OutboxMail.objects.get()
    for page in (team.get(mail.get_absolute_url()), team.get(f"{mail.get_absolute_url()}ansicht/")):
        assert (page.status_code, invitation.token in page.text, "/einladung/vorschau/" in page.text) == (
            200,
            False,
            True,
        )
    assert invitation.token in mail.text
    links = set(re.findall(r"/(?:einladung|abmelden)/vorschau/[a-z./]*", team.get(mail.get_absolute_url()).text))
    assert {link: stranger.get(link).status_code for link in links} == dict.fromkeys(links, 200)
