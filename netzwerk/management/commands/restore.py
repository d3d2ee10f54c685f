"""`manage.py restore`: restore database and uploads from one file."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from mailroom.models import OutboxMail
from netzwerk.backup import uploads
from netzwerk.backup.archive import UnfitError
from netzwerk.backup.restoring import AS_IT_WAS, restore
from netzwerk.backup.telling import contents, reason
from netzwerk.demo.processes import Stopped, stoppable
from netzwerk.management.commands.demo import only_one_demo


class Command(BaseCommand):
    """`restore FILE` restores a backup into SQLite or PostgreSQL; web server, worker and beat must be stopped."""

    help = (
        "Holt eine Sicherung zurück, in SQLite oder PostgreSQL. Webseite, Worker und Zeitplan müssen dafür stehen. "
        "Wird es unterbrochen, bleibt alles, wie es war."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="Die Sicherung")
        parser.add_argument("--replace", action="store_true", help="Ersetzt, was da ist.")

    def handle(self, *args: Any, file: Path, replace: bool, verbosity: int, **options: Any) -> None:
        """Restore; on failure exit 1 with the reason."""
        try:
            with ExitStack() as stack:
                stack.enter_context(stoppable())
                if settings.DEMO:
                    stack.enter_context(only_one_demo())
                stack.enter_context(uploads.exclusive_lock())
                manifest = restore(file, is_replacing=replace, say=self._say if verbosity else lambda _: None)
        except UnfitError as error:
            raise CommandError(str(error)) from None
        except Stopped:
            raise CommandError(f"Abgebrochen. {AS_IT_WAS}") from None
        except DatabaseError as error:
            raise CommandError(f"Die Datenbank lässt es nicht zu: {reason(error)}. {AS_IT_WAS}") from None
        except OSError as error:
            raise CommandError(f"Das Zurückholen ging nicht: {reason(error)}. {AS_IT_WAS}") from None
        if verbosity:
            self._say("\n".join(contents(manifest)))
            self._say(f"Zurückgeholt: {file}, gesichert {manifest.made_at}. Alle melden sich neu an.")
            self._warn_of_waiting_mails()

    def _warn_of_waiting_mails(self) -> None:
        """Warn of mails that waited at the backup, which a worker sends now, perhaps for the second time.

        Not counted: those claimed or being sent at the backup, which leave as well. Counted: expired ones, which fail.
        """
        waiting = OutboxMail.objects.waiting().count()
        if waiting:
            self._say(
                f"Achtung: {waiting} Mails warteten damals im Ausgang und gehen hinaus, sobald ein Worker läuft; "
                "manche sind vielleicht schon angekommen. Bitte vorher ansehen; EMAIL_URL=outbox:// hält alles im Haus."
            )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
