"""Whom no mail has reached is invited once more, by the same row."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.folding import email_key
from mailroom.models import ActItem, Address, OutboxMail
from mailroom.services.acts import stop
from meetings.models import Invitation
from meetings.services.changes import cancel
from meetings.services.inviting import invite, recipients
from meetings.services.returns import notices
from partners.models import Contact
from tests.factories import (
    ActFactory,
    ActItemFactory,
    ContactFactory,
    InvitationFactory,
    MailFactory,
    MeetingFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db
Fate = OutboxMail.State


@pytest.fixture
def meeting():
    return MeetingFactory()


@pytest.fixture
def organisation():
    return MembershipFactory().organisation


@pytest.fixture
def unwritten(meeting, organisation, coordinator):
    """Somebody whose mail could not be built, since her address is unfit."""
    contact = ContactFactory(organisation=organisation, last_name="Ahrens")
    Contact.objects.filter(pk=contact.pk).update(email="ahrens@schule@example", email_folded="ahrens@schule@example")
    contact.refresh_from_db()
    invite.invite(meeting, [contact], by=coordinator)
    assert (OutboxMail.objects.count(), ActItem.objects.exclude(problem="").count()) == (0, 1)
    return contact


@pytest.fixture
def failed(meeting, organisation, coordinator):
    """Somebody whose invitation was refused for good."""
    contact = ContactFactory(organisation=organisation, last_name="Böhmer")
    invite.invite(meeting, [contact], by=coordinator)
    OutboxMail.objects.update(state=Fate.FAILED)
    return contact


def mend(contact, email="neu@schule.example"):
    contact.email = email
    contact.save()


def found(meeting):
    return [(one.contact.last_name, one.reason, one.hint) for one in recipients.candidates(meeting)]


def test_an_unfit_address_is_said_until_it_is_mended(meeting, unwritten, coordinator):
    assert found(meeting) == [("Ahrens", recipients.UNFIT, "")]
    with pytest.raises(invite.NobodyLeft):
        invite.invite(meeting, [unwritten], by=coordinator)
    mend(unwritten)
    assert found(meeting) == [("Ahrens", "", "")]
    before = Invitation.objects.get()
    mailing = invite.invite(meeting, [unwritten], by=coordinator)
    after = Invitation.objects.get()
    assert (after.pk, after.token, after.email, after.mail_version) == (before.pk, before.token, unwritten.email, 2)
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.key, mail.act) == (unwritten.email, f"invitation:{after.pk}:2", mailing)
    assert found(meeting) == [("Ahrens", recipients.INVITED, "")]


def test_whose_mail_failed_stands_there_again_with_a_hint(team, meeting, failed, coordinator):
    assert found(meeting) == [("Böhmer", "", "letzte Mail kam nicht an")]
    html = team.get(reverse("meetings:invite", args=[meeting.pk])).content.decode()
    assert ("letzte Mail kam nicht an" in html, "An 1 Person senden" in html) == (True, True)
    invite.invite(meeting, [failed], by=coordinator)
    assert [mail.state for mail in OutboxMail.objects.order_by("version")] == [Fate.FAILED, Fate.QUEUED]
    assert (Invitation.objects.count(), found(meeting)) == (1, [("Böhmer", recipients.INVITED, "")])


@pytest.mark.parametrize(
    "state", [state for state in Fate.values if state not in ("failed", "cancelled", "superseded")]
)
def test_a_mail_that_left_or_may_leave_says_invited(meeting, organisation, state):
    row = InvitationFactory(meeting=meeting, contact=ContactFactory(organisation=organisation), mail_version=2)
    MailFactory(lane=row.lane, version=1, state=state)
    assert [reason for _, reason, _ in found(meeting)] == [recipients.INVITED]
    MailFactory(lane=row.lane, version=2, state=Fate.FAILED)
    assert [reason for _, reason, _ in found(meeting)] == [recipients.INVITED]


def test_a_mail_that_is_still_written_says_invited(meeting, failed):
    mailing = ActFactory(meeting=meeting, kind="invitation")
    ActItemFactory(act=mailing, invitation=Invitation.objects.get())
    assert found(meeting) == [("Böhmer", recipients.INVITED, "")]


@pytest.mark.parametrize("known_by", ["answer", "refused answer", "call"])
def test_who_knows_of_it_is_not_invited_again(meeting, failed, known_by):
    row = Invitation.objects.get()
    if known_by == "answer":
        Invitation.objects.update(answer="declined")
    elif known_by == "refused answer":
        row.responses.create(answer="accepted", via="link", at=timezone.now(), refusal="full")
    else:
        row.call_notes.create(outcome="message_left")
    assert found(meeting) == [("Böhmer", recipients.INVITED, "")]


def test_another_reason_comes_first(meeting, failed):
    Address.objects.filter(key=failed.email_folded).update(state=Address.State.HARD)
    assert found(meeting) == [("Böhmer", "Adresse unzustellbar", "letzte Mail kam nicht an")]
    mend(failed)
    assert found(meeting) == [("Böhmer", "", "letzte Mail kam nicht an")]


def test_two_posts_of_one_person_keep_one_row(meeting, failed, coordinator):
    other = MembershipFactory().organisation
    values = {"first_name": failed.first_name, "last_name": failed.last_name, "is_shared_mailbox": True}
    second = ContactFactory(organisation=other, email=failed.email + "x", **values)
    Contact.objects.filter(pk=second.pk).update(email=failed.email, email_folded=failed.email_folded)
    assert len(found(meeting)) == 1
    invite.invite(meeting, [second], by=coordinator)
    assert list(Invitation.objects.values_list("contact", "mail_version")) == [(second.pk, 2)]


def test_a_guest_is_found_again(meeting, coordinator):
    guest = ContactFactory(last_name="Gast")
    invite.invite(meeting, [guest], by=coordinator)
    assert recipients.found(meeting, "gast") == []
    OutboxMail.objects.update(state=Fate.FAILED)
    assert recipients.found(meeting, "gast") == [guest]
    assert recipients.chosen(meeting, [guest.pk])[0].is_mailable


def test_stopped_she_is_where_she_was_before(meeting, unwritten, coordinator):
    mend(unwritten)
    stop.stop_act(invite.invite(meeting, [unwritten], by=coordinator), by=coordinator)
    assert (Invitation.objects.count(), ActItem.objects.exclude(problem="").count()) == (1, 1)
    assert found(meeting) == [("Ahrens", "", "")]
    invite.invite(meeting, [unwritten], by=coordinator)
    assert [mail.version for mail in OutboxMail.objects.filter(state=Fate.QUEUED)] == [3]


def test_the_list_says_that_her_mail_could_not_be_written(team, meeting, unwritten):
    assert "nicht zu schreiben" in team.get(meeting.get_absolute_url()).content.decode()


def test_many_of_them_cost_no_more_queries(meeting, organisation):
    counts = []
    for _ in range(2):
        for contact in ContactFactory.create_batch(5, organisation=organisation):
            MailFactory(lane=InvitationFactory(meeting=meeting, contact=contact).lane, state=Fate.FAILED)
        with CaptureQueriesContext(connection) as queries:
            people = recipients.candidates(meeting)
        counts.append((len(queries), sum(one.hint == recipients.FAILED for one in people)))
    assert counts == [(7, 5), (7, 10)]


@pytest.fixture
def moved(partner, coordinator):
    """She knows of the meeting; the update about its new day came back, and her address has been mended."""
    invitation = InvitationFactory(contact=partner, mail_version=1)
    MailFactory(lane=invitation.lane, version=0, state=Fate.SENT)
    MailFactory(lane=invitation.lane, version=1, kind="update", state=Fate.SENT, returned="hard")
    Address.objects.create(key=email_key(invitation.email), state=Address.State.HARD)
    Contact.objects.filter(pk=partner.pk).update(email="neu@schule.example", email_folded="neu@schule.example")
    return Invitation.objects.select_related("meeting", "contact__organisation").get(pk=invitation.pk)


@pytest.mark.parametrize("answer", ["", "accepted"])
def test_where_the_newest_mail_came_back_the_meeting_goes_once_more(team, moved, answer):
    Invitation.objects.update(answer=answer)
    words = "Noch einmal schicken" if answer else "Erneut einladen"
    assert words in team.get(moved.contact.get_absolute_url()).text
    url = reverse("meetings:invite_again", args=[moved.meeting_id, moved.contact_id])
    page = team.post(url, follow=True)
    assert [str(one) for one in page.context["messages"]] == [
        "Der Termin ist noch einmal auf dem Weg an neu@schule.example."
    ]
    mail = OutboxMail.objects.exclude(state=Fate.SENT).get()
    assert (mail.recipient, mail.lane, mail.version) == ("neu@schule.example", moved.lane, 2)
    team.post(url)
    assert OutboxMail.objects.exclude(state=Fate.SENT).count() == 1
    assert words not in team.get(moved.contact.get_absolute_url()).text


@pytest.fixture
def lost(partner):
    """A mail about an invitation that came back; nothing reaches the address."""
    invitation = InvitationFactory(contact=partner, mail_version=1)
    Address.objects.create(key=email_key(invitation.email), state=Address.State.HARD)
    return MailFactory(lane=invitation.lane, version=1, kind="invitation", state=Fate.SENT, returned="hard")


def test_the_page_of_a_mail_that_came_back_corrects_the_address_and_invites_again(team, lost, partner):
    Contact.objects.filter(pk=partner.pk).update(phone="05422 1234")
    page = team.get(lost.get_absolute_url())
    for shown in (partner.full_name, "05422 1234", partner.email, "Berichtigen und erneut einladen"):
        assert shown in page.text
    invitation = Invitation.objects.get()
    url = reverse("meetings:correct_address", args=[invitation.meeting_id, partner.pk])
    seal = page.context["panel"]["form"]["opened_with"].value()
    for wrong, why in (("", "ausfüllen|erforderlich"), (partner.email, "An diese Adresse kommt nichts an")):
        refused = team.post(url, {"email": wrong, "opened_with": seal})
        assert (refused.status_code, bool(re.search(why, refused.text))) == (422, True)
    assert list(OutboxMail.objects.unsettled()) == [lost]
    done = team.post(url, {"email": "neu@schule.example", "opened_with": seal}, follow=True)
    assert [str(one) for one in done.context["messages"]] == ["Die Einladung an neu@schule.example ist auf dem Weg."]
    assert OutboxMail.objects.get(state=Fate.QUEUED).recipient == "neu@schule.example"
    assert list(OutboxMail.objects.unsettled()) == []
    page = team.get(lost.get_absolute_url()).text
    assert [
        words in page for words in ("Berichtigen", "Erneut senden</button>", "Es gibt eine neuere Mail an diese")
    ] == [*(False, False, True)]


def test_an_address_of_another_person_is_refused(team, lost, partner):
    other = ContactFactory()
    url = reverse("meetings:correct_address", args=[Invitation.objects.get().meeting_id, partner.pk])
    seal = team.get(lost.get_absolute_url()).context["panel"]["form"]["opened_with"].value()
    page = team.post(url, {"email": other.email, "opened_with": seal})
    assert (page.status_code, "gehört schon zu einer anderen Person" in page.text) == (422, True)


def test_nothing_goes_once_more_to_a_broken_address(team, moved, coordinator):
    Address.objects.create(key="neu@schule.example", state=Address.State.HARD)
    assert not notices.send_once_more(moved, by=coordinator)


@pytest.mark.parametrize("is_dead", [True, False])
def test_a_cancellation_follows_her_only_where_nothing_reaches_the_old_address(moved, coordinator, is_dead):
    if not is_dead:
        Address.objects.all().delete()
    cancel.cancel(moved.meeting, by=coordinator)
    recipient = "neu@schule.example" if is_dead else moved.email
    assert OutboxMail.objects.get(kind="cancellation").recipient == recipient
