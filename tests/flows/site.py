"""A site of its own: a data folder, the commands of manage.py and gunicorn, without worker and beat."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from tests.flows.demo import ROOT, free_port, wait_for


class Browser:
    """Reads pages and sends their forms, with cookies of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        """A page, redirects followed."""
        with self.opener.open(f"{self.url}{path}", timeout=20) as answer:
            self.path = answer.url.removeprefix(self.url)
            return answer.read().decode()

    def send(self, path: str, **fields: str | list[str]) -> str:
        """Open the page, fill in its form and press the button; the page that follows."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token, f"{path} has no form"
        data = urlencode({"csrfmiddlewaretoken": token.group(1), **fields}, doseq=True).encode()
        try:
            answer = self.opener.open(f"{self.url}{self.path}", data, timeout=20)
        except HTTPError as error:
            answer = error
        with answer:
            self.path = answer.url.removeprefix(self.url)
            return answer.read().decode()


LEAD, PASSWORD = "leitung@amt.example", "ein-langes-Kennwort-7"


class Site:
    """One data folder with a migrated database and a lead; made once and copied from there."""

    _made: Path | None = None

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {"PATH": os.environ["PATH"], "HOME": str(folder), "ENV_FILE": os.devnull, "DEMO": "1"}
        self.environment = {**given, "DATA_DIR": str(folder), "BASE_URL": self.url, **environment}
        if Site._made:
            shutil.copy(Site._made, folder / "netzwerk.sqlite3")
            return
        self.manage("migrate", "--verbosity", "0")
        self.manage("createcachetable")
        self.manage("createsuperuser", "--noinput", "--email", LEAD, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        Site._made = Path(tempfile.mkdtemp(prefix="site-", dir=os.environ["DATA_DIR"])) / "netzwerk.sqlite3"
        shutil.copy(folder / "netzwerk.sqlite3", Site._made)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        """Start a command of manage.py."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command to its end; what it wrote. Fails unless it ends well."""
        process = self.start(*arguments, **environment)
        said, _ = process.communicate(timeout=60)
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
            wait_for("gunicorn answers", self._answers, seconds=40)
            yield wait_for("all workers run", lambda: found if len(found := _children(process.pid)) == workers else [])
        finally:
            for pid in _children(process.pid):
                os.kill(pid, signal.SIGCONT)
            process.terminate()
            process.wait(20)

    def _answers(self) -> bool:
        try:
            Browser(self.url).get("/healthz")
        except OSError:
            time.sleep(0.1)
            return False
        return True


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
