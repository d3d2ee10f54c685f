"""Command that writes and delivers outgoing mails without Celery."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils.module_loading import import_string

from mailroom.services import alarms, delivery

SLEEP_SECONDS = 2
SLEEP_WHEN_WAITING_SECONDS = 0.2  # while mails wait for a connection or the rate


class Command(BaseCommand):
    """`deliver_mail` runs until SIGTERM or Ctrl-C, `deliver_mail --once` until nothing is due.

    Before each batch it calls the OUTBOX_SOURCES, which write the mails of acts. With `--once` wrong settings end it
    with an error; else it tries again after the alarm's pause.
    """

    help = "Versendet, was im Postausgang fällig ist, ohne Celery."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Endet, sobald nichts mehr fällig ist.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stop = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        sources = [import_string(path) for path in settings.OUTBOX_SOURCES]
        while not stop.is_set():
            for write in sources:
                write()
            report = delivery.deliver_due(should_stop=stop.is_set)
            if report.due:
                self.stdout.write(str(report))
            if once and report.is_stopped:
                raise CommandError(f"Der Postausgang steht: {alarms.text()}")
            if once and not report.due and not report.is_waiting:
                return
            if report.is_stopped or not report.due:
                close_old_connections()
                stop.wait(_sleep(report))


def _sleep(report: delivery.Report) -> float:
    """Return the seconds to wait before the next batch: the rest of an alarm's pause, 0.2 while mails wait, else 2."""
    if report.is_stopped:
        return max(SLEEP_SECONDS, alarms.seconds_left())
    return SLEEP_WHEN_WAITING_SECONDS if report.is_waiting else SLEEP_SECONDS
