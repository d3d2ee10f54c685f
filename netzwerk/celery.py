"""The Celery app and its timetable. Tasks hold no state: beat finds lost work by the rows in the database."""

import logging
import os
from datetime import timedelta
from typing import Any

from celery import Celery, signals

from netzwerk import filequeue

logger = logging.getLogger(__name__)
NOTED_EVERY = timedelta(minutes=1)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netzwerk.settings")


class CheckedCelery(Celery):
    """Celery app that does not start a worker or beat with settings that the checks refuse."""

    def on_configure(self) -> Any:
        """Exit with a German sentence if a setting is wrong. Celery calls it when it reads the settings."""
        from django.core.exceptions import ImproperlyConfigured

        from netzwerk.checks import refuse_wrong_settings

        try:
            refuse_wrong_settings()
        except ImproperlyConfigured as error:
            raise SystemExit(f"Einstellung fehlt oder ist falsch: {error}") from None


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Keep Celery from adding its own log handlers: it adds none if this signal has a receiver (netzwerk/logs.py)."""


filequeue.register()
app = CheckedCelery("netzwerk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "deliver": {"task": "mailroom.deliver", "schedule": 10.0, "options": {"expires": 10}},
    "fetch": {"task": "mailroom.fetch", "schedule": 60.0, "options": {"expires": 60}},
    "write": {"task": "mailroom.write", "schedule": 20.0, "options": {"expires": 20}},
    "import": {"task": "partners.work_imports", "schedule": 30.0, "options": {"expires": 30}},
}


@signals.beat_init.connect
def _watch_beat(**about: Any) -> None:
    """Note a heartbeat for every task that beat publishes. Runs in beat's process only."""
    signals.after_task_publish.connect(_note_beat)


def _note_beat(**about: Any) -> None:
    """Note beat's heartbeat; close a database connection that is broken or too old first."""
    from django.db import close_old_connections

    close_old_connections()
    _note("beat")


@signals.task_success.connect
def _note_worker(**about: Any) -> None:
    """Note the worker's heartbeat after a task that succeeded."""
    _note("worker")


def _note(kind: str) -> None:
    """Write the heartbeat, at most once a minute; a database error is logged and stops neither beat nor a worker."""
    from django.db import DatabaseError

    from common.models import Heartbeat

    try:
        Heartbeat.objects.note(kind, at_most_every=NOTED_EVERY)
    except DatabaseError as error:
        logger.warning("the sign of life of %s was not written: %s", kind, type(error).__name__)
