"""`manage.py backup`: save database and uploads to one file."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from netzwerk.backup import uploads
from netzwerk.backup.archive import UnfitError
from netzwerk.backup.saving import save
from netzwerk.backup.telling import contents, megabytes, reason
from netzwerk.demo.processes import Stopped, stoppable


class Command(BaseCommand):
    """`backup FILE` saves database and uploaded files while the site keeps running."""

    help = "Sichert Datenbank und hochgeladene Dateien in eine Datei. Niemand muss dafür die Arbeit unterbrechen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="Wohin, zum Beispiel sicherung.zip")
        parser.add_argument("--force", action="store_true", help="Überschreibt die Datei, wenn es sie schon gibt.")

    def handle(self, *args: Any, file: Path, force: bool, verbosity: int, **options: Any) -> None:
        """Finish an interrupted restore, then save; on failure exit 1 with the reason and leave no new file."""
        try:
            with stoppable(), uploads.exclusive_lock():
                uploads.finish_interrupted_restore()
                manifest = save(file, is_replacing=force)
        except UnfitError as error:
            raise CommandError(str(error)) from None
        except Stopped:
            raise CommandError("Abgebrochen. Es ist keine Datei entstanden.") from None
        except OSError as error:
            raise CommandError(f"Die Sicherung ließ sich nicht schreiben: {reason(error)}.") from None
        if verbosity:
            self.stdout.write("\n".join(contents(manifest)))
            self.stdout.write("Nicht gesichert: Sitzungen (alle melden sich neu an), Zwischenspeicher, Warteschlange.")
            self.stdout.write(f"Gesichert: {file} ({megabytes(file)})")
