"""What invitees are told when a meeting changes, and what is noted when they are not."""

from datetime import timedelta

import pytest

from mailroom.models import OutboxMail
from mailroom.services.acts import stop
from meetings.enums import Decision, MailingKind, State
from meetings.models import Change, Invitation, Meeting
from meetings.services.answers import record
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.inviting import invite
from meetings.services.planning import meetings
from tests.factories import ContactFactory, MeetingFactory, MembershipFactory


@pytest.fixture
def meeting(db):
    return MeetingFactory(place="Rathaus")


@pytest.fixture
def invited(meeting, coordinator):
    """Invite that many people; their mails have left unless told otherwise."""

    def make(number: int = 2, *, state: str = OutboxMail.State.SENT) -> list[Invitation]:
        people = [ContactFactory() for _ in range(number)]
        for person in people:
            MembershipFactory(organisation=person.organisation)
        mailing = invite.invite(meeting, people, by=coordinator)
        OutboxMail.objects.filter(act=mailing.pk).update(state=state)
        return list(Invitation.objects.filter(meeting=meeting).order_by("contact"))

    return make


@pytest.fixture
def change(meeting, coordinator, django_capture_on_commit_callbacks):
    """Change fields of the meeting as the form does."""

    def act(**fields) -> Meeting:
        row = Meeting.objects.get(pk=meeting.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        with django_capture_on_commit_callbacks(execute=True):
            meetings.change(row, networks=list(row.networks.all()), fields=list(fields), by=coordinator)
        return Meeting.objects.get(pk=meeting.pk)

    return act


def test_a_new_time_is_noted_and_told_to_everybody_by_one_update_each(meeting, invited, change, coordinator):
    first, second = invited(2)
    record.record(first, "accepted", via="link")
    later = change(starts_at=meeting.starts_at + timedelta(days=7), ends_at=meeting.ends_at + timedelta(days=7))
    assert (later.sequence, later.facts_version) == (1, 1)
    assert [(one.label, one.before[:4], one.after[:4]) for one in changes.pending(later)] == [
        ("Termin", "Mi.,", "Mi.,")
    ]
    assert [one.invitation for one in changes.people_to_tell(later)] == [first, second]
    mailing = changes.tell(later, [first.pk, second.pk], by=coordinator)
    assert (changes.pending(later), changes.people_to_tell(later)) == ([], [])
    mails = OutboxMail.objects.of_act(mailing)
    assert {(mail.kind, mail.version, mail.state) for mail in mails} == {("update", 2, "queued")}
    assert {mail.subject.split(":")[0] for mail in mails} == {"Neuer Termin"}
    assert Change.objects.get().decision == Decision.TOLD
    first.refresh_from_db()
    assert first.is_answer_former


def test_what_still_waits_is_written_anew_and_the_old_never_leaves(meeting, invited, change):
    (invitation,) = invited(1, state=OutboxMail.State.QUEUED)
    later = change(place="Bürgerhaus")
    old, new = OutboxMail.objects.in_lane(invitation.lane).order_by("version")
    assert (old.state, old.superseded_by, new.state) == (OutboxMail.State.SUPERSEDED, new, OutboxMail.State.QUEUED)
    assert (old.kind, new.kind) == ("invitation", "invitation")
    assert "Bürgerhaus" in new.text
    assert changes.people_to_tell(later) == []


def test_stopping_an_update_opens_the_decision_again(meeting, invited, change, coordinator):
    (invitation,) = invited(1)
    later = change(place="Bürgerhaus")
    mailing = changes.tell(later, [invitation.pk], by=coordinator)
    stop.stop_act(mailing, by=coordinator)
    assert [one.label for one in changes.pending(later)] == ["Ort"]
    assert [one.invitation for one in changes.people_to_tell(later)] == [invitation]


def test_what_is_kept_silent_lets_answers_stand_and_is_told_with_the_next_change(meeting, invited, change, coordinator):
    (invitation,) = invited(1)
    record.record(invitation, "accepted", via="link")
    later = change(place="Rathaus, Raum 2")
    assert changes.keep_silent(later, by=coordinator)
    assert not changes.keep_silent(later, by=coordinator)
    invitation.refresh_from_db()
    assert (changes.pending(later), invitation.is_answer_former) == ([], False)
    later = change(title="Netzwerktreffen mit Rundgang")
    mailing = changes.tell(later, [invitation.pk], by=coordinator)
    text = OutboxMail.objects.get(act=mailing.pk).text
    assert "bisher: Rathaus\n" in text
    assert "NEU:    Rathaus, Raum 2" in text


def test_what_is_changed_back_needs_no_decision(meeting, invited, change):
    (invitation,) = invited(1)
    record.record(invitation, "accepted", via="link")
    change(place="Bürgerhaus")
    later = change(place="Rathaus")
    invitation.refresh_from_db()
    assert (changes.pending(later), invitation.is_answer_former) == ([], False)


def test_calling_off_tells_all_who_had_a_request_and_nobody_else(meeting, invited, coordinator):
    heard, waiting, failed = invited(3)
    for row, state in ((waiting, OutboxMail.State.QUEUED), (failed, OutboxMail.State.FAILED)):
        OutboxMail.objects.in_lane(row.lane).update(state=state)
    mailing = cancel.cancel(meeting, by=coordinator, word="Krankheit")
    assert [mail.lane for mail in OutboxMail.objects.of_act(mailing)] == [heard.lane]
    assert OutboxMail.objects.in_lane(waiting.lane).get().state == OutboxMail.State.SUPERSEDED
    now = Meeting.objects.get(pk=meeting.pk)
    assert (now.state, now.sequence, mailing.kind) == (State.CANCELLED, 1, MailingKind.CANCELLATION)
    stop.stop_act(mailing, by=coordinator)
    now = Meeting.objects.get(pk=meeting.pk)
    assert (now.state, now.sequence, now.facts_version) == (State.PLANNED, 0, 0)
    assert OutboxMail.objects.in_lane(waiting.lane).get().state == OutboxMail.State.QUEUED
    assert not Change.objects.exists()


def test_what_was_called_off_takes_place_after_all(meeting, invited, coordinator):
    invited(1)
    gone = cancel.cancel(meeting, by=coordinator)
    OutboxMail.objects.filter(act=gone.pk).update(state=OutboxMail.State.SENT)
    mailing = cancel.reinstate(meeting, by=coordinator)
    mail = OutboxMail.objects.get(act=mailing.pk)
    assert (mail.kind, mail.subject.split(":")[0], mail.version) == ("update", "Findet doch statt", 3)
    now = Meeting.objects.get(pk=meeting.pk)
    assert (now.state, now.sequence) == (State.PLANNED, 2)


def test_who_is_taken_off_the_list_gets_a_cancel_and_the_others_nothing(meeting, invited, coordinator):
    gone, stays = invited(2)
    mailing = withdraw.withdraw(gone, by=coordinator)
    (mail,) = OutboxMail.objects.of_act(mailing)
    assert (mail.lane, mail.kind, mail.is_sequel) == (gone.lane, "withdrawal", True)
    gone.refresh_from_db()
    assert (gone.withdrawn_at is not None, gone.sequence, stays.sequence) == (True, 1, 0)
    stop.stop_act(mailing, by=coordinator)
    gone.refresh_from_db()
    assert (gone.withdrawn_at, gone.extra_sequence) == (None, 0)
