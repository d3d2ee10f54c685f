"""What the two commands say, without anything about a person."""

import errno
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, OperationalError
from django.db.models import Model

from netzwerk.backup.archive import Manifest

_IN_GERMAN = {
    errno.ENOENT: "Datei oder Ordner gibt es nicht",
    errno.EACCES: "dafür fehlen die Rechte",
    errno.ENOSPC: "auf dem Datenträger ist kein Platz mehr",
}
_NOT_SHOWN = ("auth.permission", "contenttypes.contenttype")


def contents(manifest: Manifest) -> Iterator[str]:
    """A line per kind of row, and one for the files."""
    for table in manifest.tables:
        if table.rows and (name := _known_as(table.model)):
            yield f"{table.rows:>8}  {name}"
    yield f"{len(manifest.uploads):>8}  hochgeladene Dateien"
    yield f"{sum(table.rows for table in manifest.tables):>8}  Zeilen in {len(manifest.tables)} Tabellen"


def _known_as(label: str) -> str:
    try:
        return plural(apps.get_model(label))
    except LookupError:  # a later version no longer has it
        return ""


def plural(model: type[Model]) -> str:
    """What people call its rows; "" for what they never see: tables between two models, Django's own lists."""
    options = model._meta
    is_named = "verbose_name_plural" in options.original_attrs and not options.auto_created
    return str(options.verbose_name_plural) if is_named and options.label_lower not in _NOT_SHOWN else ""


def megabytes(file: Path) -> str:
    """Its size, with the comma of the language."""
    return f"{file.stat().st_size / 1_000_000:.1f} MB".replace(".", ",")


def reason(error: OSError | DatabaseError) -> str:
    """What went wrong. Other errors of the database than those of its operation quote rows: only their kind is said."""
    if isinstance(error, OSError):
        return _IN_GERMAN.get(error.errno or 0) or error.strerror or type(error).__name__
    return str(error).strip().splitlines()[0] if isinstance(error, OperationalError) else type(error).__name__
