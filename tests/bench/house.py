"""Whole houses to measure in: database, broker, web server and workers on free ports, gone afterwards."""

import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from netzwerk.demo.processes import Crew
from tests.bench.peer import Peer, clean_environment
from tests.flows.demo import ROOT, redis_server
from tests.postgres import postgres_url
from tests.waiting import free_port, wait_for

WEB_WORKERS = 2


class NoRedisError(Exception):
    """No redis-server on this machine."""


@dataclass
class House:
    """A folder and the settings that everything in it gets."""

    name: str
    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.environment = {
            "DEMO": "1",  # as at a newcomer's: no certificate, static files without collecting
            "DATA_DIR": str(self.folder),
            "BASE_URL": self.url,
            "MAIL_GRACE_SECONDS": "0",
            "MAIL_RATE": "0",
            "DJANGO_SETTINGS_MODULE": "netzwerk.settings",
            **self.environment,
        }

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def peer(self, module: str, *arguments: str, **more: str) -> Peer:
        """A process with the settings of this house."""
        return Peer(module, *arguments, environment={**self.environment, **more})

    def crew(self, **more: str) -> Crew:
        """Children that end together."""
        environment = clean_environment(**{**self.environment, **more})
        return Crew(folder=ROOT, environment=environment, log_folder=self.folder / "log")

    def serve(self, crew: Crew) -> None:
        """Start gunicorn as docs/operations.md has it, with two workers."""
        crew.start("web", [sys.executable, "-m", "gunicorn", "netzwerk.wsgi", *gunicorn_options(self.port)])
        wait_for("gunicorn answers", lambda: _answers(f"{self.url}/healthz"))

    def work(self, crew: Crew) -> None:
        """Start two workers and beat."""
        celery = [sys.executable, "-m", "celery", "--app", "netzwerk", "--quiet"]
        worker = crew.start("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"])
        crew.start("beat", [*celery, "beat", "--schedule", str(self.folder / "beat")])
        wait_for("the workers are ready", lambda: " ready." in worker.last_words(200))


def gunicorn_options(port: int) -> list[str]:
    """The same for every page that is measured."""
    return [
        *("--bind", f"127.0.0.1:{port}", "--workers", str(WEB_WORKERS), "--threads", "4"),
        *("--preload", "--no-control-socket", "--log-level", "warning"),
    ]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def small_house(**environment: str) -> Iterator[House]:
    """SQLite and files: what needs no other server."""
    with tempfile.TemporaryDirectory(prefix="netzwerk-bench-", ignore_cleanup_errors=True) as folder:
        yield House("SQLite, Dateien", Path(folder), environment)


@contextmanager
def large_house(**environment: str) -> Iterator[House]:
    """PostgreSQL that keeps what it has acknowledged, and Redis. Raises NoPostgresError, NoRedisError."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netzwerk-bench-")))
        if not shutil.which("redis-server"):
            raise NoRedisError("redis-server fehlt auf diesem Rechner")
        broker, cache = stack.enter_context(redis_server(folder))
        url = stack.enter_context(postgres_url(is_durable=True))
        (own,) = create_databases(url, "bench")
        given = {"DATABASE_URL": own, "CELERY_BROKER_URL": broker, "CACHE_URL": cache}
        yield House("PostgreSQL, Redis", folder, {**given, **environment})


def create_databases(url: str, *names: str) -> list[str]:
    """Empty databases on the server; their addresses."""
    with psycopg.connect(url, autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name}")
    return [urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for name in names]


@contextmanager
def sink() -> Iterator["Sink"]:
    """A mail server that only counts."""
    with Peer("tests.bench.sink") as peer:
        yield Sink(peer)


@dataclass(frozen=True)
class Accepted:
    """How many mails and octets, when the last one was accepted, how many connections there were at most."""

    mails: int
    octets: int
    last: float
    connections: int


class Sink:
    """Our side of the counting server."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.port: int = peer.ready["port"]

    def reset(self, delay_ms: int = 0) -> None:
        """Count anew; from now on the end of DATA is answered so late."""
        self.peer.ask(f"reset {delay_ms}")

    def until(self, mails: int, seconds: int = 120) -> Accepted:
        """Wait for that many; SystemExit when they do not come, or more than those."""
        answer: Mapping[str, Any] = self.peer.ask(f"until {mails} {seconds}")
        accepted = Accepted(**answer)
        if accepted.mails != mails:
            raise SystemExit(f"{accepted.mails} mails came in instead of {mails}.")
        return accepted
