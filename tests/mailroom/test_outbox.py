from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from mailroom.models import OutboxMail
from mailroom.services import outbox
from team.models import Activity
from team.services import activity


@pytest.fixture
def tasks(monkeypatch):
    """The names of the tasks that were handed to the broker."""
    names: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **options: names.append(name))
    return names


def test_the_worker_is_nudged_once_the_row_is_there(queued, tasks, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        queued()
        assert tasks == []
    assert tasks == ["mailroom.deliver"]


@pytest.mark.django_db(transaction=True)
def test_no_mail_and_no_nudge_when_the_act_fails(queued, tasks):
    def act() -> None:
        with transaction.atomic():
            queued()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert (OutboxMail.objects.count(), tasks) == (0, [])


@pytest.mark.parametrize("error", [OperationalError("away"), ChannelError("full"), ConnectionRefusedError("no")])
def test_a_broker_that_is_away_does_not_fail_the_act(
    queued, monkeypatch, caplog, django_capture_on_commit_callbacks, error
):
    def refuse(name: str, **options) -> None:
        raise error

    monkeypatch.setattr("celery.current_app.send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        mail = queued("ahrens@schule.example")
    assert list(OutboxMail.objects.due()) == [mail]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ahrens" not in caplog.text


def test_a_real_broker_that_is_away_is_given_up_quickly(caplog):
    """Nothing listens on port 1; the real client says so within its own retries."""
    from celery import Celery

    from netzwerk.celery import app

    try:
        Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False).set_current()
        outbox.nudge()
    finally:
        app.set_current()
    assert caplog.records[-1].getMessage() == "broker away, the mail waits for the next sweep: OperationalError"


def test_every_mail_has_a_message_id_of_ours(queued):
    first, second = queued(), queued()
    assert first.message_id != second.message_id
    assert first.message["Message-ID"] == first.message_id


def test_the_bytes_do_not_follow_the_message(db):
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"] = "Hallo"
    message.set_content("eins")
    mail = outbox.queue(message, kind=OutboxMail.Kind.ACCOUNT, recipient="a@amt.example")
    before = bytes(mail.raw)
    message.set_content("zwei")
    mail.refresh_from_db()
    assert bytes(mail.raw) == before
    assert mail.text == "eins\n"
    assert mail.message["Date"].datetime.tzinfo is not None


def test_a_failed_mail_is_sent_again_from_the_start(queued, coordinator):
    mail = queued(state=OutboxMail.State.FAILED, attempts=7, last_error="550 no", subject="Ihr Zugang")
    before = bytes(mail.raw)
    outbox.send_again(mail, by=coordinator)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.last_error) == (OutboxMail.State.QUEUED, 0, "")
    assert mail.expires_at > mail.next_attempt_at
    assert bytes(mail.raw) == before
    assert [entry.sentence for entry in activity.timeline(mail)] == [
        "hat die Mail „Ihr Zugang“ noch einmal auf den Weg gebracht"
    ]


@pytest.mark.parametrize("state", [OutboxMail.State.QUEUED, OutboxMail.State.SENDING, OutboxMail.State.SENT])
def test_only_a_failed_mail_is_sent_again(queued, coordinator, state):
    mail = queued(state=state)
    with pytest.raises(outbox.NotResendable):
        outbox.send_again(mail, by=coordinator)
    mail.refresh_from_db()
    assert mail.state == state
    assert not Activity.objects.exists()


def test_a_mail_of_a_lane_is_sent_again_while_it_is_of_use_and_no_newer_one_is_there(queued, coordinator):
    starts_at = timezone.now() + timedelta(hours=3)
    failed = {"state": OutboxMail.State.FAILED, "lane": "x"}
    mail = queued(**failed, version=1, expires_at=starts_at)
    newer = queued(version=2, lane="x")
    with pytest.raises(outbox.NotResendable, match="neuere Mail"):
        outbox.send_again(mail, by=coordinator)
    OutboxMail.objects.filter(pk=newer.pk).update(state=OutboxMail.State.CANCELLED)
    outbox.send_again(mail, by=coordinator)
    mail.refresh_from_db()
    assert (mail.state, mail.expires_at) == (OutboxMail.State.QUEUED, starts_at)
    OutboxMail.objects.filter(pk=mail.pk).update(**failed, expires_at=timezone.now())
    with pytest.raises(outbox.NotResendable, match="abgelaufen"):
        outbox.send_again(mail, by=coordinator)


def test_a_mail_is_given_up_two_days_after_it_could_leave_or_when_it_is_of_no_use(queued):
    now = timezone.now()
    mail = queued(not_before=now, expires_at=now + timedelta(days=20))
    assert mail.gives_up_at == now + timedelta(hours=48)
    mail.expires_at = now + timedelta(hours=3)
    assert mail.gives_up_at == mail.expires_at
