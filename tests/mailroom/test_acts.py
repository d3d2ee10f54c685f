"""Many mails of one decision: prepared, held, released, stopped, superseded."""

import uuid
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from mailroom.models import Act, Address, OutboxMail
from mailroom.services import addresses, outbox
from tests.factories import MailFactory

State = OutboxMail.State
ACT = Act(id=uuid.UUID("11111111-1111-4111-8111-111111111111"), kind=Act.Kind.INVITATION, writer="nobody")
SECOND = Act(id=uuid.UUID("22222222-2222-4222-8222-222222222222"), kind=Act.Kind.UPDATE, writer="nobody")


@pytest.fixture(autouse=True)
def _acts(db):
    for act in (ACT, SECOND):
        act.save()


def prepared(recipient: str = "a@schule.example", **options) -> OutboxMail:
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"] = "Einladung"
    message.set_content("Guten Tag")
    return outbox.prepare(message, kind=OutboxMail.Kind.INVITATION, recipient=recipient, **options)


def state(mail: OutboxMail) -> str:
    return OutboxMail.objects.get(pk=mail.pk).state


@pytest.fixture
def tasks(monkeypatch):
    names: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **options: names.append(name))
    return names


def test_preparing_touches_no_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        mail = prepared(act=ACT, lane="x", version=3, key="k", is_held=True)
    assert (mail.not_before, mail.act, mail.lane, mail.version, mail.key) == (None, ACT, "x", 3, "k")
    assert mail.envelope_from == f"netzwerk+b-{mail.pk.hex}@servicestelle.example"


def test_a_thousand_need_few_queries(db, django_assert_max_num_queries):
    mails = [prepared(f"p{number}@schule.example", lane=f"l{number}") for number in range(1000)]
    with django_assert_max_num_queries(42):  # SQLite takes 999 values in one statement
        outbox.insert(mails)
    assert OutboxMail.objects.count() == 1000


def test_a_held_act_waits_is_released_and_nudges_all_connections(db, tasks, django_capture_on_commit_callbacks):
    mails = [prepared(f"p{number}@schule.example", act=ACT, is_held=True) for number in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        outbox.insert(mails)
    assert (list(OutboxMail.objects.due()), tasks) == ([], [])
    later = timezone.now() + timedelta(seconds=60)
    with django_capture_on_commit_callbacks(execute=True):
        assert outbox.release_act(ACT, not_before=later) == 3
        assert outbox.release_act(ACT, not_before=later) == 0
    assert (list(OutboxMail.objects.due()), tasks) == ([], [])
    OutboxMail.objects.update(not_before=None)
    with django_capture_on_commit_callbacks(execute=True):
        assert outbox.release_act(ACT, not_before=timezone.now()) == 3
    assert (OutboxMail.objects.due().count(), tasks) == (3, ["mailroom.deliver"] * 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.QUEUED, State.CANCELLED),
        (State.CLAIMED, State.CANCELLED),
        (State.RETRY, State.CANCELLED),
        (State.SENDING, State.SENDING),
        (State.UNCERTAIN, State.UNCERTAIN),
        (State.SENT, State.SENT),
        (State.FAILED, State.FAILED),
        (State.SUPERSEDED, State.SUPERSEDED),
    ],
)
def test_what_a_stop_takes(db, before, after):
    mail = prepared(act=ACT)
    mail.state = before
    outbox.insert([mail])
    assert outbox.cancel_act(ACT) == (before != after)
    assert outbox.fates(ACT) == {after: 1}


@pytest.mark.parametrize(
    ("before", "is_taken"),
    [
        (State.QUEUED, True),
        (State.CLAIMED, True),
        (State.RETRY, True),
        (State.UNCERTAIN, True),
        (State.SENDING, False),
        (State.SENT, False),
        (State.FAILED, False),
        (State.CANCELLED, False),
    ],
)
def test_what_a_newer_mail_of_the_lane_supersedes(db, before, is_taken):
    old, other = prepared(lane="x", version=1), prepared(lane="y", version=1)
    old.state = before
    outbox.insert([old, other])
    new = prepared(lane="x", version=2)
    outbox.insert([new])
    assert state(old) == (State.SUPERSEDED if is_taken else before)
    assert OutboxMail.objects.get(pk=old.pk).superseded_by == (new if is_taken else None)
    assert (state(new), state(other)) == (State.QUEUED, State.QUEUED)


