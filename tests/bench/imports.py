"""Reads in a list of 20,000 people on each database while somebody else writes; prints how long she had to wait.

Each database is that of a site of its own. The yardstick: no write of another waits longer than a second.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.databases import on_both
from tests.flows.real_database import empty_postgres
from tests.flows.site import Site

YARDSTICK = 1.0  # seconds
ROWS = 20_000
WRITE_THE_LIST = f"""
import os, pathlib
from tests.flows.long_list import long_list
pathlib.Path(os.environ["LIST"]).write_bytes(long_list({ROWS}))
"""
WRITE = "UPDATE team_user SET first_name = first_name"  # what a page of the team does, too: one row


@dataclass(frozen=True)
class Reading:
    """Seconds from the start of the command to its end, and of each write meanwhile."""

    took: float
    waits: list[float]


@contextmanager
def _site(folder: Path, on_postgres: bool) -> Iterator[Site]:
    if on_postgres:
        with empty_postgres() as url:
            yield Site(folder, database_url=url)
    else:
        yield Site(folder)


def _reading(*, on_postgres: bool) -> Reading:
    """One list, from the command's start to its end."""
    with (
        tempfile.TemporaryDirectory(prefix="netzwerk-bench-") as folder,
        _site(Path(folder), on_postgres) as site,
    ):
        file = Path(folder) / "liste.csv"
        site.manage("shell", "-c", WRITE_THE_LIST, LIST=str(file))
        start = time.monotonic()
        waits: list[float] = []
        with ThreadPoolExecutor() as pool:
            command = pool.submit(site.manage, "import_partners", str(file))
            while not command.done():
                begun = time.monotonic()
                site.change(WRITE)
                waits.append(time.monotonic() - begun)
                time.sleep(0.05)
            took = time.monotonic() - start
            command.result()
        if site.rows("SELECT count(*) FROM partners_contact") != [(ROWS,)]:
            raise SystemExit("the list was not read in")
        return Reading(took, waits)


def _report(title: str, *, on_postgres: bool) -> bool:
    """Print the figures; whether no write waited too long."""
    one = _reading(on_postgres=on_postgres)
    middle, longest = statistics.median(one.waits), max(one.waits)
    print(
        f"\n{title}: {ROWS} Personen, Last der Maschine {os.getloadavg()[0]:.1f}\n"
        f"  eingelesen in {one.took:.0f} s; {len(one.waits)} andere schrieben währenddessen, Median {middle:.3f} s, "
        f"der längste wartete {longest:.2f} s",
        flush=True,
    )
    return longest <= YARDSTICK


def measure() -> list[str]:
    """Measure both databases; what missed the yardstick."""
    return on_both("Eine lange Liste", _report, missed=f"jemand wartete länger als {YARDSTICK:.0f} s")
