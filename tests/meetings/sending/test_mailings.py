"""Writing the mails of an act: exactly once whoever takes part, and stopped as long as nothing has left."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from mailroom import tasks
from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import progress, stop, write
from meetings.enums import MailingKind, State
from meetings.models import Invitation
from meetings.services.inviting import invite
from meetings.services.sending import dispatch
from tests.acts import batch, invitations_of
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory()


@pytest.fixture
def act(meeting, coordinator):
    """An act of sixty mails of which none is written."""
    rows = [InvitationFactory(meeting=meeting, mail_version=1) for _ in range(60)]
    return dispatch.start_act(meeting, rows, kind=MailingKind.INVITATION, by=coordinator)


def held():
    return OutboxMail.objects.filter(not_before=None).count()


def test_two_claim_different_items_and_all_are_held_until_the_last_is_written(act, monkeypatch):
    monkeypatch.setattr(write, "BATCH", 50)
    first, second = batch(act, "a"), batch(act, "b")
    assert (len(first.items), len(second.items), write.claim("c")) == (50, 10, [])
    assert {item.pk for item in first.items} & {item.pk for item in second.items} == set()
    second.store()
    act.refresh_from_db()
    assert (act.state, held()) == (Act.State.RENDERING, 10)
    first.store()
    act.refresh_from_db()
    assert (act.state, held(), OutboxMail.objects.count()) == (Act.State.RELEASED, 0, 60)
    assert set(OutboxMail.objects.values_list("not_before", flat=True)) == {act.leaves_at}


def test_a_lost_lease_goes_on_and_the_late_one_writes_nothing(act):
    lost = batch(act, "slow")
    ActItem.objects.filter(claimed_by="slow").update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert write.write_due() == 60
    act.refresh_from_db()
    leaves_at = act.leaves_at
    lost.store()
    act.refresh_from_db()
    assert (OutboxMail.objects.count(), act.leaves_at) == (60, leaves_at)


def test_the_worker_writes_what_waits_and_then_nothing(act):
    tasks.write()
    tasks.write()
    act.refresh_from_db()
    assert (act.state, OutboxMail.objects.count()) == (Act.State.RELEASED, 60)
    assert progress.progress_of(act) == progress.Progress(act, 60, 60, 0, {"queued": 60}, 60)


def test_without_celery_deliver_mail_writes_them(act, settings):
    settings.MAIL_GRACE_SECONDS = 0
    call_command("deliver_mail", "--once", stdout=StringIO())
    assert outbox.fates(act) == {"sent": 60}


def test_one_bad_address_is_noted_and_the_rest_goes_on(meeting, coordinator):
    people = [ContactFactory(), ContactFactory(), ContactFactory()]
    rows = [InvitationFactory(meeting=meeting, contact=contact, mail_version=1) for contact in people]
    Invitation.objects.filter(pk=rows[1].pk).update(email="keine adresse@")
    act = dispatch.start_act(meeting, rows, kind=MailingKind.INVITATION, by=coordinator)
    write.write_small(act)
    assert (act.state, OutboxMail.objects.count()) == (Act.State.RELEASED, 2)
    (problem,) = progress.problems_of(act)
    named = f"{people[1].full_name}, {people[1].organisation.name}"
    assert (problem.recipient, problem.reason != "") == ((named, people[1].get_absolute_url()), True)
    assert invitations_of(act.items.exclude(problem="")) == [rows[1]]


def test_cancelled_meanwhile_no_mail_is_written(act, meeting):
    meeting.state = State.CANCELLED
    meeting.save()
    write.write_due()
    act.refresh_from_db()
    assert (OutboxMail.objects.count(), act.state) == (0, Act.State.RELEASED)
    assert set(act.items.values_list("problem", flat=True)) == {"Das Treffen ist inzwischen abgesagt."}


def test_stopped_within_the_window_it_is_as_if_nothing_had_been(coordinator):
    draft = MeetingFactory(state=State.DRAFT)
    act = invite.invite(draft, [ContactFactory(), ContactFactory()], by=coordinator)
    stop.stop_act(act, by=coordinator)
    draft.refresh_from_db()
    assert (draft.state, draft.invitations.count(), outbox.fates(act)) == (State.DRAFT, 0, {"cancelled": 2})
    with pytest.raises(stop.NotStoppable, match="schon angehalten"):
        stop.stop_act(act, by=coordinator)


def test_stopped_while_it_is_written_nothing_more_is_written(act, meeting, coordinator):
    mails = batch(act, "a")
    stop.stop_act(act, by=coordinator)
    mails.store()
    meeting.refresh_from_db()
    assert (OutboxMail.objects.count(), write.write_due(), meeting.state) == (0, 0, State.PLANNED)


def test_after_the_window_nothing_is_stopped(act, coordinator):
    write.write_due()
    Act.objects.update(leaves_at=timezone.now())
    act.refresh_from_db()
    with pytest.raises(stop.NotStoppable, match="auf dem Weg"):
        stop.stop_act(act, by=coordinator)
    assert outbox.fates(act) == {"queued": 60}


def test_who_has_answered_meanwhile_stays_invited(act, coordinator):
    write.write_due()
    (answered,) = invitations_of([act.items.first()])
    Invitation.objects.filter(pk=answered.pk).update(answer="accepted")
    stop.stop_act(act, by=coordinator)
    assert list(Invitation.objects.all()) == [answered]


def test_stopping_counts_what_had_begun_to_leave(act, coordinator):
    write.write_due()
    keys = list(OutboxMail.objects.values_list("pk", flat=True)[:3])
    for key, state in zip(keys, ("sent", "sending", "uncertain"), strict=True):
        OutboxMail.objects.filter(pk=key).update(state=state)
    stopped = stop.stop_act(act, by=coordinator)
    assert (stopped.left, stopped.kept) == (3, 57)
    assert str(stopped) == "3 Mails waren schon unterwegs, 57 gehen nicht hinaus."
    lanes = OutboxMail.objects.filter(pk__in=keys).values_list("lane", flat=True)
    assert {one.lane for one in Invitation.objects.all()} == set(lanes)


@pytest.mark.parametrize(
    ("left", "kept", "said"),
    [
        (0, 4, "Keine Mail dieser Sendung geht hinaus."),
        (1, 1, "1 Mail war schon unterwegs, 1 geht nicht hinaus."),
        (2, 0, "Alle Mails waren schon unterwegs."),
    ],
)
def test_what_stopping_achieved_is_said_in_whole_sentences(left, kept, said):
    assert str(stop.Stopped(left, kept)) == said
