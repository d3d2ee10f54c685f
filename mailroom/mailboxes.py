"""Where answers come in: an IMAP folder, or a Maildir. The only module that talks IMAP.

A mailbox is a context manager. `messages` yields what lies in it, oldest first, each with its bytes; `done` puts one
away, to *Processed* or to *Failed*. Which mail was dealt with is the caller's knowledge: nothing is told by flags or
numbers, both of which other programs and servers change.
"""

import contextlib
import imaplib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

TIMEOUT_SECONDS = 30
PROCESSED, FAILED = "Processed", "Failed"
_AT_MOST = 5000  # mails in one run; the next one takes the others
_WHEN = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_PREFIX = re.compile(rb'^\(\("([^"]*)"')  # of one's own folders, RFC 2342 section 5
_TROUBLE = (OSError, imaplib.IMAP4.error, ImapToolsError)


class Unreachable(Exception):
    """The mailbox cannot be read now; `text` says in German what to look at and names no password."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Misconfigured(Unreachable):
    """INBOX_URL is wrong: nobody's mail will be read before it is mended."""


@dataclass(frozen=True)
class Message:
    """What lies in the mailbox: `raw` is cut after `limit` bytes, `size` is that of the whole mail."""

    key: str
    place: str  # folder, its validity and the number in it: for a person who looks for the mail
    raw: bytes
    size: int
    received_at: datetime | None  # UTC


