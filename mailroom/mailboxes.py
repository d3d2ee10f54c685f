"""Mailboxes for incoming mails: a mail server (IMAP) or a folder (`mailroom.maildir`). Only this module speaks IMAP.

A mailbox yields its messages one after the other and moves each to another folder once it is stored. It never decides
whether a message is new: two readers may see the same one, and a mail server may reuse a number.
"""

import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError, UnexpectedCommandStatusError

from mailroom import login_errors, oauth
from mailroom.mailbox_types import FAILED, PROCESSED, Mailbox, Message, Misconfigured, NotMoved, Unreachable, Withheld
from mailroom.maildir import Maildir
from mailroom.smtp import is_here

TIMEOUT_SECONDS = 30


def mailbox(url: str, *, client: oauth.Client | None = None, plain_hosts: Collection[str] = ()) -> Mailbox:
    """Return the mailbox for INBOX_URL. Opens no connection.

    `client` asks for tokens where the URL says auth=xoauth2. To `plain_hosts`, as to this machine, user and password
    may go unencrypted. Raises Misconfigured for an invalid URL or a client with incomplete settings.
    """
    if url.startswith("maildir:"):
        return _maildir(url)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for one that is none
    except ValueError as error:
        raise Misconfigured("INBOX_URL ist keine Adresse eines Postfachs.") from error
    if parts.scheme not in ("imap", "imaps"):
        raise Misconfigured("INBOX_URL beginnt weder mit imaps:// noch mit maildir:.")
    is_near = is_here(parts.hostname or "") or parts.hostname in plain_hosts
    return Imap(parts, client=client, is_near=is_near)


def _maildir(url: str) -> Maildir:
    """Return the Maildir for `maildir:/path` or `maildir:///path`; the path is not percent-decoded.

    Raises Misconfigured for a relative path, "/" or a NUL.
    """
    path = url.removeprefix("maildir:")
    path = path.removeprefix("//") if path.startswith("///") else path
    if not path.startswith("/") or "\0" in path or path == "/":
        raise Misconfigured("INBOX_URL nennt hinter maildir: keinen Ordner, der mit / beginnt.")
    return Maildir(Path(path))


class _Refused(Exception):
    """The server refuses to hand over this mail, or answers without its size or its bytes."""