def test_a_lower_version_that_comes_late_is_superseded_at_once(db):
    outbox.insert([prepared(lane="x", version=2)])
    late = prepared(lane="x", version=1)
    outbox.insert([late])
    assert state(late) == State.SUPERSEDED


def test_a_key_that_is_there_is_skipped(db):
    first = prepared(key="k", lane="x", version=1)
    outbox.insert([first])
    outbox.insert([prepared(key="k", lane="x", version=1), prepared(key="l", lane="z")])
    assert [mail.pk for mail in OutboxMail.objects.filter(key="k")] == [first.pk]
    assert OutboxMail.objects.count() == 2


def test_every_address_gets_one_stop_token_and_keeps_it(db, django_assert_num_queries):
    Address.objects.create(key="weich@schule.example", state=Address.State.SOFT)
    emails = ["Weich@Schule.example", "neu@schule.example", ""]
    tokens = addresses.stop_tokens(emails)
    assert sorted(tokens) == ["neu@schule.example", "weich@schule.example"]
    assert all(len(token) == 22 for token in tokens.values())
    with django_assert_num_queries(1):
        assert addresses.stop_tokens(emails) == tokens


def test_tagged_where_the_mail_system_knows_it(settings):
    settings.INBOX_ADDRESS = "antwort@servicestelle.example"
    assert addresses.tagged("a-1") == "antwort+a-1@servicestelle.example"
    settings.INBOX_PLUS_ADDRESSING = False
    assert addresses.tagged("a-1") == "antwort@servicestelle.example"


def test_what_a_stopped_mail_had_superseded_waits_to_leave_again(db):
    """Who stops an update inside its undo window must not swallow the invitation before it."""
    first, second = prepared(lane="x", version=1), prepared(lane="x", version=2)
    other = prepared(lane="y", version=1)
    outbox.insert([first, second, other])
    outbox.insert([prepared(lane="y", version=2)])
    update = prepared(lane="x", version=3, act=ACT, is_held=True)
    outbox.insert([update])
    assert [state(mail) for mail in (first, second, update)] == [State.SUPERSEDED, State.SUPERSEDED, State.QUEUED]
    assert outbox.cancel_act(ACT) == 1
    assert [state(mail) for mail in (first, second, update)] == [State.SUPERSEDED, State.QUEUED, State.CANCELLED]
    assert OutboxMail.objects.get(pk=second.pk).superseded_by is None
    assert state(other) == State.SUPERSEDED
    assert outbox.cancel_act(ACT) == 0


def test_a_decision_sets_aside_what_waits_and_its_own_mails_take_the_place(db):
    """The mails of a large act are written later; until then nothing that is out of date may leave."""
    old, done, other = (prepared(lane=lane, version=1) for lane in ("x", "y", "z"))
    done.state = State.SENT
    outbox.insert([old, done, other])
    assert outbox.supersede_by_act(["x", "y"], act=ACT) == 1
    assert [state(mail) for mail in (old, done, other)] == [State.SUPERSEDED, State.SENT, State.QUEUED]
    new = prepared(lane="x", version=2, act=ACT, is_held=True)
    outbox.insert([new])
    assert OutboxMail.objects.get(pk=old.pk).superseded_by == new
    outbox.cancel_act(ACT)
    assert [state(mail) for mail in (old, new)] == [State.QUEUED, State.CANCELLED]


def test_what_is_set_aside_before_its_own_window_ended_can_still_leave_when_it_comes_back(db):
    first, second = ACT, SECOND
    mail = prepared(lane="x", version=1, act=first, is_held=True)
    outbox.insert([mail])
    outbox.supersede_by_act(["x"], act=second)
    outbox.release_act(first, not_before=timezone.now())
    outbox.cancel_act(second)
    assert list(OutboxMail.objects.due()) == [mail]


