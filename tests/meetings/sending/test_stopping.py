"""Stopping an act inside its window: everything is as it was before, and nothing that is wrong leaves."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from mailroom.models import Act, OutboxMail
from mailroom.services import delivery
from mailroom.services.acts import stop
from meetings.enums import MailingKind
from meetings.enums import State as MeetingState
from meetings.models import Change, Invitation, Meeting
from meetings.services.answers import record
from meetings.services.changes import changes
from meetings.services.inviting import invite, remind
from tests.factories import ContactFactory, MeetingFactory
from tests.meetings.said import State, mails_of, said
from tests.meetings.scene import LATER, Scene

pytestmark = pytest.mark.django_db

AT = datetime(2031, 1, 7, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


@pytest.fixture
def play(clock, coordinator, django_capture_on_commit_callbacks):
    """A draft of which nobody knows."""
    return Scene(MeetingFactory(state="draft", place="Rathaus"), coordinator, {}, django_capture_on_commit_callbacks)


def invite_people(play: Scene, clock, name: str = "a") -> Act:
    """One more is invited; a minute passes."""
    contact = ContactFactory(email=f"{name}@partner.example")
    mailing = invite.invite(play.meeting, [contact], by=play.by)
    play.people[name] = Invitation.objects.get(contact=contact)
    clock.shift(timedelta(seconds=1))
    return mailing


def deliver(clock) -> None:
    """The window passes, and everything that is due leaves."""
    clock.shift(timedelta(minutes=5))
    delivery.deliver_all()


def newest(kind: MailingKind) -> Act:
    return Act.objects.filter(kind=kind).latest("created_at")


def now(play: Scene) -> Meeting:
    return Meeting.objects.get(pk=play.meeting.pk)


def sent(play: Scene, name: str = "a") -> list[str]:
    """The kinds of those mails to her that were sent."""
    return [mail.kind for mail in mails_of(play.people[name]) if mail.state == State.SENT]


@pytest.mark.parametrize("which", ["first", "second"])
def test_an_invitation_written_anew_is_stopped_with_its_forerunner(play, clock, which):
    first = invite_people(play, clock)
    play.change(place="Aula")
    second = newest(MailingKind.INVITATION)
    assert second != first
    stop.stop_act(first if which == "first" else second, by=play.by)
    deliver(clock)
    assert not OutboxMail.objects.filter(state=State.SENT).exists()
    assert not Invitation.objects.exists()
    assert now(play).state == MeetingState.DRAFT


def test_who_was_not_reached_because_it_was_stopped_can_be_invited_again(play, clock):
    invite_people(play, clock)
    play.change(place="Aula")
    stop.stop_act(newest(MailingKind.INVITATION), by=play.by)
    contact = ContactFactory._meta.model.objects.get(email="a@partner.example")
    invite.invite(now(play), [contact], by=play.by)
    play.people["a"] = Invitation.objects.get(contact=contact)
    deliver(clock)
    assert sent(play) == ["invitation"]


def test_an_update_written_anew_and_stopped_opens_the_decision_again(play, clock):
    invite_people(play, clock)
    deliver(clock)
    play.change_and_tell(place="Aula")
    clock.shift(timedelta(seconds=1))
    play.change(title="X")
    stop.stop_act(newest(MailingKind.UPDATE), by=play.by)
    deliver(clock)
    assert sent(play) == ["invitation"]
    assert [one.label for one in changes.pending(now(play))] == ["Ort", "Titel"]
    assert [one.invitation for one in changes.people_to_tell(now(play))] == [play.people["a"]]


def test_a_reminder_written_anew_and_stopped_does_not_leave_as_it_was(play, clock):
    invite_people(play, clock)
    deliver(clock)
    remind.remind(now(play), [play.people["a"].pk], by=play.by)
    clock.shift(timedelta(seconds=1))
    play.change(place="Aula")
    stop.stop_act(newest(MailingKind.REMINDER), by=play.by)
    deliver(clock)
    assert sent(play) == ["invitation"]


@pytest.mark.parametrize("state", [State.SENDING, State.SENT, State.UNCERTAIN])
def test_a_cancellation_of_which_one_has_begun_to_leave_stands(play, clock, state):
    invite_people(play, clock)
    invite_people(play, clock, "b")
    deliver(clock)
    play.cancel()
    OutboxMail.objects.filter(lane=play.people["b"].lane, version=2).update(state=state)
    with pytest.raises(stop.NotStoppable, match="schon auf dem Weg"):
        stop.stop_act(newest(MailingKind.CANCELLATION), by=play.by)
    assert (now(play).state, now(play).sequence) == (MeetingState.CANCELLED, 1)
    deliver(clock)
    assert sent(play) == ["invitation", "cancellation"]


def test_a_withdrawal_that_has_begun_to_leave_stands(play, clock):
    invite_people(play, clock)
    deliver(clock)
    play.withdraw("a")
    OutboxMail.objects.filter(kind="withdrawal").update(state=State.SENDING)
    with pytest.raises(stop.NotStoppable, match="schon auf dem Weg"):
        stop.stop_act(newest(MailingKind.WITHDRAWAL), by=play.by)
    assert Invitation.objects.get().extra_sequence == 1


def test_a_withdrawal_stands_once_the_meeting_is_called_off(play, clock):
    """Else she would stand on the list of a meeting of which nobody has told her that it is off."""
    invite_people(play, clock)
    deliver(clock)
    play.withdraw("a")
    play.cancel()
    with pytest.raises(stop.NotStoppable, match="inzwischen abgesagt"):
        stop.stop_act(newest(MailingKind.WITHDRAWAL), by=play.by)
    deliver(clock)
    assert sent(play) == ["invitation", "withdrawal"]


def test_who_stands_on_the_list_again_is_not_reminded_of_the_former_place(play, clock):
    invite_people(play, clock)
    deliver(clock)
    remind.remind(now(play), [play.people["a"].pk], by=play.by)
    play.withdraw("a")
    clock.shift(timedelta(seconds=1))
    play.change(place="Aula")
    stop.stop_act(newest(MailingKind.WITHDRAWAL), by=play.by)
    deliver(clock)
    assert sent(play) == ["invitation"]


def test_after_another_edit_a_stopped_cancellation_leaves_answers_and_sequence_alone(play, clock):
    invite_people(play, clock)
    deliver(clock)
    record.record(play.people["a"], "accepted", via="link")
    play.cancel()
    clock.shift(timedelta(seconds=1))
    play.change(theme="Ausbildung")
    stop.stop_act(newest(MailingKind.CANCELLATION), by=play.by)
    assert (now(play).state, now(play).theme) == (MeetingState.PLANNED, "Ausbildung")
    assert (now(play).sequence, now(play).facts_version) == (0, 0)
    assert not Change.objects.exists()
    assert not Invitation.objects.select_related("meeting").get().is_answer_former


def test_after_another_change_a_stopped_cancellation_leaves_the_change_to_be_decided(play, clock):
    invite_people(play, clock)
    deliver(clock)
    play.cancel()
    clock.shift(timedelta(seconds=1))
    play.change(**LATER)
    stop.stop_act(newest(MailingKind.CANCELLATION), by=play.by)
    assert (now(play).state, now(play).sequence) == (MeetingState.PLANNED, 2)
    assert [one.label for one in changes.pending(now(play))] == ["Termin"]
    assert [one.invitation for one in changes.people_to_tell(now(play))] == [play.people["a"]]


def test_where_an_invitation_would_come_back_wrong_the_cancellation_is_taken_back_instead(play, clock):
    invite_people(play, clock)
    deliver(clock)
    invite_people(play, clock, "b")
    play.cancel()
    clock.shift(timedelta(seconds=1))
    play.change(place="Aula")
    with pytest.raises(stop.NotStoppable, match="nehmen Sie die Absage zurück"):
        stop.stop_act(newest(MailingKind.CANCELLATION), by=play.by)
    play.reinstate()
    deliver(clock)
    assert (sent(play), sent(play, "b")) == (["invitation", "update"], ["invitation"])
    assert "Aula" in mails_of(play.people["b"])[-1].text


def test_who_stays_called_off_invites_nobody(play, clock):
    """Taking a cancellation back invites those who had heard nothing; stopping that must stop them, too."""
    invite_people(play, clock)
    deliver(clock)
    invite_people(play, clock, "b")
    play.cancel()
    deliver(clock)
    play.reinstate()
    clock.shift(timedelta(seconds=1))
    stop.stop_act(newest(MailingKind.UPDATE), by=play.by)
    deliver(clock)
    assert now(play).state == MeetingState.CANCELLED
    assert (sent(play), sent(play, "b")) == (["invitation", "cancellation"], [])
    play.reinstate()
    deliver(clock)
    assert (sent(play)[-1], sent(play, "b")) == ("update", ["invitation"])
    assert said(mails_of(play.people["b"])[-1]).split()[2] == "2"


def test_a_change_that_was_open_when_the_meeting_was_called_off_is_told_when_it_takes_place_after_all(play, clock):
    invite_people(play, clock)
    deliver(clock)
    play.change(**LATER)
    play.cancel()
    deliver(clock)
    clock.shift(timedelta(seconds=1))
    play.reinstate()
    assert (changes.pending(now(play)), changes.people_to_tell(now(play))) == ([], [])
    stop.stop_act(newest(MailingKind.UPDATE), by=play.by)
    assert Change.objects.undecided().count() == 1
