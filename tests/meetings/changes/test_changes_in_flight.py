"""Changes while mails are being written or leave: nothing stale leaves, on either database."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import delivery
from mailroom.services.acts import start, write
from meetings.models import Invitation, Meeting
from meetings.services.changes import cancel
from meetings.services.inviting import invite
from meetings.services.sending import letters
from regions import seeds
from regions.models import Municipality, Network
from tests.acts import batch
from tests.factories import ContactFactory, MeetingFactory
from tests.mail_server import mail_server
from tests.meetings.said import Diary, State, mails_of, said
from tests.meetings.scene import LATER, Scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    """A mail server, and no window to stop."""
    settings.MAIL_GRACE_SECONDS = 0
    with mail_server() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


@pytest.fixture
def play(server, transactional_db, coordinator):
    """A meeting to which nobody is invited yet."""
    seeds.load(Network, Municipality)
    return Scene(MeetingFactory(place="Rathaus"), coordinator, {}, lambda execute: nullcontext())


def invite_people(play: Scene, number: int = 3) -> Act:
    """That many are invited; they are `a`, `b`, `c`, …"""
    people = [ContactFactory(email=f"{name}@partner.example") for name in "abcdef"[:number]]
    mailing = invite.invite(play.meeting, people, by=play.by)
    play.people = {row.contact.email[0]: row for row in Invitation.objects.filter(contact__in=people)}
    return mailing


def fates(play: Scene) -> dict[str, list[str]]:
    """By invitee the states of all mails to her."""
    return {name: [mail.state for mail in mails_of(person)] for name, person in play.people.items()}


def sent(play: Scene) -> set[str]:
    """What those mails say that were sent."""
    return {said(mail) for person in play.people.values() for mail in mails_of(person) if mail.state == State.SENT}


# --- Between the claim and the first byte


def deliver_and_meanwhile(act) -> delivery.Report:
    """Deliver; once the mails are claimed and before the first leaves, this happens."""
    happened = []

    def should_stop() -> bool:
        if not happened:
            happened.append(OutboxMail.objects.filter(state=State.CLAIMED).count())
            act()
        return False

    report = delivery.deliver_due(should_stop=should_stop)
    assert happened[0] > 0
    return report


def test_what_was_claimed_before_the_meeting_moved_does_not_leave(play, server):
    invite_people(play)
    report = deliver_and_meanwhile(lambda: play.change(place="Aula"))
    assert (report.due, report.sent, server.received) == (3, 0, [])
    delivery.deliver_all()
    assert fates(play) == {key: [State.SUPERSEDED, State.SENT] for key in "abc"}
    assert sent(play) == {"invitation REQUEST 1 CONFIRMED NEEDS-ACTION Einladung"}
    assert all("Aula" in message.get_body(("plain",)).get_content() for message in server.messages)


def test_what_was_claimed_before_the_meeting_was_called_off_never_leaves(play, server):
    invite_people(play)
    deliver_and_meanwhile(play.cancel)
    delivery.deliver_all()
    assert (server.received, fates(play)) == ([], {key: [State.SUPERSEDED] for key in "abc"})


def test_what_was_claimed_before_she_was_taken_off_the_list_never_leaves(play, server):
    invite_people(play)
    deliver_and_meanwhile(lambda: play.withdraw("b"))
    assert fates(play) == {"a": [State.SENT], "b": [State.SUPERSEDED], "c": [State.SENT]}


def test_an_update_that_was_claimed_gives_way_to_the_cancellation(play, server):
    invite_people(play)
    delivery.deliver_all()
    play.change_and_tell(**LATER)
    deliver_and_meanwhile(play.cancel)
    delivery.deliver_all()
    assert fates(play) == {key: [State.SENT, State.SUPERSEDED, State.SENT] for key in "abc"}
    assert "cancellation CANCEL 2 CANCELLED - Abgesagt" in sent(play)


# --- While the bytes are on their way


def sending(person: Invitation, *, ends: timedelta) -> None:
    """Her first mail is on its way, by a worker whose lease ends then."""
    OutboxMail.objects.filter(lane=person.lane, version=1).update(
        state=State.SENDING, claimed_by="w", claimed_until=timezone.now() + ends
    )


def test_a_cancellation_does_not_overtake_its_invitation(play, server):
    invite_people(play, 1)
    sending(play.people["a"], ends=timedelta(minutes=5))
    play.cancel()
    assert delivery.deliver_due() == delivery.Report()
    sending(play.people["a"], ends=-timedelta(seconds=1))  # the worker is gone, the invitation may have arrived
    delivery.deliver_all()
    assert fates(play) == {"a": [State.SUPERSEDED, State.SENT]}
    assert [message["Subject"].split(":")[0] for message in server.messages] == ["Abgesagt"]


def test_after_a_failed_invitation_there_is_no_cancellation(play, server):
    invite_people(play, 1)
    sending(play.people["a"], ends=timedelta(minutes=5))
    play.cancel()
    OutboxMail.objects.filter(state=State.SENDING).update(state=State.FAILED)
    delivery.deliver_all()
    assert (server.received, fates(play)) == ([], {"a": [State.FAILED, State.SUPERSEDED]})


def test_what_is_being_sent_while_the_meeting_moves_is_followed_by_what_is_true(play, server):
    """Whether or not it arrives: it may be put off and leave an hour later."""
    invite_people(play, 2)
    sending(play.people["a"], ends=timedelta(minutes=5))
    sending(play.people["b"], ends=-timedelta(seconds=1))
    play.change(place="Aula")
    delivery.deliver_all()
    assert fates(play) == {"a": [State.SENDING, State.QUEUED], "b": [State.SUPERSEDED, State.SENT]}
    OutboxMail.objects.filter(state=State.SENDING).update(state=State.SENT)
    delivery.deliver_all()
    assert fates(play)["a"] == [State.SENT, State.SENT]
    assert all("Aula" in message.get_body(("plain",)).get_content() for message in server.messages)


# --- While an act is being written


@pytest.fixture
def large(monkeypatch):
    """Acts of more than one mail are left to the workers, who write two at a time."""
    monkeypatch.setattr(start, "AT_ONCE", 1)
    monkeypatch.setattr(write, "BATCH", 2)


def test_mails_that_were_built_before_the_meeting_moved_are_built_anew(play, server, large):
    mailing = invite_people(play, 2)
    mails = batch(mailing, "w")
    play.change(place="Aula")
    mails.store()
    assert not OutboxMail.objects.exists()
    write.write_due()
    delivery.deliver_all()
    assert sent(play) == {"invitation REQUEST 1 CONFIRMED NEEDS-ACTION Einladung"}
    assert all("Aula" in message.get_body(("plain",)).get_content() for message in server.messages)


def test_mails_that_were_built_before_the_meeting_was_called_off_are_not_written(play, large):
    mailing = invite_people(play, 2)
    mails = batch(mailing, "w")
    play.cancel()
    mails.store()
    write.write_due()
    assert not OutboxMail.objects.exists()
    assert set(ActItem.objects.values_list("problem", flat=True)) == {letters.CANCELLED}


def test_a_half_written_act_is_called_off_and_takes_place_after_all(play, server, large):
    mailing = invite_people(play, 3)
    write.write_batch()
    play.cancel()
    write.write_due()
    delivery.deliver_all()
    mailing.refresh_from_db()
    assert (server.received, mailing.state) == ([], Act.State.RELEASED)
    play.reinstate()
    write.write_due()
    delivery.deliver_all()
    assert sent(play) == {"invitation REQUEST 2 CONFIRMED NEEDS-ACTION Einladung"}
    assert sorted(person for _, (person,), _ in server.received) == [f"{name}@partner.example" for name in "abc"]


def test_a_half_written_act_takes_place_after_all_before_it_is_written(play, server, large):
    invite_people(play, 3)
    write.write_batch()
    play.cancel()
    play.reinstate()
    write.write_due()
    delivery.deliver_all()
    assert sorted(person for _, (person,), _ in server.received) == [f"{name}@partner.example" for name in "abc"]


def test_a_cancellation_that_is_still_to_be_written_does_not_win_over_the_update(play, server, large):
    """Both would take the next version of the lane, and the outbox takes each version once."""
    invite_people(play, 3)
    write.write_due()
    delivery.deliver_all()
    play.cancel()
    play.change(place="Aula")
    play.reinstate()
    write.write_due()
    delivery.deliver_all()
    assert [mail.kind for mail in mails_of(play.people["a"])] == ["invitation", "update"]
    diary = Diary()
    for mail in mails_of(play.people["a"]):
        diary.take(mail)
    (entry,) = diary.entries.values()
    assert (entry.is_there, entry.location, entry.sequence) == (True, "Aula", 3)


def test_a_cancellation_written_late_says_how_it_is(play, server, large):
    invite_people(play, 3)
    write.write_due()
    delivery.deliver_all()
    play.cancel()
    play.reinstate()
    play.cancel()
    write.write_due()
    delivery.deliver_all()
    assert {name: len(states) for name, states in fates(play).items()} == dict.fromkeys("abc", 2)
    assert "cancellation CANCEL 3 CANCELLED - Abgesagt" in sent(play)
    assert len(server.received) == 6


def test_an_act_is_called_off_while_an_update_is_being_written(play, server, large):
    invite_people(play, 3)
    write.write_due()
    delivery.deliver_all()
    play.change_and_tell(**LATER)
    write.write_batch()
    cancel.cancel(Meeting.objects.get(pk=play.meeting.pk), by=play.by)
    write.write_due()
    delivery.deliver_all()
    assert {states[-1] for states in fates(play).values()} == {State.SENT}
    assert [message["Subject"].split(":")[0] for message in server.messages] == ["Einladung"] * 3 + ["Abgesagt"] * 3
