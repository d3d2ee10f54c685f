"""What monitoring is told, and when it has to act."""

import socket
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from common.models import Heartbeat
from mailroom.models import OutboxMail

WELL = {"status": "ok", "database": True, "broker": True, "oldest_due_mail_seconds": None, "last_inbox_fetch": None}


def mail(**fields) -> OutboxMail:
    return OutboxMail.objects.create(
        kind=OutboxMail.Kind.ACCOUNT,
        message_id="<1@servicestelle.example>",
        envelope_from="post@servicestelle.example",
        recipient="ahrens@schule.example",
        subject="Neues Kennwort",
        raw=b"Subject: Neues Kennwort\r\n\r\n",
        **fields,
    )


@pytest.mark.django_db
def test_nothing_yet_is_null_and_well(stranger):
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, WELL)
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 503)])
def test_a_mail_that_waits_too_long(stranger, minutes, status):
    mail(next_attempt_at=timezone.now() - timedelta(minutes=minutes))
    answer = stranger.get("/healthz")
    assert answer.status_code == status
    assert answer.json()["oldest_due_mail_seconds"] == pytest.approx(minutes * 60, abs=5)


@pytest.mark.django_db
def test_a_mail_that_a_dead_worker_left_behind(stranger):
    mail(state=OutboxMail.State.SENDING, claimed_until=timezone.now() - timedelta(minutes=11))
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()["oldest_due_mail_seconds"]) == (503, pytest.approx(660, abs=5))


@pytest.mark.django_db
def test_a_mail_for_later_is_not_due(stranger):
    mail(next_attempt_at=timezone.now() + timedelta(minutes=5))
    assert stranger.get("/healthz").json() == WELL


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 503)])
def test_a_mailbox_that_is_no_longer_read(stranger, time_machine, minutes, status):
    """One that was never read is null and well."""
    time_machine.move_to("2026-03-03T10:00:00Z", tick=False)
    Heartbeat.objects.note(Heartbeat.Kind.INBOX)
    time_machine.shift(timedelta(minutes=minutes))
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()["last_inbox_fetch"]) == (status, "2026-03-03T10:00:00+00:00")


@pytest.mark.django_db
def test_signs_of_other_life_are_no_matter_of_monitoring(stranger, time_machine):
    time_machine.move_to("2026-03-03T10:00:00Z", tick=False)
    for kind in ("beat", "worker", "backup"):
        Heartbeat.objects.note(kind)
    time_machine.shift(timedelta(days=30))
    assert stranger.get("/healthz").json() == WELL


@pytest.mark.django_db
def test_the_database_is_away(stranger):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {**WELL, "status": "error", "database": False})


@pytest.mark.django_db
def test_the_folder_of_the_queue_is_gone(stranger, settings, tmp_path):
    settings.QUEUE_DIR = tmp_path / "gone"
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {**WELL, "status": "error", "broker": False})


@pytest.mark.django_db
def test_nobody_answers_where_redis_should_be(stranger, settings):
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
        answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()["broker"]) == (503, False)


@pytest.mark.django_db
def test_it_only_answers_questions(stranger):
    assert (stranger.head("/healthz").status_code, stranger.post("/healthz").status_code) == (200, 405)
