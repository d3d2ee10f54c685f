"""Find, drop, build and upgrade the tables by the migrations that made them."""

from collections.abc import Set
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from netzwerk.backup.archive import UnfitError

Names = Set[tuple[str, str]]  # app and name of a migration


def applied() -> Names:
    """Return the database's migrations, without apps that left the program. Raises UnfitError for a newer database."""
    loader = MigrationLoader(None)
    found = MigrationRecorder(connection).applied_migrations().keys()
    ours = {(app, name) for app, name in found if app in loader.migrated_apps}
    if ours - loader.disk_migrations.keys():
        raise UnfitError("Die Datenbank gehört zu einer neueren Version. Bitte zuerst das Programm erneuern.")
    return ours


def apps_at(names: Names) -> Any:
    """Return the models as of these migrations. Raises UnfitError if the program lacks one of them."""
    loader = MigrationLoader(None)
    if names - loader.disk_migrations.keys():
        raise UnfitError("Die Datei stammt von einer neueren Version. Bitte zuerst das Programm erneuern.")
    return loader.project_state(_ends(loader, names)).apps


def _ends(loader: MigrationLoader, names: Names) -> list[tuple[str, str]]:
    """Return the last migrations of each app. Raises UnfitError if an earlier one is missing."""
    graph = loader.graph
    there = {name for name in names if name in graph.nodes}
    if {before for name in there for before in graph.forwards_plan(name)} != there:
        raise UnfitError("In der Datei fehlen Migrationen. Bitte eine andere Sicherung nehmen.")
    followed = {parent.key for name in there for parent in graph.node_map[name].parents if parent.key[0] == name[0]}
    return sorted(there - followed)


def drop(names: Names) -> None:
    """Drop the tables of these migrations' models and the table of migrations. Call it in a transaction."""
    models = apps_at(names).get_models(include_auto_created=True)
    ours = {model._meta.db_table for model in models} | {MigrationRecorder.Migration._meta.db_table}
    with connection.schema_editor() as editor:
        for table in sorted(ours & set(connection.introspection.table_names())):
            editor.execute(editor.sql_delete_table % {"table": connection.ops.quote_name(table)})


def build(names: Names) -> Any:
    """Run these migrations in a database without our tables, empty the tables and return their models."""
    executor = MigrationExecutor(connection)
    executor.migrate(_ends(executor.loader, names))
    apps = apps_at(names)
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), tables):  # the backup holds migrations' rows, too
            cursor.execute(statement)
    return apps


def bring_up_to_date() -> None:
    """Apply the remaining migrations and create the cache table if the settings use one."""
    ContentType.objects.clear_cache()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def set_constraints_immediate(is_wanted: bool) -> None:
    """Make PostgreSQL check foreign keys with each statement or, if not `is_wanted`, at the commit.

    A table with pending checks cannot be altered. SQLite is left alone.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS ALL {'IMMEDIATE' if is_wanted else 'DEFERRED'}")


def commit_onto_the_disk() -> None:
    """Make SQLite commits of this connection survive a power cut, as PostgreSQL's do.

    With WAL and `synchronous = NORMAL` a power cut may lose the last commits.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")
