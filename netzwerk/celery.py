"""The Celery app and its timetable. The row is the truth, a task only a nudge: beat picks up what was lost."""

import os
from typing import Any

from celery import Celery

from netzwerk import filequeue

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


filequeue.register()
app = CheckedCelery("netzwerk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "deliver": {"task": "mailroom.deliver", "schedule": 10.0, "options": {"expires": 10}},
    "render": {"task": "meetings.render", "schedule": 20.0, "options": {"expires": 20}},
    "import": {"task": "partners.work_imports", "schedule": 30.0, "options": {"expires": 30}},
}
