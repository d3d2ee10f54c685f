"""Read the folder of uploaded files for a backup, and exchange it as a whole when one is restored.

Database and folder cannot change in one step. The new folder is complete beside the old one before the database
commits. The same commit adds a table that names the new folder; the next call of `finish_interrupted_restore`
finishes the exchange.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from netzwerk.backup.archive import Backup, UnfitError

MARK = "netzwerk_restored"


def files() -> Iterator[tuple[str, Path]]:
    """Yield each regular file below MEDIA_ROOT, in order: its relative path with slashes and its path. Skips links."""
    for folder, folders, names in os.walk(settings.MEDIA_ROOT):
        folders.sort()
        for path in (Path(folder, name) for name in sorted(names)):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(settings.MEDIA_ROOT).as_posix(), path


@contextmanager
def exclusive_lock() -> Iterator[None]:
    """Hold the lock for one backup or restore in this data folder; the lock ends with the process.

    Raises UnfitError if another process holds it.
    """
    with (settings.DATA_DIR / "backup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UnfitError(
                "Hier läuft schon ein Sichern oder Zurückholen. Bitte warten, bis es fertig ist."
            ) from None
        yield


def unpack(backup: Backup, mark: str) -> None:
    """Write the uploads of a backup into a new folder beside MEDIA_ROOT and sync them to disk.

    Raises UnfitError if MEDIA_ROOT is a mount point, because a mount point cannot be renamed.
    """
    if os.path.ismount(settings.MEDIA_ROOT):
        raise UnfitError(
            f"{settings.MEDIA_ROOT} ist ein eigenes Laufwerk und lässt sich nicht austauschen. "
            "Bitte den Ordner darüber (DATA_DIR) einhängen."
        )
    folder = _new(mark)
    folder.mkdir(mode=0o700, parents=True)
    for upload in backup.manifest.uploads:
        path = folder / upload.path
        for parent in reversed(Path(upload.path).parents):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        with (
            backup.open(upload) as source,
            open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
    for each, _, _ in os.walk(folder):
        fsync_folder(Path(each))
    fsync_folder(folder.parent)


def name_in_database(mark: str) -> None:
    """Record which new folder belongs to the rows. Call it in the transaction that writes the rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {MARK} (mark varchar(40) NOT NULL)")
        cursor.execute(f"INSERT INTO {MARK} (mark) VALUES (%s)", [mark])  # noqa: S608  # nosec B608 # a constant


def finish_interrupted_restore() -> bool:
    """Finish an interrupted restore: exchange the folder if the database names a new one, and remove other new ones.

    Return whether the database named one. Call it outside a transaction. Safe to repeat.
    """
    mark = _named_in_database()
    if mark:
        _exchange(mark)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {MARK}")
    for leftover in settings.MEDIA_ROOT.parent.glob(f"{settings.MEDIA_ROOT.name}.restored-*"):
        shutil.rmtree(leftover)
    return bool(mark)


def _named_in_database() -> str:
    """Return the mark of the new folder that the database names, "" when it names none."""
    if MARK not in connection.introspection.table_names():
        return ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT mark FROM {MARK}")  # noqa: S608  # nosec B608 # a constant
        return str(cursor.fetchone()[0])


def _exchange(mark: str) -> None:
    """Replace MEDIA_ROOT with the new folder. A killed process may have done any number of the steps already."""
    root, new, old = settings.MEDIA_ROOT, _new(mark), _old(mark)
    if new.exists():
        if root.exists() and not old.exists():
            root.rename(old)
        new.rename(root)
        fsync_folder(root.parent)
    if old.exists():
        shutil.rmtree(old)


def _new(mark: str) -> Path:
    return settings.MEDIA_ROOT.with_name(f"{settings.MEDIA_ROOT.name}.restored-{mark}")


def _old(mark: str) -> Path:
    return settings.MEDIA_ROOT.with_name(f"{settings.MEDIA_ROOT.name}.before-{mark}")


def fsync_folder(folder: Path) -> None:
    """Sync the folder to disk, so that files created or renamed in it survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
