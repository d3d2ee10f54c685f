"""The page behind an invitee's link under load, beside the smallest Django page on the same PostgreSQL."""

import statistics
import sys
from contextlib import ExitStack

from tests.bench.figures import ROUNDS, line, verdict
from tests.bench.house import gunicorn_options, large_house
from tests.bench.peer import Peer
from tests.waiting import free_port

CONNECTIONS, TURNS = 8, 6
INVITED, ANSWERED = 1_000, 80
AIM, MOST_QUERIES = 0.2, 6


def measure() -> list[str]:
    """Both pages in turns; what missed its aim."""
    print(f"\nAntwortseite: gunicorn mit 2 Prozessen, PostgreSQL, {CONNECTIONS} Verbindungen, Seiten/s")
    with ExitStack() as stack:
        house = stack.enter_context(large_house())
        rows = stack.enter_context(house.peer("tests.bench.rows"))
        rows.ask("office 2000")
        pages = [f"/einladung/{token}/" for token in rows.ask(f"invited {INVITED}")["tokens"]]
        rows.ask(f"answered {ANSWERED}")
        size = rows.ask(f"queries {pages[-1]}")
        crew, bare = stack.enter_context(house.crew()), free_port()
        house.serve(crew)
        crew.start("bare", [sys.executable, "-m", "gunicorn", "tests.bench.minimal", *gunicorn_options(bare)])
        ours = _visitors(stack, house.port)
        small = _visitors(stack, bare)
        for visitors, paths in ((ours, pages), (small, ["/"])):
            visit(visitors, 1, paths)
        rates = [_turns(ours, pages, small) for _ in range(ROUNDS)]
    ratio = statistics.median(own / least for own, least in rates)
    said = f"{size['queries']} Abfragen, {size['octets'] / 1000:.1f} kB"
    line("/einladung/<token>/", [own for own, _ in rates], f"{ratio:.2f} der kleinsten Seite", said)
    line("  kleinste Django-Seite, eine Abfrage", [least for _, least in rates])
    if size["queries"] > MOST_QUERIES:
        raise SystemExit(f"The page takes {size['queries']} queries, at most {MOST_QUERIES} are meant.")
    return verdict("Antwortseite zur kleinsten Seite", ratio, AIM)


def _visitors(stack: ExitStack, port: int) -> Peer:
    return stack.enter_context(Peer("tests.bench.load", str(port), str(CONNECTIONS)))


def _turns(ours: Peer, pages: list[str], small: Peer) -> tuple[float, float]:
    """Pages a second of both, a second each in turns: a machine has slow and quick seconds."""
    turns = [(visit(ours, 1, pages), visit(small, 1, ["/"])) for _ in range(TURNS)]
    return statistics.mean(own for own, _ in turns), statistics.mean(least for _, least in turns)


def visit(visitors: Peer, seconds: int, paths: list[str]) -> float:
    """Pages a second."""
    took = visitors.ask(" ".join([str(seconds), *paths]))
    return took["pages"] / took["seconds"]
