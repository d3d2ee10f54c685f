"""Save database and uploads to one file, the database as of one instant, without blocking anybody."""

import logging
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from common.models import Heartbeat
from netzwerk.backup import archive, rows, schema, uploads
from netzwerk.backup.archive import Manifest, Table, UnfitError, Upload

logger = logging.getLogger(__name__)


def save(path: Path, *, is_replacing: bool = False) -> Manifest:
    """Write database and uploads to `path`, readable by its owner only; the file is complete or absent.

    Uploads are read after the database: one deleted in between is missing, one added in between is included.
    Raises UnfitError for an unusable path, upload or database, OSError for failures of the disk.
    """
    _refuse(path, is_replacing)
    start = time.monotonic()
    with _replace_at_end(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        with snapshot():
            migrations = frozenset(schema.applied())
            if not migrations:
                raise UnfitError("Die Datenbank ist leer, es gibt nichts zu sichern.")
            models = rows.models_of(schema.apps_at(migrations))  # the models as the database has them, upgraded or not
            tables = tuple(_write_table(into, model) for model in models)
        saved = tuple(_write_uploads(into))
        manifest = Manifest(
            archive.program_version(), archive.now(), connection.vendor, migrations, tables, uploads=saved
        )
        with archive.writing(into, archive.MANIFEST) as member:
            member.write(manifest.dump())
    _note_backup(path.stat().st_size, time.monotonic() - start)
    return manifest


def _note_backup(size: int, seconds: float) -> None:
    """Note the backup, without its path, for the page „Betrieb“.

    The file is complete already, so an error (an older database without the table, a busy one) is only logged.
    """
    try:
        Heartbeat.objects.note(Heartbeat.Kind.BACKUP, bytes=size, seconds=round(seconds, 1))
    except DatabaseError as error:
        logger.warning("the backup is complete, but was not noted in the database: %s", type(error).__name__)


def _refuse(path: Path, is_replacing: bool) -> None:
    if path.exists() and not is_replacing:
        raise UnfitError(f"{path} gibt es schon. Bitte einen anderen Namen nehmen, oder --force überschreibt sie.")
    if path.resolve().is_relative_to(settings.MEDIA_ROOT.resolve()):
        raise UnfitError("Im Ordner der hochgeladenen Dateien würde die Sicherung sich selbst sichern.")


@contextmanager
def _replace_at_end(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that replaces `path` when the block succeeds and the data is on disk; else remove it."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    uploads.fsync_folder(path.parent)


@contextmanager
def snapshot() -> Iterator[None]:
    """Read the database as of one instant during the block; writers do not wait for it.

    This program's SQLite transactions take the write lock when they begin; this one only reads (WAL).
    """
    with _without_write_lock(), transaction.atomic(durable=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.introspection.table_names(cursor)  # the first query fixes the instant
        yield


@contextmanager
def _without_write_lock() -> Iterator[None]:
    """Let SQLite transactions in the block begin without the write lock."""
    connection.ensure_connection()  # reads the mode from the settings
    mode = getattr(connection, "transaction_mode", None)
    if mode is None:
        yield
        return
    setattr(connection, "transaction_mode", "DEFERRED")  # noqa: B010 - the type of both databases has none
    try:
        yield
    finally:
        setattr(connection, "transaction_mode", mode)  # noqa: B010


def _write_table(into: zipfile.ZipFile, model: type[Model]) -> Table:
    """Write the model's rows as a member of the ZIP and return its entry for the manifest."""
    label, count = model._meta.label_lower, 0
    with archive.writing(into, f"tables/{label}.jsonl") as member:
        for line in rows.lines(model):
            member.write(line)
            count += 1
    return Table(label, rows.columns_of(model), count, rows.last_key(model), member.sha256)


def _write_uploads(into: zipfile.ZipFile) -> Iterator[Upload]:
    """Write each uploaded file as a member of the ZIP and yield its entry. Raises UnfitError for an unfit name."""
    for name, path in uploads.files():
        try:
            name.encode()
            source = path.open("rb")
        except UnicodeEncodeError:
            raise UnfitError("Eine hochgeladene Datei hat einen Namen, der kein Text ist. Bitte umbenennen.") from None
        except FileNotFoundError:
            continue  # deleted since the folder was listed
        with source, archive.writing(into, f"uploads/{name}") as member:
            while data := source.read(archive.CHUNK):
                member.write(data)
        yield Upload(name, member.size, member.sha256)
