"""What web, worker and beat keep in memory: after their start, and after an act and a rush of answers."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from netzwerk.demo.processes import Child
from tests.bench.act import invite
from tests.bench.answers import visit
from tests.bench.house import large_house, sink
from tests.bench.peer import Peer
from tests.flows.site import Browser
from tests.waiting import wait_for

INVITED, SECONDS = 1_000, 10
_MB = 1_000  # of the kB that Linux says


def measure() -> list[str]:
    """Has no aim: the figures stand beside those of others."""
    print("\nSpeicher in MB: Summe der Prozesse (RSS), in Klammern gemeinsame Seiten nur einmal (PSS)")
    with ExitStack() as stack:
        server = stack.enter_context(sink())
        house = stack.enter_context(large_house(EMAIL_URL=f"smtp://127.0.0.1:{server.port}"))
        rows = stack.enter_context(house.peer("tests.bench.rows"))
        login = rows.ask("office 2000")
        crew = stack.enter_context(house.crew())
        start = time.monotonic()
        house.serve(crew)
        first_answer = time.monotonic() - start
        house.work(crew)
        lead = Browser(house.url)
        lead.send("/konto/login/", login=login["email"], password=login["password"])
        idle = {child.name: _kept_by(child) for child in crew.children}
        server.reset()
        invite(lead, rows.ask("meeting")["path"])
        server.until(INVITED)
        wait_for("every mail is settled", lambda: rows.ask("fates") == {"sent": INVITED})
        pages = [f"/einladung/{token}/" for token in rows.ask("tokens")["tokens"]]
        visitors = stack.enter_context(Peer("tests.bench.load", str(house.port), "8"))
        visit(visitors, SECONDS, pages)
        for child in crew.children:
            before, after = _written(idle[child.name]), _written(_kept_by(child))
            print(f"  {child.name:44}{before} nach dem Start, {after} nach der Last")
    print(f"  vom Start bis zur ersten Antwort (/healthz) {first_answer:.1f} s")
    return []


def _written(kept: tuple[float, float]) -> str:
    rss, pss = kept
    return f"{rss:.0f} ({pss:.0f})"


def _kept_by(child: Child) -> tuple[float, float]:
    """MB of the process and its children: RSS and PSS (Linux, proc(5))."""
    rss = pss = 0.0
    for pid in _family(child.process.pid):
        said = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kept = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in said[1:])}
        rss, pss = rss + kept["Rss"] / _MB, pss + kept["Pss"] / _MB
    return rss, pss


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
            yield from _family(int(child))
