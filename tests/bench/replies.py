"""Answers from calendars in a Maildir, through `fetch_mail`, on SQLite."""

from tests.bench.figures import ROUNDS, line
from tests.bench.house import small_house

REPLIES = 1_000


def measure() -> list[str]:
    """Has no aim of its own: an office gets some hundred answers a day."""
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
    return []