class _TokenRefused(Exception):
    """The server refuses the login with this token. `text` says why in German."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Imap:
    """One folder on a mail server, over one connection. Read mails are moved to the folders Processed and Failed.

    The folder is the path of the URL, else INBOX. The constructor raises Misconfigured for a URL without host, user or
    password, with query, fragment or unprintable characters, or without encryption to another machine.
    """

    def __init__(self, url: SplitResult, *, client: oauth.Client | None, is_near: bool) -> None:
        self.host, self.is_encrypted = url.hostname or "", url.scheme == "imaps"
        self.port = url.port or (993 if self.is_encrypted else 143)
        self.user, self._password = unquote(url.username or ""), unquote(url.password or "")
        self.folder = unquote(url.path.strip("/")) or "INBOX"
        if not self.host:
            raise Misconfigured("INBOX_URL nennt keinen Mailserver.")
        options = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        login = options.pop("auth", "password")
        if options or url.fragment or login not in ("password", "xoauth2") or (url.query and "auth" not in url.query):
            raise Misconfigured(
                "In INBOX_URL steht hinter dem Ordner ein # oder etwas anderes als ?auth=xoauth2. In Namen und "
                "Kennwort gehört dafür %3F oder %23."
            )
        self._client = client if login == "xoauth2" else None
        self._token = ""
        if login == "xoauth2":
            if problem := (client or oauth.Client()).problem():
                raise Misconfigured(problem)
            if not self.user or self._password:
                raise Misconfigured(
                    "Zu auth=xoauth2 gehört in INBOX_URL die Adresse des Postfachs und kein Kennwort: "
                    "imaps://post%40amt.example@mail.example/INBOX?auth=xoauth2"
                )
        elif not self.user or not self._password:
            raise Misconfigured("INBOX_URL nennt nicht Namen und Kennwort des Postfachs.")
        if any(not character.isprintable() for character in self.user + self._password + self.folder):
            raise Misconfigured("INBOX_URL enthält Zeichen, die niemand tippen kann.")
        if not self.is_encrypted and not is_near:
            raise Misconfigured(
                "Mit dieser INBOX_URL ginge das Kennwort unverschlüsselt über das Netz: bitte imaps://. Ein eigener "
                "Vermittler im selben Netz gehört in MAIL_PLAIN_HOSTS."
            )
        self._open: BaseMailBox | None = None
        self._places: dict[str, str] = {}

    @property
    def _box(self) -> BaseMailBox:
        if self._open is None:
            raise Unreachable("Das Postfach ist nicht geöffnet.")
        return self._open

    def __enter__(self) -> Self:
        """Connect, log in and select the folder; a refused token is replaced once.

        Raises Unreachable and then leaves no connection open.
        """
        try:
            self._connect()
        except _TokenRefused:
            try:
                self._connect(refused=self._token)
            except _TokenRefused as error:
                raise Unreachable(error.text) from error
        return self

    def _connect(self, *, refused: str = "") -> None:
        """Connect, log in and select the folder. Raises Unreachable, or _TokenRefused; then no connection is open."""
        with self._translate_errors():
            if self.is_encrypted:
                trusted = ssl.create_default_context()
                self._open = MailBox(self.host, self.port, timeout=TIMEOUT_SECONDS, ssl_context=trusted)
            else:
                self._open = MailBoxUnencrypted(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            with self._translate_errors():
                self._log_in(refused)
        except (Unreachable, _TokenRefused):
            self._hang_up()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if kind is None and self._open is not None:  # after an error the connection may be broken
            with contextlib.suppress(UnexpectedCommandStatusError, imaplib.IMAP4.error, OSError):
                self._open.logout()
        self._hang_up()

    def messages(self, *, most_bytes: int, last: Sequence[str] = ()) -> Iterator[Message | Withheld]:
        """Yield the mails in the folder that are not marked as deleted, by number (UID); fetch each one on its own.

        Ignores the other flags, since people and their programs set them. Cuts `raw` after `most_bytes`. Yields
        Withheld for a mail that the server refuses, and leaves out one that is gone meanwhile. The places in `last`
        come last, in that order: when the connection breaks at one of these again, the mail is the cause; it is
        withheld and the run ends. At any other mail this raises Unreachable with the mail's place.
        """
        with self._translate_errors():
            numbers = self._box.uids("UNDELETED", charset=None)
            validity = (self._box.client.response("UIDVALIDITY")[1] or [b""])[0] or b""
        named = f"{self.folder} {validity.decode('ascii', 'replace')}"
        late = {place: order for order, place in enumerate(last)}
        by_turn = sorted(map(int, numbers), key=lambda number: (late.get(f"{named} {number}", -1), number))
        for number in by_turn:
            place = f"{named} {number}"
            try:
                with self._translate_errors():
                    found = self._fetch(str(number), most_bytes)
            except _Refused:
                yield Withheld(place)
                continue
            except Unreachable as error:
                error.place = place
                if place not in late:
                    raise
                yield Withheld(place)
                return
            if found:
                yield Message(place, str(number), *found)

    def done(self, message: Message, *, failed: bool) -> None:
        """Move the message to Processed or Failed; ignore one that another process has moved or deleted.

        Creates the folder if it is missing. Raises NotMoved when the server refuses, Unreachable when the connection
        breaks.
        """
        with self._translate_errors():
            try:
                self._move(message.key, self._ensure_folder(FAILED if failed else PROCESSED))
            except imaplib.IMAP4.readonly as error:
                raise NotMoved from error
            except imaplib.IMAP4.abort:
                raise
            except (UnexpectedCommandStatusError, imaplib.IMAP4.error) as error:
                raise NotMoved from error

    def _log_in(self, refused: str) -> None:
        """Log in, ask for the capabilities again and select the folder. `refused` is a token that the server refused.

        Raises Unreachable for a refused login or a missing folder, _TokenRefused for a refused token; the caller
        translates the other errors.
        """
        box = self._box
        try:
            if self._client is not None:
                self._token = oauth.access_token(self._client, refused=refused)
                box.xoauth2(self.user, self._token, initial_folder=None)
            elif (self.user + self._password).isascii():
                box.login(self.user, self._password, initial_folder=None)
            else:
                box.login_utf8(self.user, self._password, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except oauth.NoToken as error:
            raise Unreachable(error.text) from error
        except (MailboxLoginError, imaplib.IMAP4.error) as error:
            roles, with_token = oauth.roles(self._token), self._client is not None
            text = login_errors.imap_refused(str(error), roles=roles, with_token=with_token)
            raise (_TokenRefused if with_token else Unreachable)(text) from error
        # The library keeps the capabilities from before the login, which often lack MOVE.
        box.client.capabilities = tuple(box.client.capability()[1][-1].decode().upper().split())
        try:
            box.folder.set(self.folder)
        except imaplib.IMAP4.abort:
            raise
        except (MailboxFolderSelectError, imaplib.IMAP4.error) as error:
            if login_errors.is_not_connected(str(error)):
                raise Unreachable(login_errors.NOT_AT_THE_MAILBOX) from error
            if not isinstance(error, MailboxFolderSelectError):
                raise
            raise Unreachable(
                f"Den Ordner „{self.folder}“ gibt es im Postfach nicht. Bitte prüfen Sie INBOX_URL."
            ) from error

    def _fetch(self, number: str, most_bytes: int) -> tuple[int, bytes, datetime] | None:
        """Return a mail's full size in bytes, its bytes up to `most_bytes`, and its arrival; None when it is gone.

        Asks for the size first, so that it never fetches more than `most_bytes`. Raises _Refused.
        """
        about = self._ask(number, "(UID RFC822.SIZE INTERNALDATE)")
        if not about:
            return None
        told = b" ".join(one for one in about if isinstance(one, bytes))
        size = re.search(rb"RFC822\.SIZE (\d+)", told)
        if not size:
            raise _Refused
        whole = int(size.group(1)) <= most_bytes
        answer = self._ask(number, "(UID BODY.PEEK[])" if whole else f"(UID BODY.PEEK[]<0.{most_bytes}>)")
        bodies = [one[1] for one in answer if isinstance(one, tuple) and b"BODY[]" in one[0].upper()]
        if not bodies:
            if not answer:
                return None
            raise _Refused
        raw = bodies[0]
        return (len(raw) if whole else max(len(raw), int(size.group(1)))), raw[:most_bytes], _instant(told)

    def _ask(self, number: str, what: str) -> list[Any]:
        """Return the server's answers to FETCH about this mail, none when it is gone; `what` names the items.

        Raises _Refused for this mail, and abort for a broken connection.
        """
        try:
            answer, data = self._box.client.uid("FETCH", number, what)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:  # refused for this mail only; others may succeed
            raise _Refused from error
        if answer != "OK":
            raise _Refused
        return [one for one in data if _is_about(one[0] if isinstance(one, tuple) else one, number)]

    def _ensure_folder(self, name: str) -> str:
        """Return the folder's name in the personal namespace of this server; create the folder if it is missing.

        Asks the server once per name. A refusal to create the folder is ignored: the move then fails.
        """
        if name not in self._places:
            folder = self._prefix() + name
            if not self._box.folder.exists(folder):
                with contextlib.suppress(
                    UnexpectedCommandStatusError
                ):  # another reader was faster; else the move says so
                    self._box.folder.create(folder)
                    self._box.folder.subscribe(folder, True)
            self._places[name] = folder
        return self._places[name]

    def _prefix(self) -> str:
        """Return the prefix of personal folders (RFC 2342), e.g. "INBOX."; "" when the server names none."""
        client = self._box.client
        if "NAMESPACE" not in client.capabilities:
            return ""
        _, data = client.namespace()
        personal = re.match(rb'\(\("((?:[^"\\]|\\.)*)"', (data or [b""])[-1] or b"")
        return personal.group(1).decode("ascii", "replace") if personal else ""

    def _move(self, number: str, folder: str) -> None:
        """Move the mail by MOVE, else copy it and delete the original. Raises the library's error for a refusal."""
        client = self._box.client
        if "MOVE" in client.capabilities:
            self._box.move(number, folder)
            return
        self._box.copy(number, folder)
        _expect_ok(client.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)"))
        if (
            "UIDPLUS" in client.capabilities
        ):  # else it stays, marked: a plain EXPUNGE would delete mails that others marked
            _expect_ok(client.uid("EXPUNGE", number))

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn errors of connection, encryption and protocol, and refused commands, into Unreachable.

        Refused logins, missing folders, refused mails and refused moves get errors of their own before they come here.
        All other errors pass. The sentence is German and ours: the library's messages may contain what was sent.
        """
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"Das Zertifikat des Mailservers {self.host} gilt nicht ({error.verify_message})."
            ) from error
        except ssl.SSLError as error:
            raise Unreachable(f"Mit {self.host}, Port {self.port}, kam keine Verschlüsselung zustande.") from error
        except TimeoutError as error:
            raise Unreachable(f"Der Mailserver {self.host} antwortet nicht.") from error
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise Unreachable(f"Keine Verbindung zum Postfach auf {self.host}, Port {self.port} ({reason}).") from error
        except (imaplib.IMAP4.abort, EOFError) as error:
            raise Unreachable(f"Die Verbindung zum Postfach auf {self.host} brach ab.") from error
        except (imaplib.IMAP4.error, UnexpectedCommandStatusError) as error:
            raise Unreachable(f"Der Mailserver {self.host} gibt das Postfach gerade nicht heraus.") from error

    def _hang_up(self) -> None:
        if self._open is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                self._open.client.shutdown()
            self._open = None


def _expect_ok(answer: tuple[str, Any]) -> None:
    if answer[0] != "OK":
        raise UnexpectedCommandStatusError(answer, "OK")


def _is_about(line: bytes | None, number: str) -> bool:
    """Return whether an answer to FETCH is about this mail: a server also reports changes by others."""
    return line is not None and re.search(rb"\bUID %s\b" % number.encode(), line) is not None


def _instant(about: bytes) -> datetime:
    """Return the instant (UTC) of INTERNALDATE, when the server received the mail; now when unreadable or later."""
    now = datetime.now(UTC)
    try:
        local = imaplib.Internaldate2tuple(about)
        return min(now, datetime.fromtimestamp(time.mktime(local), UTC)) if local else now
    except (ValueError, OverflowError, OSError):
        return now