class Mailbox(Protocol):
    """What reading needs."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def messages(self, *, limit: int) -> Iterator[Message]: ...
    def done(self, message: Message, *, is_failed: bool) -> bool: ...


def mailbox(inbox_url: str) -> Mailbox:
    """The mailbox for INBOX_URL. Raises Misconfigured for what cannot be meant; connects to nothing yet."""
    try:
        url = urlsplit(inbox_url)
        url.port  # noqa: B018 - raises ValueError for one that is none
    except ValueError as error:
        raise Misconfigured("INBOX_URL ist keine Adresse eines Postfachs.") from error
    if url.scheme == "maildir":
        return Maildir(url)
    if url.scheme not in ("imap", "imaps"):
        raise Misconfigured("INBOX_URL beginnt weder mit imaps:// oder imap:// noch mit maildir:.")
    return Imap(url)


class Maildir:
    """A folder with `new`, `cur` and `tmp`. What is dealt with moves to the subfolders that mail programs know."""

    def __init__(self, url: SplitResult) -> None:
        self.folder = Path(unquote(url.path))
        if url.netloc or url.query or not self.folder.is_absolute():
            raise Misconfigured("INBOX_URL nennt keinen Ordner. Zum Beispiel: maildir:/var/mail/netzwerk")

    def __enter__(self) -> Self:
        try:
            for folder in ("tmp", "new", "cur", f".{PROCESSED}/cur", f".{FAILED}/cur"):
                (self.folder / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable(f"Der Ordner aus INBOX_URL ist nicht zugänglich ({error.strerror}).") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        pass

    def messages(self, *, limit: int) -> Iterator[Message]:
        """By name, which begins with the time of delivery. What somebody takes away meanwhile is left out."""
        for folder in ("cur", "new"):
            for path in sorted((self.folder / folder).iterdir())[:_AT_MOST]:
                if message := self._read(path, limit):
                    yield message

    def _read(self, path: Path, limit: int) -> Message | None:
        try:
            with path.open("rb") as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    return None
                raw = file.read(limit)
        except OSError:  # gone, a folder, or not ours: the others go on
            return None
        received_at = datetime.fromtimestamp(about.st_mtime, UTC)
        place = path.relative_to(self.folder).as_posix()
        return Message(str(path), place.encode("utf-8", "replace").decode(), raw, about.st_size, received_at)

    def done(self, message: Message, *, is_failed: bool) -> bool:
        """Rename it; False when somebody else was faster, or may not."""
        path = Path(message.key)
        name = path.name if ":2," in path.name else f"{path.name}:2,"
        try:
            path.rename(self.folder / f".{FAILED if is_failed else PROCESSED}" / "cur" / name)
        except OSError:
            return False
        return True


class Imap:
    """One folder on an IMAP server; the folders for what is dealt with are made beside it."""

    _client: BaseMailBox

    def __init__(self, url: SplitResult) -> None:
        options = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        asked = options.pop("tls", "none")
        if options or asked not in ("starttls", "none") or (asked == "starttls" and url.scheme == "imaps"):
            raise Misconfigured("In INBOX_URL steht hinter dem Fragezeichen etwas anderes als tls=starttls.")
        if not url.hostname or not url.username or url.password is None:
            raise Misconfigured("INBOX_URL nennt nicht Benutzer, Kennwort und Server.")
        self.host, self.encryption = url.hostname, "tls" if url.scheme == "imaps" else asked
        self.port = url.port or (993 if url.scheme == "imaps" else 143)
        self._login = unquote(url.username), unquote(url.password)
        self.folder = unquote(url.path).strip("/") or "INBOX"

    def __enter__(self) -> Self:
        try:
            self._client = self._connected()
        except _TROUBLE as error:
            raise Unreachable(f"Das Postfach auf {self.host} antwortet nicht ({type(error).__name__}).") from error
        try:
            self._client.login(*self._login, initial_folder=None)
            # imaplib keeps what the server could do before the login; without MOVE, moving would expunge the folder.
            found: Any = self._client.client.capability()
            self._client.client.capabilities = tuple(found[1][-1].decode().upper().split())
        except _TROUBLE as error:
            self._leave()
            raise Unreachable(f"Das Postfach auf {self.host} nimmt unsere Anmeldung nicht an.") from error
        try:
            self._client.folder.set(self.folder)
            self._prepare()
        except _TROUBLE as error:
            self._leave()
            raise Unreachable(f"Der Ordner {self.folder} auf {self.host} ist nicht zugänglich.") from error
        return self

    def _connected(self) -> BaseMailBox:
        kind = {"tls": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}[self.encryption]
        client: BaseMailBox = kind(self.host, self.port, timeout=TIMEOUT_SECONDS)
        return client

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(*_TROUBLE):  # a connection that is gone needs no farewell
            self._client.logout()
        with contextlib.suppress(*_TROUBLE):
            self._client.client.shutdown()  # logout leaves it open when the farewell fails

    def _prepare(self) -> None:
        """Find the names of the two folders, and make those that are missing."""
        prefix, client = "", self._client.client
        if self._knows("NAMESPACE"):
            found = _PREFIX.match((client.namespace()[1][0] or b"") if client else b"")
            prefix = found.group(1).decode() if found else ""
        self._folders = {False: f"{prefix}{PROCESSED}", True: f"{prefix}{FAILED}"}
        for folder in self._folders.values():
            if not self._client.folder.exists(folder):
                self._client.folder.create(folder)
        validity: Any = client.response("UIDVALIDITY")[1]
        self._validity = validity[-1].decode() if validity and validity[-1] else ""

    def _knows(self, capability: str) -> bool:
        return capability in self._client.client.capabilities

    def messages(self, *, limit: int) -> Iterator[Message]:
        """By number, but for those that wait to be expunged. What somebody deletes meanwhile is left out.

        Raises Unreachable when the connection breaks; what was yielded before is not affected.
        """
        try:
            for uid in self._client.uids("UNDELETED", charset=None)[:_AT_MOST]:
                if message := self._fetched(uid, limit):
                    yield message
        except _TROUBLE as error:
            raise Unreachable(f"Die Verbindung zum Postfach auf {self.host} brach ab.") from error

    def _fetched(self, uid: str, limit: int) -> Message | None:
        """One mail, not marked as seen; no more than its first `limit` bytes."""
        asked = f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{limit}>)"
        answer: Any = self._client.client.uid("FETCH", uid, asked)
        parts = [part for part in answer[1] if isinstance(part, tuple)]
        if answer[0] != "OK" or not parts:
            return None
        about = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer[1] if part)
        raw, said = parts[0][1], _SIZE.search(about)
        size = int(said.group(1)) if said and len(raw) >= limit else len(raw)  # some servers guess the size
        place = f"{self.folder}/{self._validity}/{uid}"
        return Message(uid, place, raw, max(size, len(raw)), _instant(_WHEN.search(about)))

    def done(self, message: Message, *, is_failed: bool) -> bool:
        """Move it; False when the server would not, or somebody else was faster. Expunges nothing but this mail."""
        folder, uid, client = self._folders[is_failed], message.key, self._client.client
        try:
            if self._knows("MOVE"):  # RFC 6851
                self._client.move(uid, folder)
                return True
            self._client.copy(uid, folder)
            client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
            if self._knows("UIDPLUS"):  # RFC 4315 section 2.1; without it the mark has to be enough
                client.uid("EXPUNGE", uid)
        except imaplib.IMAP4.abort as error:
            raise Unreachable(f"Die Verbindung zum Postfach auf {self.host} brach ab.") from error
        except (imaplib.IMAP4.error, ImapToolsError):
            return False
        except OSError as error:
            raise Unreachable(f"Die Verbindung zum Postfach auf {self.host} brach ab.") from error
        return True


def _instant(found: re.Match[bytes] | None) -> datetime | None:
    """„26-Nov-2026 09:15:00 +0100“ (RFC 3501 section 9, date-time) as an instant in UTC."""
    if found is None:
        return None
    with contextlib.suppress(ValueError):
        day, _, rest = found.group(1).decode("ascii", "replace").strip().partition("-")
        month, _, rest = rest.partition("-")
        number = _MONTHS.index(month.lower()) + 1
        return datetime.strptime(f"{day}-{number}-{rest}", "%d-%m-%Y %H:%M:%S %z").astimezone(UTC)
    return None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
