"""The file of a backup: a ZIP with a member per table, a member per uploaded file and a manifest, which comes last.

A table is JSON lines: a list of values per row, in the order of the manifest's columns.
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
    """This file, or this target, will not do; the message is a German sentence with the way out."""


@dataclass(frozen=True)
class Table:
    """The rows of one model. `last_key` is the highest key that was ever given away, where the database counts."""

    model: str
    columns: tuple[str, ...]
    rows: int
    last_key: int | None
    sha256: str

    @property
    def member(self) -> str:
        """Its name in the file."""
        return f"tables/{self.model}.jsonl"


@dataclass(frozen=True)
class Upload:
    """One uploaded file: its path below MEDIA_ROOT, its size in bytes."""

    path: str
    size: int
    sha256: str

    @property
    def member(self) -> str:
        """Its name in the file."""
        return f"uploads/{self.path}"


@dataclass(frozen=True)
class Manifest:
    """What the file holds, and which migrations the database had that it comes from."""

    version: str
    made_at: str
    database: str
    migrations: frozenset[tuple[str, str]]
    tables: tuple[Table, ...]
    uploads: tuple[Upload, ...]

    def dump(self) -> bytes:
        """As JSON."""
        says = {"program": "netzwerk", "format": FORMAT, **asdict(self), "migrations": sorted(self.migrations)}
        return json.dumps(says, indent=1).encode()

    @classmethod
    def load(cls, text: bytes) -> "Manifest":
        """Read it back. Raises UnfitError for a newer format and for what is no manifest of ours."""
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
    """An upload that stays below the folder it is unpacked into. Raises ValueError for any other."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or str(pure) != path or not pure.parts or ".." in pure.parts or "\0" in path:
        raise ValueError
    return Upload(path, int(size), sha256)


def program_version() -> str:
    """The version of this program."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


def now() -> str:
    """This instant in UTC, for the manifest."""
    return timezone.now().isoformat(timespec="seconds")


class Member:
    """One member being written, with its size in bytes and its checksum so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self._digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append."""
        self.file.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of what is written so far."""
        return self._digest.hexdigest()


@contextmanager
def writing(archive: zipfile.ZipFile, name: str) -> Iterator[Member]:
    """Write one member, of any size."""
    with archive.open(name, "w", force_zip64=True) as file:
        yield Member(file)


class Backup:
    """A file that is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = archive.namelist()
        if MANIFEST not in self.names:
            raise UnfitError("Die Datei ist keine Sicherung dieses Programms: Ihr fehlt das Verzeichnis.")
        self.manifest = Manifest.load(self.archive.read(MANIFEST))

    def verify(self) -> None:
        """Read everything once. Raises UnfitError where a member is missing, too much or not as the manifest says."""
        tables, uploads = self.manifest.tables, self.manifest.uploads
        members = [*(table.member for table in tables), *(upload.member for upload in uploads)]
        if sorted(self.names) != sorted([MANIFEST, *members]):
            raise UnfitError("In der Datei fehlt etwas, oder es ist etwas zu viel darin. Bitte eine andere nehmen.")
        with _readable():
            for table in tables:
                _, lines, sha256 = self._measure(table.member)
                self._compare(table.member, (lines, sha256) == (table.rows, table.sha256))
            for upload in uploads:
                size, _, sha256 = self._measure(upload.member)
                self._compare("uploads/", (size, sha256) == (upload.size, upload.sha256))

    def open(self, part: Table | Upload) -> IO[bytes]:
        """Its content as a stream."""
        return self.archive.open(part.member)

    def _measure(self, name: str) -> tuple[int, int, str]:
        """Size in bytes, number of lines, checksum."""
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
    """Open a backup. Raises UnfitError for what is none or lacks its end, OSError where there is no file."""
    with ExitStack() as stack:
        with _readable():
            backup = Backup(stack.enter_context(zipfile.ZipFile(path)))
        yield backup


@contextmanager
def _readable() -> Iterator[None]:
    """What zipfile says of a broken file, as a sentence of ours."""
    try:
        yield
    except _UNREADABLE:
        raise UnfitError(
            "Die Datei ist keine Sicherung oder nicht vollständig. Bitte eine andere nehmen oder neu kopieren."
        ) from None
