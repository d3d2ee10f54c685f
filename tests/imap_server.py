"""A small IMAP server on loopback (RFC 3501), for what no well-behaved one would show.

It breaks the connection, loses mails between SEARCH and FETCH, lacks MOVE, is full, or numbers its mails anew.
"""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_MOVING = re.compile(r'UID (COPY|MOVE) (\d+) "?([^"]+)"?')
_FETCHING = re.compile(r"UID FETCH (\d+) .*<0\.(\d+)>")
_STORING = re.compile(r"UID STORE (\d+)")


@dataclass
class Imap:
    """The mails of each folder by number, and how the server misbehaves."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    capabilities: str = "IMAP4rev1 NAMESPACE MOVE UIDPLUS"
    prefix: str = ""
    validity: int = 1
    deleted: set[int] = field(default_factory=set)
    cut_at: int = 0  # the connection breaks in the middle of this mail
    lost: set[int] = field(default_factory=set)  # found by SEARCH, gone at FETCH
    is_full: bool = False
    said: list[str] = field(default_factory=list)
    port: int = 0

    def put(self, *mails: bytes) -> None:
        """Deliver."""
        inbox = self.folders["INBOX"]
        for mail in mails:
            inbox[max(inbox, default=0) + 1] = mail

    def answer(self, line: str) -> list[bytes] | None:
        """What it says to a command, without the tag; None: the connection breaks."""
        self.said.append(line)
        word = line.split(" ", 2)[0 if not line.startswith("UID") else 1]
        return getattr(self, f"_{word.lower()}", self._noop)(line)

    def _noop(self, line: str) -> list[bytes]:
        return [b"OK"]

    def _capability(self, line: str) -> list[bytes]:
        return [f"* CAPABILITY {self.capabilities}".encode(), b"OK"]

    def _login(self, line: str) -> list[bytes]:
        return [b"OK"] if '"geheim"' in line or line.endswith("geheim") else [b"NO [AUTHENTICATIONFAILED] wrong"]

    def _namespace(self, line: str) -> list[bytes]:
        return [f'* NAMESPACE (("{self.prefix}" ".")) NIL NIL'.encode(), b"OK"]

    def _list(self, line: str) -> list[bytes]:
        wanted = line.split(" ")[-1].strip('"')
        found = [name for name in self.folders if wanted in ("*", name)]
        return [*(f'* LIST () "." "{name}"'.encode() for name in found), b"OK"]

    def _create(self, line: str) -> list[bytes]:
        self.folders[line.split(" ", 1)[1].strip('"')] = {}
        return [b"OK"]

    def _select(self, line: str) -> list[bytes]:
        if line.split(" ", 1)[1].strip('"') not in self.folders:
            return [b"NO no such folder"]
        return [b"* 0 EXISTS", f"* OK [UIDVALIDITY {self.validity}] valid".encode(), b"OK [READ-WRITE]"]

    def _search(self, line: str) -> list[bytes]:
        found = sorted({*self.folders["INBOX"], *self.lost} - self.deleted)
        return [("* SEARCH " + " ".join(map(str, found))).encode(), b"OK"]

    def _fetch(self, line: str) -> list[bytes] | None:
        uid, limit = map(int, _FETCHING.search(line).groups())
        if uid == self.cut_at:
            return None
        if uid not in self.folders["INBOX"]:
            return [b"OK"]
        whole = self.folders["INBOX"][uid]
        about = f'* 1 FETCH (UID {uid} RFC822.SIZE {len(whole)} INTERNALDATE "03-Feb-2027 09:15:00 +0100" BODY[]<0> '
        raw = whole[:limit]
        return [f"{about}{{{len(raw)}}}".encode() + b"\r\n" + raw + b")", b"OK"]

    def _copy(self, line: str) -> list[bytes]:
        _, uid, folder = _MOVING.search(line).groups()
        if self.is_full:
            return [b"NO [OVERQUOTA] full"]
        if int(uid) not in self.folders["INBOX"]:
            return [b"NO gone"]
        self.folders[folder][len(self.folders[folder]) + 1] = self.folders["INBOX"][int(uid)]
        return [b"OK"]

    def _move(self, line: str) -> list[bytes]:
        said = self._copy(line)
        if said == [b"OK"]:
            del self.folders["INBOX"][int(_MOVING.search(line).group(2))]
        return said

    def _store(self, line: str) -> list[bytes]:
        self.deleted.add(int(_STORING.search(line).group(1)))
        return [b"OK"]

    def _expunge(self, line: str) -> list[bytes]:
        numbers = [int(line.rsplit(" ", 1)[1])] if line.startswith("UID") else sorted(self.deleted)
        for number in numbers:
            self.folders["INBOX"].pop(number, None)
        return [b"OK"]


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Imap = self.server.imap
        self.wfile.write(b"* OK hello\r\n")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            answer = server.answer(command)
            if answer is None:
                self.wfile.write(b"* 1 FETCH (UID 1 BODY[] {1000}\r\nhalf a mail")
                return
            *untagged, last = answer
            self.wfile.write(b"".join(part + b"\r\n" for part in untagged) + f"{tag} ".encode() + last + b" done\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


@contextmanager
def imap_server(**given: object) -> Iterator[Imap]:
    """Serve until the block ends."""
    imap = Imap(**given)
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.imap, imap.port = imap, server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield imap
        finally:
            server.shutdown()
            thread.join()
