"""Command that reads the mailbox without Celery."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from mailroom.mailbox_types import Misconfigured, Unreachable
from mailroom.services import fetching

SLEEP_SECONDS = 60


class Command(BaseCommand):
    """`fetch_mail` reads the mailbox every minute until SIGTERM or Ctrl-C, `fetch_mail --once` a single time.

    A wrong INBOX_URL ends it with an error; with `--once` an unreachable mailbox does, too.
    """

    help = "Liest das Postfach (INBOX_URL) und übernimmt, was darin liegt, ohne Celery."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Endet, sobald das Postfach einmal gelesen ist.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stop = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                report = fetching.fetch(should_stop=stop.is_set)
            except Misconfigured as error:
                raise CommandError(f"{error.text} Zum Beispiel: imaps://name:kennwort@mail.example/INBOX") from None
            except Unreachable as error:
                if once:
                    raise CommandError(error.text) from None
                self.stderr.write(error.text)
            else:
                if once or not report.is_empty:
                    self.stdout.write(str(report))
                    self.stdout.flush()
            if once:
                return
            close_old_connections()
            stop.wait(SLEEP_SECONDS)
