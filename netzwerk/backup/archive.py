"""The backup file: a ZIP with a member per table, a member per uploaded file and, last, a manifest.

A table is stored as JSON lines: a list of values per row, in the order of the manifest's columns.
"""

import hashlib
import json
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.utils import timezone

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024  # bytes
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class UnfitError(Exception):
    """The file or the target cannot be used; the message is a German sentence that says what to do."""


@dataclass(frozen=True)
class Table:
    """The rows of one model. `last_key` is the highest key ever assigned, None if the database assigns none."""

    model: str
    columns: tuple[str, ...]
    rows: int
    last_key: int | None
    sha256: str

    @property
    def member(self) -> str:
        """Name of the ZIP member."""
        return f"tables/{self.model}.jsonl"


@dataclass(frozen=True)
class Upload:
    """One uploaded file: its path below MEDIA_ROOT and its size in bytes."""

    path: str
    size: int
    sha256: str

    @property
    def member(self) -> str:
        """Name of the ZIP member."""
        return f"uploads/{self.path}"


@dataclass(frozen=True)
class Manifest:
    """The contents of the file, and the migrations that the saved database had."""

    version: str
    made_at: str
    database: str
    migrations: frozenset[tuple[str, str]]
    tables: tuple[Table, ...]
    uploads: tuple[Upload, ...]

    def dump(self) -> bytes:
        """Return the manifest as JSON."""
        says = {"program": "netzwerk", "format": FORMAT, **asdict(self), "migrations": sorted(self.migrations)}
        return json.dumps(says, indent=1).encode()

    @classmethod
    def load(cls, text: bytes) -> "Manifest":
        """Parse a manifest. Raises UnfitError for a newer format and for anything but a manifest of this program."""
        try:
            says = json.loads(text)
            if says["program"] != "netzwerk":
                raise ValueError
            if says["format"] > FORMAT:
                newer = f"Die Datei stammt von einer neueren Version ({says['version']})."
                raise UnfitError(f"{newer} Bitte zuerst das Programm erneuern.")
            return cls(
                version=str(says["version"]),
                made_at=str(says["made_at"]),
                database=str(says["database"]),
                migrations=frozenset((str(app), str(name)) for app, name in says["migrations"]),
                tables=tuple(_table(**entry) for entry in says["tables"]),
                uploads=tuple(_upload(**entry) for entry in says["uploads"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise UnfitError(
                "Das Verzeichnis in der Datei ist nicht lesbar. Bitte eine andere Sicherung nehmen."
            ) from None


def _table(*, model: str, columns: list[str], rows: int, last_key: int | None, sha256: str) -> Table:
    table = Table(str(model), tuple(map(str, columns)), int(rows), None if last_key is None else int(last_key), sha256)
    if table.rows < 0 or not 0 <= (table.last_key or 0) < 1 << 63:
        raise ValueError
    return table


def _upload(*, path: str, size: int, sha256: str) -> Upload:
    """Return the entry of an upload. Raises ValueError for a path that would leave the folder it is unpacked into."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or str(pure) != path or not pure.parts or ".." in pure.parts or "\0" in path:
        raise ValueError
    return Upload(path, int(size), sha256)


def program_version() -> str:
    """Return this program's version, read from pyproject.toml."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


def now() -> str:
    """Return this instant in UTC as text (ISO 8601, whole seconds), for the manifest."""
    return timezone.now().isoformat(timespec="seconds")


class Member:
    """A ZIP member that is being written, with its size in bytes and its checksum so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self._digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append data to the member."""
        self.file.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """SHA-256 of the data written so far, as hex digits."""
        return self._digest.hexdigest()


@contextmanager
def writing(archive: zipfile.ZipFile, name: str) -> Iterator[Member]:
    """Open a new member for writing; it may be larger than 4 GiB (ZIP64)."""
    with archive.open(name, "w", force_zip64=True) as file:
        yield Member(file)


class Backup:
    """A backup file opened for reading. Raises UnfitError without a readable manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = archive.namelist()
        if MANIFEST not in self.names:
            raise UnfitError("Die Datei ist keine Sicherung dieses Programms: Ihr fehlt das Verzeichnis.")
        self.manifest = Manifest.load(self.archive.read(MANIFEST))

    def verify(self) -> None:
        """Read every member once. Raises UnfitError if one is missing, unexpected or differs from the manifest."""
        tables, uploads = self.manifest.tables, self.manifest.uploads
        members = [*(table.member for table in tables), *(upload.member for upload in uploads)]
        if sorted(self.names) != sorted([MANIFEST, *members]):
            raise UnfitError("In der Datei fehlt etwas, oder es ist etwas zu viel darin. Bitte eine andere nehmen.")
        with _translate_errors():
            for table in tables:
                _, lines, sha256 = self._measure(table.member)
                self._compare(table.member, (lines, sha256) == (table.rows, table.sha256))
            for upload in uploads:
                size, _, sha256 = self._measure(upload.member)
                self._compare("uploads/", (size, sha256) == (upload.size, upload.sha256))

    def open(self, part: Table | Upload) -> IO[bytes]:
        """Return the content of a table or an upload as a stream."""
        return self.archive.open(part.member)

    def _measure(self, name: str) -> tuple[int, int, str]:
        """Return a member's size in bytes, its number of lines and its checksum."""
        size, lines, digest = 0, 0, hashlib.sha256()
        with self.archive.open(name) as file:
            while data := file.read(CHUNK):
                size += len(data)
                lines += data.count(b"\n")
                digest.update(data)
        return size, lines, digest.hexdigest()

    def _compare(self, name: str, is_alike: bool) -> None:
        if not is_alike:
            raise UnfitError(
                f"Die Datei ist beschädigt: Die Prüfsumme bei {name} passt nicht. Bitte eine andere nehmen."
            )


@contextmanager
def reading(path: Path) -> Iterator[Backup]:
    """Open a backup. Raises UnfitError for a truncated file or no backup, OSError for a missing file."""
    with ExitStack() as stack:
        with _translate_errors():
            backup = Backup(stack.enter_context(zipfile.ZipFile(path)))
        yield backup


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Turn the errors that zipfile raises for a broken file into an UnfitError."""
    try:
        yield
    except _UNREADABLE:
        raise UnfitError(
            "Die Datei ist keine Sicherung oder nicht vollständig. Bitte eine andere nehmen oder neu kopieren."
        ) from None
