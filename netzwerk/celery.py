"""The Celery app and its timetable. The row is the truth, a task only a nudge: beat picks up what was lost."""

import os

from celery import Celery

from netzwerk import filequeue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netzwerk.settings")

filequeue.register()
app = Celery("netzwerk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "deliver": {"task": "mailroom.deliver", "schedule": 20.0, "options": {"expires": 20}},
    "import": {"task": "partners.work_imports", "schedule": 30.0, "options": {"expires": 30}},
}
