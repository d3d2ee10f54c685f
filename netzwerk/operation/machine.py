"""Lines about backup, database, disk, versions and mode."""

import platform
import shutil
from datetime import timedelta

import django
from django.conf import settings
from django.db import connection
from django.utils import timezone

from common.models import Heartbeat
from common.templatetags.ui import instant
from netzwerk.backup.archive import program_version
from netzwerk.operation.lines import Level, Line, amount, duration

OLD = timedelta(days=2)
LITTLE, TOO_LITTLE = 2_000_000_000, 500_000_000  # free bytes: below the first a warning, below the second a danger
_SIZES = {
    "sqlite": "SELECT page_count * page_size, sqlite_version() FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database()), current_setting('server_version')",
}
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def backup(label: str) -> Line:
    """Return a line with the age, size and duration of the last backup; a warning after two days or without one."""
    sign = Heartbeat.objects.of(Heartbeat.Kind.BACKUP)
    advice = "Bitte jede Nacht „manage.py backup“ laufen lassen und die Datei auf einen anderen Rechner legen."
    if sign is None:
        return Line(label, Level.WARNING, "Es wurde noch nie gesichert.", advice)
    age = timezone.now() - sign.at
    size, seconds = sign.detail["bytes"], sign.detail["seconds"]
    took = f"{amount(size)} in {f'{seconds:.1f}'.replace('.', ',')} Sekunden"
    sentence = f"Zuletzt gesichert vor {duration(age)} ({instant(sign.at)}): {took}."
    return Line(label, Level.WARNING, sentence, advice) if age > OLD else Line(label, Level.GOOD, sentence)


def database(label: str) -> Line:
    """Return a line with the database's kind, version and size."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES[connection.vendor])
        size, version = cursor.fetchone()
    return Line(label, Level.GOOD, f"{_NAMES[connection.vendor]} {version.split()[0]}, {amount(size)} groß.")


def disk(label: str) -> Line:
    """Return a line with the free space of DATA_DIR, which holds uploads, SQLite and the file queue.

    It is a warning below 2 GB and a danger below 0.5 GB.
    """
    found = shutil.disk_usage(settings.DATA_DIR)
    sentence = f"Im Datenordner (DATA_DIR) sind {amount(found.free)} von {amount(found.total)} frei."
    if found.free >= LITTLE:
        return Line(label, Level.GOOD, sentence)
    advice = "Bitte Platz schaffen, bevor nichts mehr gespeichert werden kann."
    return Line(label, Level.DANGER if found.free < TOO_LITTLE else Level.WARNING, sentence, advice)


def versions(label: str) -> Line:
    """Return a line with the versions of the program, Python and Django."""
    return Line(
        label,
        Level.GOOD,
        f"netzwerk {program_version()}, Python {platform.python_version()}, Django {django.get_version()}.",
    )


def mode(label: str) -> Line:
    """Return a line that says whether DEBUG (a danger) or DEMO (a warning) is on."""
    if settings.DEBUG:
        advice = "Fehlerseiten zeigen dann das Innere des Programms. Bitte DEBUG aus der .env nehmen und neu starten."
        return Line(label, Level.DANGER, "Das Programm läuft zur Fehlersuche (DEBUG ist an).", advice)
    if settings.DEMO:
        advice = "Für echte Daten bitte ohne DEMO einrichten."
        return Line(label, Level.WARNING, "Das ist eine Vorführung (DEMO ist an).", advice)
    return Line(label, Level.GOOD, "Das Programm läuft im Betrieb; DEBUG und DEMO sind aus.")
