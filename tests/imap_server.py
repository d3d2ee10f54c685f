"""A mail server with just enough IMAP for our reader; it fails in the ways a test asks for."""

import base64
import contextlib
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Script:
    """The server's mails (UID → bytes), capabilities and failures.

    `refuses` maps a command to its answer (NO …). A FETCH of the mail `cuts_at` gets half of its bytes, then the server
    hangs up. `vanished` are UIDs that disappear after SEARCH. The command `silent` gets no answer.
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS NAMESPACE"
    before_login: str = "IMAP4rev1"
    prefix: str = ""
    folders: set[str] = field(default_factory=lambda: {"INBOX"})
    moved: dict[str, list[bytes]] = field(default_factory=dict)
    marked: set[int] = field(default_factory=set)
    refuses: dict[str, str] = field(default_factory=dict)
    cuts_at: int = 0
    vanished: set[int] = field(default_factory=set)
    silent: str = ""
    tokens: Callable[[str], bool] | None = None  # lets in whoever has a valid token (XOAUTH2)
    said: list[str] = field(default_factory=list)
    port: int = 0


class _Session(socketserver.StreamRequestHandler):
    script: Script

    def handle(self) -> None:
        self.is_in = False
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, rest = line.partition(" ")
            self.script.said.append(rest)
            name, _, about = rest.partition(" ")
            if name == "UID":
                name, _, about = about.partition(" ")
            if name == self.script.silent:
                self.rfile.readline()
                return
            if name in self.script.refuses:
                self.say(f"{tag} {self.script.refuses[name]}")
                continue
            did = getattr(self, f"do_{name.lower()}", self.do_nothing)(about)
            if did == "hang up":
                return
            if did == "refused":
                self.say(f"{tag} NO AUTHENTICATE failed.")
                continue
            self.say(f"{tag} OK done")
            if name == "LOGOUT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def do_nothing(self, about: str) -> None:
        pass

    def do_login(self, about: str) -> None:
        self.is_in = True

    def do_authenticate(self, about: str) -> str:
        self.say("+ ")
        said = base64.b64decode(self.rfile.readline()).decode()
        token = said.rstrip("\x01").rpartition("Bearer ")[2]
        self.is_in = self.script.tokens is not None and self.script.tokens(token)
        return "" if self.is_in else "refused"

    def do_capability(self, about: str) -> None:
        self.say(f"* CAPABILITY {self.script.capabilities if self.is_in else self.script.before_login}")

    def do_namespace(self, about: str) -> None:
        self.say(f'* NAMESPACE (("{self.script.prefix}" ".")) NIL NIL')

    def do_select(self, about: str) -> None:
        self.say(f"* {len(self.script.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.script.validity}] valid")

    def do_search(self, about: str) -> None:
        found = [number for number in self.script.mails if number not in self.script.marked]
        self.say(f"* SEARCH {' '.join(map(str, found))}")
        for number in self.script.vanished:
            self.script.mails.pop(number, None)

    def do_fetch(self, about: str) -> str:
        number = int(about.split()[0])
        raw = self.script.mails.get(number)
        if raw is None:
            return ""
        self.say(r"* 9 FETCH (FLAGS (\Seen) UID 99)")  # an unsolicited response about another mail
        if "BODY" not in about:
            self.say(f'* 1 FETCH (UID {number} RFC822.SIZE {len(raw)} INTERNALDATE "03-Mar-2026 10:00:00 +0100")')
            return ""
        part = re.search(r"<0\.(\d+)>", about)
        sent = raw[: int(part.group(1))] if part else raw
        self.say(f"* 1 FETCH (UID {number} BODY[]{'<0>' if part else ''} {{{len(sent)}}}")
        if number == self.script.cuts_at:
            self.wfile.write(sent[: len(sent) // 2])
            return "hang up"
        self.wfile.write(sent)
        self.say(")")
        return ""

    def do_list(self, about: str) -> None:
        name = about.split()[-1].strip('"')
        if name in self.script.folders:
            self.say(f'* LIST () "." "{name}"')

    def do_create(self, about: str) -> None:
        self.script.folders.add(about.strip('"'))

    def do_move(self, about: str) -> None:
        self.do_copy(about)
        self.script.mails.pop(int(about.split()[0]), None)

    def do_copy(self, about: str) -> None:
        number, folder = about.split()
        if int(number) in self.script.mails:
            self.script.moved.setdefault(folder.strip('"'), []).append(self.script.mails[int(number)])

    def do_store(self, about: str) -> None:
        self.script.marked.add(int(about.split()[0]))

    def do_expunge(self, about: str) -> None:
        assert about, "a whole folder is expunged"
        self.script.mails.pop(int(about), None)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    certificate: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        with contextlib.suppress(OSError):  # a client that hangs up
            if self.certificate:
                request = self.certificate.wrap_socket(request, server_side=True)
            with request:
                super().finish_request(request, client_address)


@contextmanager
def imap_server(certificate: ssl.SSLContext | None = None, **script: Any) -> Iterator[Script]:
    """Run the server on 127.0.0.1 until the block ends; with a certificate it accepts TLS only."""
    own = Script(**script)
    with _Server(("127.0.0.1", 0), type("Session", (_Session,), {"script": own})) as server:
        server.certificate = certificate
        own.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield own
        finally:
            server.shutdown()
