"""One file back into database and uploads: all of it or nothing.

The tables are dropped, built as they were in the database that the file comes from, filled, and brought up to date,
in one transaction. So a file of an older version goes the way that its database would have gone, what is there cannot
be in its way, and a sequence that is set belongs to a table that nobody has seen (`setval` is not taken back).
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
SEEDED = frozenset(  # migrations and Django itself write these
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
    """Bring back what the file holds; whatever happens on the way, the target stays as it was.

    Raises UnfitError, before it touches anything, for a file that is damaged or newer than this program and for a
    target that holds something, unless `is_replacing`; OSError and DatabaseError where disk and database will not.
    """
    with archive.reading(path) as backup:
        say("Die Datei wird geprüft.")
        backup.verify()
        _refuse_other_columns(backup.manifest)
        if uploads.settle():
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
        finally:  # also when nobody knows whether the commit came through: the database says so
            uploads.settle()
    return backup.manifest


def rebuild(backup: Backup, *, is_replacing: bool, say: Callable[[str], None]) -> None:
    """The database part, inside the caller's transaction."""
    if not is_replacing:
        refuse_what_is_there()
    say("Die Tabellen werden neu angelegt.")
    schema.check_at_once(True)
    schema.drop(schema.applied())
    apps = schema.build(backup.manifest.migrations)
    schema.check_at_once(False)
    say("Die Zeilen werden eingetragen.")
    for table in backup.manifest.tables:
        _load(backup, table, apps.get_model(table.model))
    try:
        connection.check_constraints()
    except IntegrityError:  # its text quotes the row
        raise UnfitError(f"In der Datei verweisen Zeilen auf andere, die fehlen. {AS_IT_WAS}") from None
    schema.check_at_once(True)
    schema.bring_up_to_date()


def _refuse_other_columns(manifest: Manifest) -> None:
    """Raises UnfitError unless the file has exactly the tables and columns that its migrations make."""
    models = rows.models_of(schema.apps_at(manifest.migrations))
    made = {model._meta.label_lower: sorted(rows.columns_of(model)) for model in models}
    if made != {table.model: sorted(table.columns) for table in manifest.tables}:
        raise UnfitError("Die Tabellen in der Datei passen nicht zu ihrer Version. Bitte eine andere Sicherung nehmen.")


def _load(backup: Backup, table: Table, model: Any) -> None:
    try:
        with backup.open(table) as file:
            rows.load(model, table.columns, file)
        rows.keep_last_key(model, table.last_key)
    except (rows.UnfitRowError, DataError, IntegrityError, NotSupportedError, ValueError):  # their texts quote the row
        raise UnfitError(
            f"Eine Zeile von „{model._meta.verbose_name_plural}“ passt nicht in die Datenbank. {AS_IT_WAS}"
        ) from None


def refuse_what_is_there() -> None:
    """Raises UnfitError that names what the target holds, unless it is empty or just migrated."""
    there = [f"{count} {name}" for name, count in _counts(schema.applied())]
    files = sum(1 for _ in uploads.files())
    if files:
        there.append(f"{files} hochgeladene Dateien")
    if there:
        raise UnfitError(f"Das Ziel ist nicht leer: {', '.join(there)}. --replace ersetzt alles, was da ist.")


def _counts(names: schema.Names) -> list[tuple[str, int]]:
    """What the tables hold beyond what the migrations wrote: plural name and number of rows."""
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
