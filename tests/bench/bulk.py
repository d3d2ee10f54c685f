"""Postpones a season of 14 meetings with 2,000 invitations on each database while partners answer; prints the times.

Real processes: gunicorn with two workers, a
Celery worker with two processes, beat. Each round is a site of its own; what is printed is the median. The yardstick:
no answer waits longer than a second.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.databases import on_both
from tests.flows.demo import redis_server
from tests.flows.real_database import empty_postgres
from tests.flows.season import answering, decide, fill, until_released
from tests.flows.site import LEAD, PASSWORD, Browser, Site

YARDSTICK = 1.0  # seconds
SEASONS, MEETINGS, INVITATIONS = 3, 14, 2000


@dataclass(frozen=True)
class Round:
    """Seconds; `answers` is how many a partner gave meanwhile."""

    choose: float
    preview: float
    decide: float
    written: float
    stop: float
    wait: float
    wait_while_stopping: float
    answers: int


@contextmanager
def _site(folder: Path, on_postgres: bool) -> Iterator[Site]:
    with ExitStack() as stack:
        settings = {"MAIL_GRACE_SECONDS": "600"}
        url = ""
        if on_postgres:
            url = stack.enter_context(empty_postgres())
            broker, cache = stack.enter_context(redis_server(folder))
            settings |= {"CELERY_BROKER_URL": broker, "CACHE_URL": cache}
        site = Site(folder, database_url=url, **settings)
        stack.enter_context(site.working())
        stack.enter_context(site.serving(workers=2))
        yield site


def _season(*, on_postgres: bool) -> Round:
    """One season from choosing to stopping."""
    with (
        tempfile.TemporaryDirectory(prefix="netzwerk-bench-") as folder,
        _site(Path(folder), on_postgres) as site,
    ):
        fill(site, meetings=MEETINGS, invitations=INVITATIONS)
        tokens = [token for (token,) in site.rows("SELECT token FROM meetings_invitation ORDER BY id")]
        lead = Browser(site.url)
        lead.send("/konto/login/", login=LEAD, password=PASSWORD)
        with answering(site, tokens) as answers:
            clicks = decide(lead, kind="postpone", weeks="20", word="Neuer Termin!")
            written = until_released(site)
            number, wait = len(answers.waits), answers.take_longest()
            start = time.perf_counter()
            lead.send(clicks.act, to=f"{clicks.act}anhalten/".replace("/sammelaktionen/", "/post/sendung/"))
            stopped = time.perf_counter() - start
        if answers.failures:
            raise SystemExit(f"answers failed: {answers.failures[:3]}")
        return Round(
            choose=clicks.choose,
            preview=clicks.preview,
            decide=clicks.decide,
            written=written,
            stop=stopped,
            wait=wait,
            wait_while_stopping=answers.take_longest(),
            answers=number,
        )


def _report(title: str, *, on_postgres: bool) -> bool:
    """Print the medians; whether no answer waited too long."""
    rounds = [_season(on_postgres=on_postgres) for _ in range(SEASONS)]
    middle = {name: statistics.median(getattr(one, name) for one in rounds) for name in vars(rounds[0])}
    longest = max(max(one.wait, one.wait_while_stopping) for one in rounds)
    print(
        f"\n{title}: {MEETINGS} Treffen, {INVITATIONS} Einladungen, Median aus {SEASONS}, "
        f"Last der Maschine {os.getloadavg()[0]:.1f}\n"
        f"  auswählen {middle['choose']:.2f} s, zeigen {middle['preview']:.2f} s, "
        f"entscheiden {middle['decide']:.2f} s, anhalten {middle['stop']:.2f} s\n"
        f"  letzte Mail geschrieben nach {middle['written']:.1f} s\n"
        f"  {middle['answers']:.0f} Antworten währenddessen; die längste wartete {middle['wait']:.2f} s, beim Anhalten "
        f"{middle['wait_while_stopping']:.2f} s (in allen Läufen: {longest:.2f} s)",
        flush=True,
    )
    return longest <= YARDSTICK


def measure() -> list[str]:
    """Measure both databases; what missed the yardstick."""
    return on_both("Viele auf einmal", _report, missed=f"eine Antwort wartete länger als {YARDSTICK:.0f} s")
