"""The demo as a newcomer starts it: real processes on a free port, in a folder of its own."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from tests.waiting import PATIENCE, free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


class Demo:
    """One running demo."""

    def __init__(self, folder: Path, *, port: int | None = None, **environment: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.said = self.health = ""
        self.code: int | None = None
        self.url = f"http://127.0.0.1:{self.port}"
        self.browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        given = {"PATH": os.environ["PATH"], "HOME": str(folder), "ENV_FILE": os.devnull, "DEMO": "1", **environment}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(self.port)],
            cwd=ROOT,
            env={**given, "DATA_DIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until_ready(self) -> str:
        """Everything that it prints up to and with the line „bereit: …“."""
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("bereit: "):
                return said
        raise AssertionError(f"nicht bereit:\n{said}\n{self.logs()}")

    def logs(self) -> str:
        """What the processes wrote."""
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("log/*.log")))

    def get(self, path: str) -> str:
        """A page, as the browser of this demo gets it."""
        with self.browser.open(f"{self.url}{path}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def send(self, path: str, **fields: str) -> str:
        """Fill in the form on a page and press its button; the page that follows."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token, f"{path} hat kein Formular"
        data = urlencode({"csrfmiddlewaretoken": token.group(1), **fields}).encode()
        with self.browser.open(f"{self.url}{path}", data, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def rows(self, query: str) -> list[tuple]:
        """Ask the demo's SQLite file."""
        with closing(sqlite3.connect(self.folder / "netzwerk.sqlite3", timeout=PATIENCE)) as database:
            return database.execute(query).fetchall()

    def change(self, statement: str) -> None:
        """Change the demo's SQLite file behind its back."""
        with closing(sqlite3.connect(self.folder / "netzwerk.sqlite3", timeout=PATIENCE)) as database, database:
            database.execute(statement)

    def refusal(self) -> tuple[int, str]:
        """Exit code and first sentence of a demo that does not start."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, re.sub(r"^CommandError: ", "", said).split(" Bitte ")[0]

    def processes(self) -> dict[int, str]:
        """Process id → command of everything that lives in this demo's folder, grandchildren included."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if f"DATA_DIR={self.folder}\0".encode() in (entry / "environ").read_bytes() + b"\0":
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ProcessLookupError):
                continue
        return {pid: command for pid, command in found.items() if command}

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal to the one process; its exit code, as soon as nothing is left."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        wait_for("alle Prozesse sind zu Ende", lambda: not self.processes())
        return code


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Demo]:
    """A demo that is ended whatever happens."""
    demo = Demo(folder, **options)
    try:
        yield demo
    finally:
        for pid in demo.processes():
            os.kill(pid, signal.SIGKILL)
        demo.process.kill()
        demo.process.communicate()


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, str]]:
    """A redis that keeps nothing; its addresses for a broker and for a cache."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for("redis antwortet", answers)
            yield f"redis://127.0.0.1:{port}/0", f"redis://127.0.0.1:{port}/1"
        finally:
            server.terminate()
