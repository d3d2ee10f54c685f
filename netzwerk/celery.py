"""The Celery app and its timetable. The row is the truth, a task only a nudge: beat picks up what was lost."""

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
    """Worker and beat do not start with settings that Django's checks would refuse."""

    def on_configure(self) -> Any:
        """Called by Celery when it reads the settings. Exits with a sentence."""
        from django.core.exceptions import ImproperlyConfigured

        from netzwerk.checks import refuse_wrong_settings

        try:
            refuse_wrong_settings()
        except ImproperlyConfigured as error:
            raise SystemExit(f"Einstellung fehlt oder ist falsch: {error}") from None


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Called by Celery before it would give the loggers of tasks handlers of its own (netzwerk/logs.py)."""


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
    """In beat's own process: what it hands over to the broker from now on is a sign of its life."""
    signals.after_task_publish.connect(_note_beat)


def _note_beat(**about: Any) -> None:
    from django.db import close_old_connections

    close_old_connections()
    _note("beat")


@signals.task_success.connect
def _note_worker(**about: Any) -> None:
    """A worker has brought a task to its end."""
    _note("worker")


def _note(kind: str) -> None:
    """Write the sign of life; a database that is away stops neither beat nor a worker."""
    from django.db import DatabaseError

    from common.models import Heartbeat

    try:
        Heartbeat.objects.note(kind, at_most_every=NOTED_EVERY)
    except DatabaseError as error:
        logger.warning("the sign of life of %s was not written: %s", kind, type(error).__name__)
