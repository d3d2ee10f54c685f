"""Signs of life of beat and worker. That the real processes give them: tests/flows/test_watch.py."""

import pytest
from celery import signals
from django.db import OperationalError, connection

from common.models import Heartbeat
from netzwerk import celery

pytestmark = pytest.mark.django_db


def test_a_task_that_is_done_is_a_sign_of_the_worker_once_a_minute(django_assert_num_queries):
    signals.task_success.send(sender=celery.app)
    first = Heartbeat.objects.get()
    with django_assert_num_queries(1):
        signals.task_success.send(sender=celery.app)
    assert (first.kind, Heartbeat.objects.get().at) == ("worker", first.at)


def test_only_beat_itself_gives_signs_of_beat():
    signals.after_task_publish.send(sender="mailroom.deliver")
    assert not Heartbeat.objects.exists()


def test_a_database_that_is_away_stops_nobody(caplog):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        celery._note("beat")
    assert "the sign of life of beat was not written: OperationalError" in caplog.text
