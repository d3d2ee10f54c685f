"""Answers from calendars in a Maildir, through `fetch_mail`, on SQLite."""

from tests.bench.figures import ROUNDS, line, verdict
from tests.bench.house import small_house

REPLIES = 1_000
AIM = 100.0


def measure() -> list[str]:
    """Each round everybody answers anew; what missed its aim."""
    print(f"\nPosteingang: {REPLIES} Antworten aus Kalendern durch fetch_mail, SQLite, Antworten/s")
    with small_house() as house, house.peer("tests.bench.rows") as rows:
        rows.ask("office 2000")
        rows.ask(f"invited {REPLIES}")
        rates = []
        for number in range(ROUNDS):
            rows.ask(f"replied {number}")
            took = rows.ask("fetched")
            if took["applied"] != REPLIES:
                raise SystemExit(f"{took['applied']} answers were applied instead of {REPLIES}: {took['said']}")
            rates.append(REPLIES / took["seconds"])
    line("fetch_mail aus einem Maildir", rates)
    return verdict("Antworten aus Kalendern", sorted(rates)[ROUNDS // 2], AIM, " Antworten/s")
