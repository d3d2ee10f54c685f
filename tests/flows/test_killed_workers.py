"""Workers that are killed while they send: every mail arrives, none a third time, and the outbox says what happened.

Celery with redis and PostgreSQL, as an office runs it. The mail server takes its time, so that a kill falls before,
between and behind the moments at which it has the mail and at which it says so.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from random import Random

import pytest
from celery import Celery
from redis import Redis

from tests.flows.demo import ROOT, redis_server
from tests.flows.real_database import empty_postgres
from tests.flows.site import Site, children
from tests.mail_server import mail_server
from tests.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.program("redis-server")]

MAILS, KILLS = 300, 10
BETWEEN = 18  # mails from one kill to the next
QUEUE_ALL = f"""
from email.message import EmailMessage
from mailroom.services import outbox
mails = []
for number in range({MAILS}):
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"] = f"Mail {{number}}"
    message.set_content("Guten Tag")
    mails.append(outbox.prepare(message, kind="account", recipient=f"p{{number}}@schule.example", lane=str(number)))
outbox.insert(mails)
"""
STATES = "SELECT state, count(*) FROM mailroom_outboxmail GROUP BY state"
COPIES = "SELECT recipient, unanswered FROM mailroom_outboxmail"


@pytest.fixture
def server():
    """A mail server that needs 20 ms before it has a mail, and 20 ms more until it says so."""
    with mail_server() as server:
        server.delay = 0.02
        yield server


@contextmanager
def _worker(site: Site):
    """A Celery worker with two processes in a session of its own; killed at the end, whatever it does."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "netzwerk",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "INFO",
    ]
    with (site.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=site.environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _beat(site: Site):
    command = [sys.executable, "-m", "celery", "--app", "netzwerk", "beat", "--schedule", str(site.folder / "beat")]
    with (site.folder / "beat.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def test_ten_kills_and_a_flushed_broker_lose_nothing_and_send_nothing_thrice(tmp_path, server):
    with empty_postgres() as url, redis_server(tmp_path) as (broker, cache):
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "MAIL_LEASE_SECONDS": "1", "MAIL_RESEND_SECONDS": "600"}
        site = Site(tmp_path, database_url=url, CELERY_BROKER_URL=broker, CACHE_URL=cache, **mail)
        site.manage("shell", "-c", QUEUE_ALL)
        _kill_again_and_again(site, server, broker)
        with _beat(site), _worker(site):  # what the flushed broker forgot, beat finds
            wait_for("all others are sent", lambda: not _under_way(site))
            site.change("UPDATE mailroom_outboxmail SET next_attempt_at = created_at WHERE state = 'uncertain'")
            wait_for("those in doubt went once more", lambda: site.rows(STATES) == [("sent", MAILS)])
        _check(site, server)


def _kill_again_and_again(site: Site, server, broker: str) -> None:
    """At ten moments: three times the whole worker, else the processes of its pool, which it starts anew."""
    chance = Random(7)
    with Celery(broker=broker) as client, _worker(site) as worker:
        _let_it_send(server, client, chance)
    with _beat(site), _worker(site) as worker:
        Redis.from_url(broker).flushall()
        _let_it_send(server, None, chance)
    with Celery(broker=broker) as client, _worker(site) as worker:
        for _ in range(KILLS - 3):
            _let_it_send(server, client, chance)
            for pid in children(worker.pid):
                os.kill(pid, signal.SIGKILL)
        _let_it_send(server, client, chance)


def _let_it_send(server, client: Celery | None, chance: Random) -> None:
    """Wait until so many more mails arrived; a client nudges the workers again and again, without one beat does."""
    until, ends_at = len(server.received) + BETWEEN, time.monotonic() + PATIENCE
    while len(server.received) < until:
        assert time.monotonic() < ends_at, "the worker does not send"
        if client:
            client.send_task("mailroom.deliver", queue="netzwerk", expires=1)
        time.sleep(0.2)
    time.sleep(chance.uniform(0, 0.06))


def _under_way(site: Site) -> int:
    states = dict(site.rows(STATES))
    return sum(states.get(state, 0) for state in ("queued", "claimed", "sending", "retry"))


def _check(site: Site, server) -> None:
    """Everybody has one or two, the same bytes; a second only where the outbox had noted that nobody knew."""
    arrived: dict[str, list[bytes]] = {}
    for _, (recipient,), raw in server.received:
        arrived.setdefault(recipient, []).append(raw)
    assert len(arrived) == MAILS
    doubted = dict(site.rows(COPIES))
    copies = {recipient: len(raws) for recipient, raws in arrived.items()}
    assert set(copies.values()) <= {1, 2}
    assert [recipient for recipient, raws in arrived.items() if len(set(raws)) > 1] == []
    assert [recipient for recipient, number in copies.items() if number == 2 and not doubted[recipient]] == []
    assert Counter(doubted.values())[1] >= 1  # at least one kill fell between the bytes and the answer
    assert set(doubted.values()) <= {0, 1}