def test_what_was_stopped_itself_does_not_come_back(db):
    first, second = ACT, SECOND
    mail = prepared(lane="x", version=1, act=first)
    outbox.insert([mail])
    outbox.supersede_by_act(["x"], act=second)
    outbox.cancel_act(first)
    outbox.cancel_act(second)
    assert state(mail) == State.SUPERSEDED


def test_where_the_newer_mail_has_left_already_the_older_one_does_not_come_back(db):
    old = prepared(lane="x", version=1)
    outbox.insert([old])
    new = prepared(lane="x", version=2, act=ACT)
    new.state = State.SENT
    outbox.insert([new])
    outbox.cancel_act(ACT)
    assert state(old) == State.SUPERSEDED


@pytest.mark.django_db
def test_what_waits_in_a_lane_is_taken_back_by_its_kind():
    mails = {state: MailFactory(kind="reminder", lane="a", state=state) for state in OutboxMail.State.values}
    others = [MailFactory(kind="invitation", lane="a"), MailFactory(kind="reminder", lane="b")]
    assert outbox.cancel_waiting("a", kind="reminder") == 3
    now = {state: OutboxMail.objects.get(pk=mail.pk).state for state, mail in mails.items()}
    assert {state for state, found in now.items() if found != state} == {"queued", "claimed", "retry"}
    assert {found for state, found in now.items() if found != state} == {"cancelled"}
    assert {OutboxMail.objects.get(pk=mail.pk).state for mail in others} == {"queued"}


@pytest.mark.parametrize(
    ("before", "unanswered", "after", "is_due"),
    [
        (State.QUEUED, 0, State.QUEUED, True),
        (State.RETRY, 0, State.QUEUED, True),
        (State.RETRY, 1, State.UNCERTAIN, True),
        (State.UNCERTAIN, 1, State.UNCERTAIN, True),
        (State.UNCERTAIN, 2, State.UNCERTAIN, False),  # a third copy never leaves
        (State.FAILED, 0, State.FAILED, False),
    ],
)
def test_what_comes_back_leaves_as_often_as_it_still_may(db, before, unanswered, after, is_due):
    old = prepared(lane="x", version=1)
    old.state, old.unanswered = before, unanswered
    outbox.insert([old])
    outbox.supersede_by_act(["x"], act=ACT)
    outbox.insert([prepared(lane="x", version=2, act=ACT, is_held=True)])
    outbox.cancel_act(ACT)
    assert (state(old), OutboxMail.objects.due().filter(pk=old.pk).exists()) == (after, is_due)


def test_what_says_what_is_true_no_more_does_not_come_back(db):
    old = prepared(lane="x", version=1)
    outbox.insert([old])
    outbox.supersede_by_act(["x"], act=ACT)
    outbox.cancel_act(ACT, gives_back=False)
    assert state(old) == State.SUPERSEDED


@pytest.mark.parametrize(("before", "unanswered"), [(State.FAILED, 0), (State.UNCERTAIN, 2)])
def test_nobody_sends_again_what_is_true_no_more(db, coordinator, before, unanswered):
    aside, outdated, other = (prepared(lane=lane, version=1) for lane in ("x", "y", "z"))
    for mail in (aside, outdated, other):
        mail.state, mail.unanswered = before, unanswered
    outbox.insert([aside, outdated, other])
    OutboxMail.objects.update(state=before, unanswered=unanswered)
    outbox.mark_resendable_outdated(["y", "z"], kinds=["reminder"], reason=OutboxMail.Reason.CHANGED)
    outbox.mark_resendable_outdated(["y"], kinds=["invitation"], reason=OutboxMail.Reason.CHANGED)
    with pytest.raises(outbox.NotResendable, match="gilt nicht mehr"):
        outbox.send_again(outdated, by=coordinator)
    if before == State.FAILED:
        outbox.supersede_by_act(["x"], act=ACT)
        with pytest.raises(outbox.NotResendable, match="gilt nicht mehr"):
            outbox.send_again(aside, by=coordinator)
        outbox.cancel_act(ACT)
    outbox.send_again(aside, by=coordinator)
    outbox.send_again(other, by=coordinator)
    assert [state(mail) for mail in (aside, outdated, other)] == [State.QUEUED, before, State.QUEUED]
