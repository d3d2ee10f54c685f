"""Taking one person off the list, and inviting her again."""

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services.acts import stop
from meetings.enums import State
from meetings.models import Invitation, Meeting
from meetings.services.answers import record
from meetings.services.changes import withdraw
from meetings.services.inviting import invite, recipients
from tests.acts import stop_url
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory(capacity_in_person=1)


@pytest.fixture
def invitation(meeting, coordinator):
    """Somebody of the network who was invited by a mail that has left, and accepted."""
    contact = ContactFactory(last_name="Ahrens")
    MembershipFactory(organisation=contact.organisation)
    mailing = invite.invite(meeting, [contact], by=coordinator)
    OutboxMail.objects.filter(act=mailing.pk).update(state="sent")
    row = Invitation.objects.get()
    record.record(row, "accepted", via="link", comment="Gern")
    return row


@pytest.fixture
def url(invitation):
    return reverse("meetings:withdraw", args=[invitation.meeting_id, invitation.pk])


@pytest.fixture
def withdrawn(invitation, coordinator):
    """Her invitation is taken back, and she knows."""
    mailing = withdraw.withdraw(invitation, by=coordinator)
    OutboxMail.objects.filter(act=mailing.pk).update(state="sent")
    return Invitation.objects.get()


def test_the_list_leads_there_and_looking_changes_nothing(team, meeting, invitation, url):
    assert f'href="{url}">Einladung zurücknehmen<' in team.get(meeting.get_absolute_url()).content.decode()
    html = team.get(url).content.decode()
    for words in ("der Platz wird frei", f"Eine Mail geht an {invitation.email}", 'name="word"'):
        assert words in html
    assert Invitation.objects.get().withdrawn_at is None


def test_she_gets_a_mail_that_removes_the_entry_and_the_act_can_be_stopped(team, invitation, url):
    done = team.post(url, {"word": "Ein Versehen."})
    mailing = Act.objects.get(kind="withdrawal")
    mail = OutboxMail.objects.get(act=mailing.pk)
    assert (done.url, mailing.word) == (mailing.get_absolute_url(), "Ein Versehen.")
    assert ("Ein Versehen." in mail.text, b"Abgesagt" in mail.raw) == (True, False)
    assert team.post(url, {"word": "noch einmal"}).status_code == 422
    team.post(stop_url(mailing))
    row = Invitation.objects.get()
    assert (row.withdrawn_at, row.extra_sequence, row.answer) == (None, 0, "accepted")


def test_whom_no_mail_has_reached_is_taken_off_without_one(team, meeting):
    row = InvitationFactory(meeting=meeting, contact__last_name="Böhmer")
    url = reverse("meetings:withdraw", args=[meeting.pk, row.pk])
    html = team.get(url).content.decode()
    assert ("Es geht keine Mail hinaus" in html, 'name="word"' in html) == (True, False)
    page = team.post(url, follow=True)
    assert "Toni Böhmer steht nicht mehr auf der Liste." in page.content.decode()
    row.refresh_from_db()
    assert (row.withdrawn_at is not None, Act.objects.count()) == (True, 0)


def test_odd_input_strangers_and_meetings_that_are_over_change_nothing(team, stranger, meeting, invitation, url):
    assert stranger.post(url).status_code == 302
    assert team.post(url, {"word": "a" * 1001}).status_code == 422
    elsewhere = reverse("meetings:withdraw", args=[MeetingFactory().pk, invitation.pk])
    assert team.get(elsewhere).status_code == 404
    Meeting.objects.update(state=State.CANCELLED)
    page = team.get(url).content.decode()
    assert ("nichts zurückzunehmen" in page, "Einladung zurücknehmen</button>" in page) == (True, False)
    assert team.post(url).status_code == 422
    assert "Einladung zurücknehmen" not in team.get(meeting.get_absolute_url()).content.decode()
    assert Invitation.objects.get().withdrawn_at is None


def test_who_is_off_the_list_stands_at_its_end_and_counts_nowhere(team, stranger, meeting, withdrawn):
    other = InvitationFactory(meeting=meeting, contact__last_name="Böhmer")
    page = team.get(meeting.get_absolute_url())
    html = page.content.decode()
    assert [row.invitation for row in page.context["page_obj"]] == [other]
    assert html.index("Böhmer") < html.index("Zurückgenommene Einladungen") < html.index("Toni Ahrens")
    assert (page.context["tally"].total, page.context["tally"].accepted) == (1, 0)
    assert "Ahrens" not in team.get(meeting.get_absolute_url(), {"format": "csv"}).content.decode()
    assert stranger.get(withdrawn.get_absolute_url()).status_code == 404
    record.record(other, "accepted", via="link")  # the only seat is free again
    assert "Werkstatt" not in str(recipients.found(meeting, "Böhmer"))


def test_she_is_invited_again_only_when_somebody_means_it(team, meeting, withdrawn, coordinator):
    url = reverse("meetings:invite", args=[meeting.pk])
    page = team.get(url)
    assert [(row.candidate.contact, row.is_ticked) for row in page.context["rows"]] == [(withdrawn.contact, False)]
    assert recipients.WITHDRAWN in page.content.decode()
    data = {"shown": str(withdrawn.contact_id), "person": str(withdrawn.contact_id)}
    assert [row.is_ticked for row in team.post(url, {**data, "do": "preview"}).context["rows"]] == [True]
    assert [row.is_ticked for row in team.post(url, {"shown": "", "do": "filter"}).context["rows"]] == [False]
    team.post(url, {**data, "do": "send"})
    row = Invitation.objects.get()
    assert (row.pk, row.token, row.uid, row.mail_version) == (withdrawn.pk, withdrawn.token, withdrawn.uid, 3)
    assert (row.withdrawn_at, row.answer, row.mode, row.comment, row.answered_at) == (None, "", "", "", None)
    assert [response.comment for response in row.responses.all()] == ["Gern"]
    assert (withdrawn.sequence, row.sequence) == (1, 2)
    (mail,) = OutboxMail.objects.filter(state="queued")
    assert (mail.kind, mail.version) == ("invitation", 3)
    record.record(row, "tentative", via="link")
    assert Invitation.objects.get().answer == "tentative"


def test_stopping_that_act_takes_her_off_again(meeting, withdrawn, coordinator):
    mailing = invite.invite(meeting, [withdrawn.contact], by=coordinator)
    stop.stop_act(mailing, by=coordinator)
    row = Invitation.objects.get()
    assert (row.withdrawn_at, row.answer, row.comment) == (withdrawn.withdrawn_at, "accepted", "Gern")
    assert row.answered_at == withdrawn.answered_at


def test_who_has_answered_since_stays_when_it_is_stopped(meeting, withdrawn, coordinator):
    mailing = invite.invite(meeting, [withdrawn.contact], by=coordinator)
    record.record(Invitation.objects.get(), "declined", via="team", by=coordinator)
    stop.stop_act(mailing, by=coordinator)
    row = Invitation.objects.get()
    assert (row.withdrawn_at, row.answer) == (None, "declined")


def test_a_cancel_that_still_waits_never_leaves_when_she_is_invited_again(meeting, invitation, coordinator):
    taken = withdraw.withdraw(invitation, by=coordinator)
    invite.invite(meeting, [invitation.contact], by=coordinator)
    assert OutboxMail.objects.get(act=taken.pk).state == OutboxMail.State.SUPERSEDED
    assert Invitation.objects.get().created_at <= timezone.now()
