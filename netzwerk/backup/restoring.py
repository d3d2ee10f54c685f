"""Restore database and uploads from one file, completely or not at all.

One transaction drops the tables, builds them as they were in the saved database, fills them and migrates them. So a
file of an older version is upgraded as its database would have been, existing tables cannot conflict with it, and a
sequence is set only on a table that no other transaction has seen (PostgreSQL does not roll `setval` back).
"""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, NotSupportedError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max

from netzwerk.backup import archive, rows, schema, uploads
from netzwerk.backup.archive import Backup, Manifest, Table, UnfitError
from netzwerk.backup.telling import plural

AS_IT_WAS = "Das Ziel ist, wie es war."
SEEDED = frozenset(  # migrations and Django itself write rows into these
    {
        "contenttypes.contenttype",
        "auth.permission",
        "regions.network",
        "regions.municipality",
        "regions.schoolholiday",
        "public.sitetext",
    }
)


def restore(path: Path, *, is_replacing: bool = False, say: Callable[[str], None]) -> Manifest:
    """Restore database and uploads from the file; if anything fails, the target stays as it was.

    Raises UnfitError before any change for a file that is damaged or newer than this program and, unless
    `is_replacing`, for a target that is not empty; only an interrupted restore is finished before. Raises UnfitError,
    too, for rows that the database rejects, OSError and DatabaseError for failures of disk and database. The caller
    holds `uploads.exclusive_lock`.
    """
    with archive.reading(path) as backup:
        say("Die Datei wird geprüft.")
        backup.verify()
        _refuse_other_columns(backup.manifest)
        if uploads.finish_interrupted_restore():
            say("Ein unterbrochenes Zurückholen ist zu Ende gebracht: Die hochgeladenen Dateien sind nachgezogen.")
        if not is_replacing:
            refuse_what_is_there()
        mark = uuid.uuid4().hex
        try:
            say("Die hochgeladenen Dateien werden ausgepackt.")
            uploads.unpack(backup, mark)
            schema.commit_onto_the_disk()
            with connection.constraint_checks_disabled(), transaction.atomic(durable=True):
                rebuild(backup, is_replacing=is_replacing, say=say)
                uploads.name_in_database(mark)
        finally:  # even if the commit's outcome is unknown: `settle` reads it from the database
            uploads.finish_interrupted_restore()
    return backup.manifest


def rebuild(backup: Backup, *, is_replacing: bool, say: Callable[[str], None]) -> None:
    """Replace the tables with those of the backup and migrate them, inside the caller's transaction.

    Raises UnfitError for rows that the database rejects and, unless `is_replacing`, for a target that is not empty.
    """
    if not is_replacing:
        refuse_what_is_there()
    say("Die Tabellen werden neu angelegt.")
    schema.set_constraints_immediate(True)
    schema.drop(schema.applied())
    apps = schema.build(backup.manifest.migrations)
    schema.set_constraints_immediate(False)
    say("Die Zeilen werden eingetragen.")
    for table in backup.manifest.tables:
        _load(backup, table, apps.get_model(table.model))
    try:
        connection.check_constraints()
    except IntegrityError:  # its text quotes the row
        raise UnfitError(f"In der Datei verweisen Zeilen auf andere, die fehlen. {AS_IT_WAS}") from None
    schema.set_constraints_immediate(True)
    schema.bring_up_to_date()


def _refuse_other_columns(manifest: Manifest) -> None:
    """Raise UnfitError unless the file has exactly the tables and columns that its migrations make."""
    models = rows.models_of(schema.apps_at(manifest.migrations))
    made = {model._meta.label_lower: sorted(rows.columns_of(model)) for model in models}
    if made != {table.model: sorted(table.columns) for table in manifest.tables}:
        raise UnfitError("Die Tabellen in der Datei passen nicht zu ihrer Version. Bitte eine andere Sicherung nehmen.")


def _load(backup: Backup, table: Table, model: Any) -> None:
    """Insert the table's rows and raise its key counter. Raises UnfitError for a row that does not fit."""
    try:
        with backup.open(table) as file:
            rows.load(model, table.columns, file)
        rows.raise_key_counter(model, table.last_key)
    except (rows.UnfitRowError, DataError, IntegrityError, NotSupportedError, ValueError):  # their texts quote the row
        raise UnfitError(
            f"Eine Zeile von „{model._meta.verbose_name_plural}“ passt nicht in die Datenbank. {AS_IT_WAS}"
        ) from None


def refuse_what_is_there() -> None:
    """Raise an UnfitError that names the target's contents, unless it is empty or just migrated."""
    there = [f"{count} {name}" for name, count in _counts(schema.applied())]
    files = sum(1 for _ in uploads.files())
    if files:
        there.append(f"{files} hochgeladene Dateien")
    if there:
        raise UnfitError(f"Das Ziel ist nicht leer: {', '.join(there)}. --replace ersetzt alles, was da ist.")


def _counts(names: schema.Names) -> list[tuple[str, int]]:
    """Return plural name and number of rows for each table with rows that the migrations did not write."""
    if not names:
        return []
    migrated_at = MigrationRecorder.Migration.objects.aggregate(last=Max("applied"))["last"]
    found = []
    for model in rows.models_of(schema.apps_at(names)):
        queryset = model._base_manager.all()
        if model._meta.label_lower in SEEDED:
            has_moment = any(field.name == "updated_at" for field in rows.fields_of(model))
            queryset = queryset.filter(updated_at__gt=migrated_at) if has_moment else queryset.none()
        if count := queryset.count():
            found.append((plural(model) or model._meta.label_lower, count))
    return found
