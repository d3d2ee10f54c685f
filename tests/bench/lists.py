"""The lists with many rows against the lists with few, on each database.

Requests to both offices alternate, so that whatever else the machine does hits both. The yardstick: as many queries,
and a p95 of the large office under twice that of the small one.
"""

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.house import create_databases
from tests.bench.pages import PAGES
from tests.bench.peer import Peer
from tests.postgres import postgres_url

SMALL = 300
YARDSTICK = 2.0


class Office:
    """One database of a size, behind a process that serves its pages."""

    def __init__(self, contacts: int, folder: Path, database_url: str) -> None:
        environment = {
            "DEMO": "1",
            "LOG_LEVEL": "ERROR",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "netzwerk.settings",
        }
        self.contacts = contacts
        self.peer = Peer("tests.bench.office", str(contacts), environment=environment)
        self.seconds_to_seed: float = self.peer.ready["ready"]

    def ask(self, line: str) -> dict[str, float]:
        """What a page took; the page has to be there."""
        answer = self.peer.ask(line)
        if answer["status"] != 200:
            raise SystemExit(f"{line}: status {answer['status']}")
        return answer


@dataclass(frozen=True)
class Figure:
    """Queries, table rows, median and 95th percentile in milliseconds of one page in one office."""

    queries: int
    rows: int
    median: float
    p95: float


def figures(offices: Sequence[Office], rounds: int) -> Iterator[tuple[str, list[Figure]]]:
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
    for name, (few, many) in figures(offices, rounds):
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
            stack.callback(made[-1].peer.close)
        yield made


def measure(*, rounds: int, partners: int) -> list[str]:
    """Measure both databases; what missed the yardstick."""
    sizes = (SMALL, partners)
    with offices_on(["", ""], sizes) as offices:
        missed = report("SQLite", offices, rounds)
    with postgres_url() as url, offices_on(create_databases(url, "bench_small", "bench_large"), sizes) as offices:
        missed += report("PostgreSQL", offices, rounds)
    print(f"Maßstab: gleich viele Abfragen, p95 groß/klein unter {YARDSTICK:.0f}.")
    return missed
