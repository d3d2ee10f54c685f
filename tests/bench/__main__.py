"""`make bench`: what the project measures of itself, on one page, each figure beside its yardstick.

`python -m tests.bench [lists] [desks] [act] [delivery] [answers] [bulk] [replies] [imports] [memory] [mail]`; no name
is everything, `mail` is act and delivery.
Exit code 1 when something misses its aim. What else the machine does shows in the figures: measure when it rests.
"""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial

from django.conf import settings

from netzwerk.demo.processes import Stopped, stoppable
from tests.bench import act, answers, bulk, delivery, desks, imports, lists, memory, replies
from tests.bench.figures import ELSEWHERE, ROUNDS, pace
from tests.bench.house import NoRedisError
from tests.postgres import NoPostgresError

PARTS = ("lists", "desks", "act", "delivery", "answers", "bulk", "replies", "imports", "memory")
MAIL = ("act", "delivery")


def main() -> int:
    """Measure the parts that are named; 1 when one misses its aim."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "mail", []], metavar="|".join([*PARTS, "mail"]))
    parser.add_argument("--rounds", type=int, default=40, help="requests per list and office (40)")
    parser.add_argument("--partners", type=int, default=20_000, help="contacts of the large office (20000)")
    options = parser.parse_args()
    wanted = {part for name in options.parts or PARTS for part in (MAIL if name == "mail" else [name])}
    measures: dict[str, Callable[[], list[str]]] = {
        "lists": partial(lists.measure, rounds=options.rounds, partners=options.partners),
        "desks": partial(desks.measure, rounds=options.rounds, partners=options.partners),
        "act": act.measure,
        "delivery": delivery.measure,
        "answers": answers.measure,
        "bulk": bulk.measure,
        "replies": replies.measure,
        "imports": imports.measure,
        "memory": memory.measure,
    }
    print(f"{os.cpu_count()} Kerne, Last zu Beginn {os.getloadavg()[0]:.1f}; Median von {ROUNDS} (kleinster–größter)")
    missed = []
    for name in PARTS:
        if name in wanted:
            try:
                before = pace()
                missed += measures[name]()
                print(
                    f"  Takt des Rechners: {before:.0f} ms davor, {pace():.0f} ms danach (eine feste Summe)", flush=True
                )
            except (NoPostgresError, NoRedisError) as error:
                print(f"ausgelassen: {name} ({error})")
    print("\nAnderswo gemessen, auf Rechnern wie diesem:")
    print("\n".join(f"  {what:52}{value:>8}" for what, value in ELSEWHERE.items()))
    print("\nVerfehlt: " + ", ".join(missed) if missed else "\nAlles erfüllt.")
    return 1 if missed else 0


if __name__ == "__main__":
    settings.configure()  # the client's forms ask for a charset; each house has its own settings in its own processes
    try:
        with stoppable():  # whatever runs is ended and tidied up on Ctrl-C and SIGTERM, too
            code = main()
    except Stopped:
        code = 130
    sys.exit(code)
