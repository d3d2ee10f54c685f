"""Read the mailbox without Celery."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from mailroom.mailboxes import Misconfigured, Unreachable
from mailroom.services import fetching

SLEEP_SECONDS = 60


class Command(BaseCommand):
    """`fetch_mail` reads each minute until SIGTERM or Ctrl-C, `fetch_mail --once` once."""

    help = "Liest das Postfach aus INBOX_URL und übernimmt, was darin liegt."

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
            except Unreachable as error:
                if once or isinstance(error, Misconfigured):
                    raise CommandError(error.text) from error
                self.stderr.write(error.text)
            else:
                if once or report.found or report.stuck:
                    self.stdout.write(str(report))
            if once:
                return
            close_old_connections()
            stop.wait(SLEEP_SECONDS)
