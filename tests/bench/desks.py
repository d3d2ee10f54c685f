"""The pages over everything in a large office, asked for over HTTP by somebody who is logged in; PostgreSQL and Redis.

A small office on the same server says whether the pages take as many queries there.
"""

import statistics
import time
from contextlib import ExitStack
from urllib.parse import quote

from tests.bench.figures import verdict_below
from tests.bench.house import House, create_databases, large_house
from tests.bench.peer import Peer
from tests.flows.site import Browser

SMALL, MEETINGS_OF_SMALL, MEETINGS = 300, 13, 2_000
AIM_MS = 100.0
MOST_OF_SEARCH = 20  # a kind of which nothing is found takes fewer
ONLY_WITH_ROWS = 2  # what belongs to rows that the small office has none of, such as other meetings of that day
SEARCHES = {
    "ein Name": "ahrens",
    "ein Ort": "melle",
    "zwei Wörter": "ahrens melle",
    "ein Vorname mit einem Buchstaben": "j müller",
    "eine Postleitzahl": "49324",
    "eine Telefonnummer": "05422 1234",
    "zwei Buchstaben": "er",
    "ein Buchstabe": "s",
    "kein Treffer": "xyzzy",
}


def measure(*, rounds: int, partners: int) -> list[str]:
    """Each page in turn; what missed its aim."""
    print(f"\nSchreibtische: {partners} Personen, {MEETINGS} Treffen, {rounds} Aufrufe je Seite, Millisekunden")
    with ExitStack() as stack:
        house = stack.enter_context(large_house())
        (url,) = create_databases(house.environment["DATABASE_URL"], "bench_small")
        small = _office(stack, house, SMALL, MEETINGS_OF_SMALL, DATABASE_URL=url)
        large = _office(stack, house, partners, MEETINGS)
        print(f"angelegt in {large.ready['ready']:.0f} s")
        house.serve(stack.enter_context(house.crew()))
        lead = Browser(house.url)
        lead.send("/konto/login/", login=large.ready["email"], password=large.ready["password"])
        return _pages(lead, small, large, rounds)


def _office(stack: ExitStack, house: House, partners: int, meetings: int, **more: str) -> Peer:
    """Fill one database; the process stays and counts queries."""
    return stack.enter_context(
        house.peer("tests.bench.office", str(partners), str(meetings), LOG_LEVEL="ERROR", **more)
    )


def _pages(lead: Browser, small: Peer, large: Peer, rounds: int) -> list[str]:
    pages = {"Heute": "/", "Planer": "/planer/", "ein Treffen": large.ready["meeting"]}
    pages |= {f"Suche, {what}": f"/suche/?q={quote(query)}" for what, query in SEARCHES.items()}
    missed: list[str] = []
    searches: dict[str, float] = {}
    all_searches: list[float] = []
    print(f"{'':40}{'Abfragen klein, groß':>22}{'Median':>10}{'p95':>10}")
    for name, path in pages.items():
        few, many = (office.ask(f"#{path}") for office in (small, large))
        if many["status"] == 404:
            print(f"{name:40}  ausgelassen: {path} gibt es nicht")
            continue
        times = _times(lead, path, rounds)
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]
        is_search = name.startswith("Suche")
        is_well = many["queries"] <= (MOST_OF_SEARCH if is_search else few["queries"] + ONLY_WITH_ROWS)
        counts = f"{few['queries']:>11}{many['queries']:>11}"
        print(f"{name:40}{counts}{median:>10.1f}{p95:>10.1f} {' ' if is_well else '!'}", flush=True)
        missed += [] if is_well else [f"Abfragen, {name}"]
        if is_search:
            searches[name] = median
            all_searches += times
    missed += verdict_below("Median aller Suchen", statistics.median(all_searches), AIM_MS, " ms")
    slowest = max(searches, key=lambda name: searches[name])
    return missed + verdict_below(f"Median der langsamsten Suche ({slowest})", searches[slowest], AIM_MS, " ms")


def _times(lead: Browser, path: str, rounds: int) -> list[float]:
    """Milliseconds from asking to the last octet; the first time, when the server still loads something, aside."""
    lead.get(path)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        lead.get(path)
        times.append((time.perf_counter() - start) * 1000)
    return times
