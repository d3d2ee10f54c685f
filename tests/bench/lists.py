"""Seeds a small and a large office on each database and prints what the lists take.

`python -m tests.bench [lists] [--rounds N] [--partners N]`. Requests to both offices alternate, so that whatever else
the machine does hits both. The yardstick: as many queries, and a p95 of the large office under twice that of
the small one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.bench.pages import PAGES
from tests.postgres import NoPostgresError, postgres_url

SMALL = 300
YARDSTICK = 2.0


class Office:
    """One database of a size, behind a process that serves its pages."""

    def __init__(self, contacts: int, folder: Path, database_url: str) -> None:
        given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.office", str(contacts)],
            env={
                **given,
                "DEMO": "1",
                "LOG_LEVEL": "ERROR",
                "ENV_FILE": os.devnull,
                "DATA_DIR": str(folder),
                "DATABASE_URL": database_url,
                "DJANGO_SETTINGS_MODULE": "netzwerk.settings",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.contacts = contacts
        self.seconds_to_seed = self._read()["ready"]

    def ask(self, line: str) -> dict[str, float]:
        """What a page took; the page has to be there."""
        assert self.process.stdin
        print(line, file=self.process.stdin, flush=True)
        answer = self._read()
        if answer["status"] != 200:
            raise SystemExit(f"{line}: status {answer['status']}")
        return answer

    def _read(self) -> dict[str, float]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("An office ended by itself; what it said is above.")
        return json.loads(line)

    def close(self) -> None:
        """No more lines: the process ends."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


@dataclass(frozen=True)
class Figure:
    """Queries, table rows, median and 95th percentile in milliseconds of one page in one office."""

    queries: int
    rows: int
    median: float
    p95: float


def measure(offices: Sequence[Office], rounds: int) -> Iterator[tuple[str, list[Figure]]]:
    """The figures of every page, one per office, requests alternating."""
    for name, url in PAGES.items():
        counts = [office.ask(f"#{url}") for office in offices]
        times: list[list[float]] = [[] for _ in offices]
        for _ in range(rounds):
            for office, own in zip(offices, times, strict=True):
                own.append(office.ask(url)["ms"])
        yield (
            name,
            [
                Figure(
                    queries=int(count["queries"]),
                    rows=int(count["rows"]),
                    median=statistics.median(own),
                    p95=statistics.quantiles(own, n=20, method="inclusive")[-1],
                )
                for count, own in zip(counts, times, strict=True)
            ],
        )


def report(title: str, offices: Sequence[Office], rounds: int) -> list[str]:
    """Print one table; return what missed the yardstick."""
    small, large = offices
    print(f"\n{title}: {small.contacts} und {large.contacts} Personen, {rounds} Aufrufe je Seite, Millisekunden")
    print(f"angelegt in {small.seconds_to_seed:.1f} s und {large.seconds_to_seed:.1f} s")
    print(f"{'':28}{'Abfragen':>10}{'Zeilen':>10}{'Median':>16}{'p95':>16}{'p95 groß/klein':>16}")
    missed = []
    for name, (few, many) in measure(offices, rounds):
        ratio = many.p95 / few.p95
        is_well = few.queries == many.queries and ratio < YARDSTICK
        missed += [] if is_well else [f"{title}, {name}"]
        print(
            f"{name:28}{few.queries:>5}{many.queries:>5}{few.rows:>5}{many.rows:>5}{few.median:>8.1f}{many.median:>8.1f}"
            f"{few.p95:>8.1f}{many.p95:>8.1f}{ratio:>14.2f} {' ' if is_well else '!'}",
            flush=True,
        )
    return missed


@contextmanager
def offices_on(urls: Sequence[str], sizes: Sequence[int]) -> Iterator[list[Office]]:
    """Two offices, each with its database and its folder."""
    with ExitStack() as stack:
        made = []
        for url, contacts in zip(urls, sizes, strict=True):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netzwerk-bench-")))
            made.append(Office(contacts, folder, url or f"sqlite:///{folder / 'netzwerk.sqlite3'}"))
            stack.callback(made[-1].close)
        yield made


def create_databases(url: str) -> list[str]:
    """Two empty databases on the server; their addresses."""
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as server:
        for name in ("bench_small", "bench_large"):
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name}")
    return [urlunsplit(parts._replace(path=f"/{name}")) for name in ("bench_small", "bench_large")]


def main() -> int:
    """Measure both databases; 1 when a page misses the yardstick."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=40, help="requests per page and office (40)")
    parser.add_argument("--partners", type=int, default=20_000, help="contacts of the large office (20000)")
    options = parser.parse_args()
    sizes = (SMALL, options.partners)
    with offices_on(["", ""], sizes) as offices:
        missed = report("SQLite", offices, options.rounds)
    try:
        with postgres_url() as url, offices_on(create_databases(url), sizes) as offices:
            missed += report("PostgreSQL", offices, options.rounds)
    except NoPostgresError as error:
        print(f"ausgelassen: PostgreSQL ({error})")
    print(
        f"\nMaßstab: gleich viele Abfragen, p95 groß/klein unter {YARDSTICK:.0f}.",
        "Verfehlt:" if missed else "Erfüllt.",
    )
    print("\n".join(missed))
    return 1 if missed else 0
