"""A site of its own: a data folder, a database, the commands of manage.py, and its processes one by one."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import BaseHandler, HTTPCookieProcessor, Request, build_opener

import psycopg
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from netzwerk.demo.processes import Crew
from tests.flows.demo import ROOT
from tests.flows.real_database import fill_postgres
from tests.waiting import PATIENCE, free_port, wait_for


class Browser:
    """Reads pages and sends their forms, with cookies of its own. `path` and `status` are those of the last answer."""

    def __init__(self, url: str, *others: BaseHandler) -> None:
        self.url = url
        self.path, self.status = "", 0
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), *others)

    def get(self, path: str) -> str:
        """A page, redirects followed. Raises HTTPError where there is none."""
        return self._read(self.opener.open(f"{self.url}{path}", timeout=PATIENCE))

    def head(self, path: str) -> None:
        """Ask for the headers alone, as some scanners do."""
        self._read(self.opener.open(Request(f"{self.url}{path}", method="HEAD"), timeout=PATIENCE))

    def post(self, path: str, **fields: Any) -> str:
        """Send these fields and no others, whatever the answer; a field may be a list or an open file."""
        asked = Request(f"{self.url}{path}", encode_multipart(BOUNDARY, fields), {"Content-Type": MULTIPART_CONTENT})
        try:
            answer = self.opener.open(asked, timeout=PATIENCE)
        except HTTPError as error:
            answer = error
        return self._read(answer)

    def send(self, path: str, *, to: str = "", **fields: Any) -> str:
        """Open the page, fill in its form (the one that goes `to` another address) and press its button."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token, f"{path} has no form"
        return self.post(to or self.path, csrfmiddlewaretoken=token.group(1), **fields)

    def _read(self, answer: Any) -> str:
        with answer:
            self.path, self.status = answer.url.removeprefix(self.url), answer.status
            return str(answer.read().decode())


LEAD, PASSWORD = "leitung@amt.example", "ein-langes-Kennwort-7"


class Site:
    """One data folder with a migrated database and a lead; it is made once for each kind and copied from there."""

    _made: Path | None = None
    _made_on_postgres: dict[str, str] = {}  # by kind of cache the name of the database
    root = ROOT  # where its code is

    def __init__(self, folder: Path, *, database_url: str = "", **environment: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {"PATH": os.environ["PATH"], "HOME": str(folder), "ENV_FILE": os.devnull, "DEMO": "1"}
        self.environment = {**given, "DATA_DIR": str(folder), "BASE_URL": self.url, **environment}
        if database_url:
            self.environment["DATABASE_URL"] = database_url
            self._prepare_on_postgres()
        elif Site._made and Site._made.exists():  # the folder it was made in may be gone
            shutil.copy(Site._made, folder / "netzwerk.sqlite3")
        else:
            self._prepare()
            self._keep()

    def _prepare_on_postgres(self) -> None:
        cache = urlsplit(self.environment.get("CACHE_URL", "")).scheme  # the database has a table for it, or none
        if made := Site._made_on_postgres.get(cache):
            fill_postgres(self.database_url, like=made)
            return
        self._prepare()
        made = f"made_{uuid.uuid4().hex}"
        fill_postgres(urlunsplit(urlsplit(self.database_url)._replace(path=f"/{made}")), like=self._name)
        Site._made_on_postgres[cache] = made

    @property
    def _name(self) -> str:
        return urlsplit(self.database_url).path.removeprefix("/")

    def _prepare(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("createcachetable")
        self.manage("createsuperuser", "--noinput", "--email", LEAD, DJANGO_SUPERUSER_PASSWORD=PASSWORD)

    def _keep(self) -> None:
        Site._made = Path(tempfile.mkdtemp(prefix="site-", dir=os.environ["DATA_DIR"])) / "netzwerk.sqlite3"
        shutil.copy(self.folder / "netzwerk.sqlite3", Site._made)

    def rows(self, query: str) -> list[tuple]:
        """Ask the database of the site, past all its processes."""
        if self.database_url:
            with psycopg.connect(self.database_url) as database:
                return database.execute(query).fetchall()
        with closing(sqlite3.connect(self.folder / "netzwerk.sqlite3", timeout=PATIENCE)) as database:
            return database.execute(query).fetchall()

    def change(self, statement: str) -> None:
        """Change the database of the site behind its back."""
        if self.database_url:
            with psycopg.connect(self.database_url) as database:
                database.execute(statement)
        else:
            with closing(sqlite3.connect(self.folder / "netzwerk.sqlite3", timeout=PATIENCE)) as database, database:
                database.execute(statement)

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table, session bookkeeping and the processes' signs of life aside."""
        tables = "information_schema.tables WHERE table_schema = 'public'"
        names = self.rows(
            f"SELECT table_name FROM {tables}"
            if self.database_url
            else "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
        kept = [name for (name,) in names if "session" not in name and name != "common_heartbeat"]
        return {name: sorted(map(repr, self.rows(f'SELECT * FROM "{name}"'))) for name in kept}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        """Start a command of manage.py."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command to its end; what it wrote. Fails unless it ends well."""
        process = self.start(*arguments, **environment)
        said, _ = process.communicate(timeout=PATIENCE)  # a restore on a busy machine
        assert process.returncode == 0, said
        return said

    @contextmanager
    def serving(self, *, workers: int = 1) -> Iterator[list[int]]:
        """Run gunicorn; yields the process ids of its workers."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "netzwerk.wsgi", "--preload", "--workers", str(workers)),
                *("--bind", f"127.0.0.1:{self.port}", "--log-level", "warning", "--timeout", "120"),
            ],
            cwd=ROOT,
            env=self.environment,
        )
        try:
            wait_for("gunicorn answers", self._answers)
            yield wait_for("all workers run", lambda: found if len(found := children(process.pid)) == workers else [])
        finally:
            for pid in children(process.pid):
                os.kill(pid, signal.SIGCONT)
            process.terminate()
            process.wait(PATIENCE)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run a Celery worker with two processes, and beat, as docs/operations.md starts them."""
        celery = [sys.executable, "-m", "celery", "--app", "netzwerk"]
        with Crew(folder=ROOT, environment=self.environment, log_folder=self.folder / "log") as crew:
            worker = crew.start("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"])
            crew.start("beat", [*celery, "beat", "--schedule", str(self.folder / "beat")])
            wait_for("the worker runs", lambda: " ready." in worker.last_words())
            yield
            assert crew.fallen() is None, crew.fallen()
            crew.stop()
            assert "Traceback" not in self.logs()

    def logs(self) -> str:
        """What the processes wrote."""
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("log/*.log")))

    def _answers(self) -> bool:
        try:
            Browser(self.url).get("/healthz")
        except OSError:
            time.sleep(0.1)
            return False
        return True


def children(pid: int) -> list[int]:
    """The processes that this one started and that are still there."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
