"""Delivery alone: a thousand mails that lie in the outbox, beside a bare loop over smtplib with the same bytes."""

import statistics
import time
from contextlib import ExitStack

from tests.bench.figures import ROUNDS, line, verdict
from tests.bench.house import Accepted, House, Sink, large_house, sink
from tests.bench.peer import Peer

MAILS = 1_000
DELAY_MS = 10
AIM = 0.75


def measure() -> list[str]:
    """Every number of connections and both servers; what missed its aim."""
    print(f"\nVersand allein: {MAILS} Mails aus dem Ausgang (PostgreSQL) neben smtplib mit denselben Bytes, Mails/s")
    missed = []
    with sink() as server, ExitStack() as stack:
        house = stack.enter_context(large_house(EMAIL_URL=f"smtp://127.0.0.1:{server.port}"))
        rows = stack.enter_context(house.peer("tests.bench.rows"))
        rows.ask("office 2000")
        rows.ask(f"invited {MAILS}")
        for delay in (0, DELAY_MS):
            for connections in (2, 1):
                missed += _beside(house, rows, server, connections, delay)
    return missed


def _beside(house: House, rows: Peer, server: Sink, connections: int, delay: int) -> list[str]:
    """One line for delivery and one for the loop, rounds alternating."""
    with ExitStack() as stack:
        senders = [
            stack.enter_context(house.peer("tests.bench.sender", MAIL_CONNECTIONS=str(connections), LOG_LEVEL="ERROR"))
            for _ in range(connections)
        ]
        ours, bare, most = [], [], 0
        for _ in range(ROUNDS):
            rows.ask("refill")
            for sender in senders:
                sender.ask("load")
            rate, accepted = _run(senders, server, delay, ["deliver"] * connections)
            ours.append(rate)
            most = max(most, accepted.connections)
            if (fates := rows.ask("fates")) != {"sent": MAILS}:
                raise SystemExit(f"Not every mail is settled: {fates}")
            loops = [f"loop 127.0.0.1 {server.port} {share} {connections}" for share in range(connections)]
            bare.append(_run(senders, server, delay, loops)[0])
    answer = f"Server antwortet nach {delay} ms" if delay else "Server antwortet sofort"
    ratio = statistics.median(ours) / statistics.median(bare)
    title = f"{answer}, {connections} {'Verbindungen' if connections > 1 else 'Verbindung'}"
    line(title, ours, f"{ratio:.0%} der Schleife", f"höchstens {most} zugleich")
    line("  smtplib allein", bare)
    return verdict(title, 100 * ratio, 100 * AIM, " %") if delay else []


def _run(senders: list[Peer], server: Sink, delay: int, lines: list[str]) -> tuple[float, Accepted]:
    """Mails a second from the word to go to the last one accepted."""
    server.reset(delay)
    start = time.monotonic()
    for sender, word in zip(senders, lines, strict=True):
        sender.tell(word)
    accepted = server.until(MAILS)
    for sender in senders:
        sender.answer()
    return MAILS / (accepted.last - start), accepted
