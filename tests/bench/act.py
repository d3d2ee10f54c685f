"""From the click on „An 1.000 Personen senden“ to the last mail at the mail server."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlencode

from tests.bench.figures import ROUNDS, line, verdict
from tests.bench.house import House, Sink, large_house, sink, small_house
from tests.bench.peer import Peer
from tests.flows.site import Browser
from tests.waiting import wait_for

MAILS = 1_000
AIM = 250.0


def measure() -> list[str]:
    """Both houses; what missed its aim."""
    print(f"\nTat: {MAILS} Personen einladen, vom Knopf bis zur letzten angenommenen Mail, 2 Worker, Mails/s")
    missed = []
    with sink() as server:
        rates = _on(large_house, server)
        missed += verdict("Tat, PostgreSQL, Redis", sorted(rates)[ROUNDS // 2], AIM, " Mails/s")
        _on(small_house, server)
    return missed


def _on(a_house: Callable[..., AbstractContextManager[House]], server: Sink) -> list[float]:
    with a_house(EMAIL_URL=f"smtp://127.0.0.1:{server.port}") as house, house.peer("tests.bench.rows") as rows:
        login = rows.ask("office 2000")
        with house.crew() as crew:
            house.serve(crew)
            house.work(crew)
            lead = Browser(house.url)
            lead.send("/konto/login/", login=login["email"], password=login["password"])
            rounds = [_round(lead, rows, server, done) for done in range(ROUNDS)]
        rates = [MAILS / seconds for seconds, _ in rounds]
        line(house.name, rates, f"{rounds[0][1] / 1000:.1f} kB je Mail")
        return rates


def _round(lead: Browser, rows: Peer, server: Sink, done: int) -> tuple[float, float]:
    """Seconds for one act on a new meeting, and octets of a mail."""
    server.reset()
    start = invite(lead, rows.ask("meeting")["path"])
    accepted = server.until(MAILS)
    wait_for("every mail is settled", lambda: rows.ask("fates") == {"sent": MAILS * (done + 1)})
    return accepted.last - start, accepted.octets / MAILS


def invite(lead: Browser, path: str) -> float:
    """Send the form with a thousand people; the instant of the click."""
    path = f"{path}einladen/"
    form = _filled(lead.get(path))
    start = time.monotonic()
    with lead.opener.open(f"{lead.url}{path}", form, timeout=60) as page:
        assert "/sendung/" in page.url, page.url
    return start


def _filled(page: str) -> bytes:
    """The form as a browser sends it, with the first thousand ticked."""
    people = re.findall(r'name="person" value="(\d+)" checked', page)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    shown = re.search(r'name="shown" value="([\d,]*)"', page)
    assert token
    assert shown
    assert len(people) >= MAILS, len(people)
    given = {"csrfmiddlewaretoken": token.group(1), "shown": shown.group(1), "word": "Wir freuen uns auf Sie."}
    return urlencode({**given, "person": people[:MAILS], "do": "send"}, doseq=True).encode()
