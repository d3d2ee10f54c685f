"""Mailbox in a local folder (Maildir)."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from mailroom.mailbox_types import FAILED, PROCESSED, Message, NotMoved, Unreachable, Withheld


class Maildir:
    """A folder with new/, cur/ and tmp/. Read mails are moved to .Processed or .Failed.

    Concurrent readers are safe: one of them renames the file, and the other finds nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        """Create the missing folders, but not the parent. Raises Unreachable."""
        if not self.folder.parent.is_dir():
            raise Unreachable(f"Den Ordner {self.folder.parent} gibt es nicht. Bitte prüfen Sie INBOX_URL.")
        try:
            for name in ("", f".{PROCESSED}", f".{FAILED}"):
                for part in ("", "tmp", "new", "cur"):
                    (self.folder / name / part).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unreachable(f"Der Ordner {self.folder} lässt sich nicht anlegen ({error.strerror}).") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        pass

    def messages(self, *, most_bytes: int, last: Sequence[str] = ()) -> Iterator[Message | Withheld]:
        """Yield the mails in new/ and cur/ by arrival, `raw` cut after `most_bytes`; Withheld for an unreadable file.

        Ignores `last`, since no file can break a connection, and files that are gone meanwhile. Raises Unreachable when
        the folder cannot be read.
        """
        found = []
        try:
            for part in ("new", "cur"):
                with os.scandir(self.folder / part) as entries:
                    found += [(Path(one.path), one.inode()) for one in entries if not one.name.startswith(".")]
        except OSError as error:
            raise Unreachable(f"Der Ordner {self.folder} lässt sich nicht lesen ({error.strerror}).") from error
        arrived = []
        for path, inode in found:
            with contextlib.suppress(FileNotFoundError):  # another process has moved it meanwhile
                state = path.lstat()
                if stat.S_ISREG(state.st_mode):
                    arrived.append((_arrival(path.name, state), path.name, path, inode))
        for at, _, path, inode in sorted(arrived, key=lambda one: one[:2]):
            with contextlib.suppress(FileNotFoundError):
                yield _read(path, most_bytes, at) or Withheld(f"{path.parent.name}, inode {inode}")

    def done(self, message: Message, *, failed: bool) -> None:
        """Move the message to .Processed or .Failed; ignore one that is gone. Raises NotMoved on other errors."""
        path = Path(message.key)
        target = self.folder / f".{FAILED if failed else PROCESSED}" / "cur"
        base, _, info = path.name.partition(":")
        name, number = f"{base}:{info or '2,'}", 0
        try:
            while (target / name).exists():
                number += 1
                name = f"{base}_{number}:{info or '2,'}"
            path.rename(target / name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise NotMoved from error


def _read(path: Path, most_bytes: int, at: datetime) -> Message | None:
    """Read the mail in this file; return None when it cannot be read. Raises FileNotFoundError when it is gone."""
    try:
        size = path.lstat().st_size
        with path.open("rb") as file:
            raw = file.read(most_bytes)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    place = f"{path.parent.name}/{path.name.partition(':')[0]}"
    return Message(place, str(path), max(size, len(raw)), raw, at)


def _arrival(name: str, state: os.stat_result) -> datetime:
    """Return the instant of arrival (UTC), at most now: from the file name as delivery programs write it.

    Else it is the time at which the file was last changed or moved.
    """
    named = re.match(r"(\d{9,11})\.", name)
    seconds = int(named.group(1)) if named else max(state.st_mtime, state.st_ctime)
    now = datetime.now(UTC)
    return min(now, datetime.fromtimestamp(seconds, UTC))
