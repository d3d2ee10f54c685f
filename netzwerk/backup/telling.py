"""Texts that the commands `backup` and `restore` print; none holds personal data."""

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
    """Yield a line for each named table with rows, one for the uploads and one for the total."""
    for table in manifest.tables:
        if table.rows and (name := _known_as(table.model)):
            yield f"{table.rows:>8}  {name}"
    yield f"{len(manifest.uploads):>8}  hochgeladene Dateien"
    yield f"{sum(table.rows for table in manifest.tables):>8}  Zeilen in {len(manifest.tables)} Tabellen"


def _known_as(label: str) -> str:
    try:
        return plural(apps.get_model(label))
    except LookupError:  # the program no longer has this model
        return ""


def plural(model: type[Model]) -> str:
    """Return the German plural name of the rows, or "" for tables that users never see (many-to-many, Django's own)."""
    options = model._meta
    is_named = "verbose_name_plural" in options.original_attrs and not options.auto_created
    return str(options.verbose_name_plural) if is_named and options.label_lower not in _NOT_SHOWN else ""


def megabytes(file: Path) -> str:
    """Return the file's size in MB with a decimal comma."""
    return f"{file.stat().st_size / 1_000_000:.1f} MB".replace(".", ",")


def reason(error: OSError | DatabaseError) -> str:
    """Return the reason of an error. Of database errors other than OperationalError only the class: they quote rows."""
    if isinstance(error, OSError):
        return _IN_GERMAN.get(error.errno or 0) or error.strerror or type(error).__name__
    return str(error).strip().splitlines()[0] if isinstance(error, OperationalError) else type(error).__name__
