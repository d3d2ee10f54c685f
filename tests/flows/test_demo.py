"""`make demo` from end to end: real web server, worker and beat, started and ended by one process."""

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.flows.demo import Demo, redis_server, running
from tests.waiting import PATIENCE, wait_for

RECIPIENT = "winter@servicestelle.example"  # no seeded mail goes to the team
SENT = f"SELECT count(*) FROM mailroom_outboxmail WHERE state = 'sent' AND recipient = '{RECIPIENT}'"
LOSE_THE_NUDGE = (
    "UPDATE mailroom_outboxmail SET state = 'queued', sent_at = NULL, next_attempt_at = created_at"
    f" WHERE recipient = '{RECIPIENT}'"
)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Demo:
    """A demo that was started in an empty folder, used, and ended."""
    with running(tmp_path_factory.mktemp("first")) as demo:
        demo.said = demo.until_ready()
        demo.health = demo.get("/healthz")
        demo.send("/konto/login/", **login_of(demo.said, "Koordination"))
        demo.code = demo.stop()
    return demo


@pytest.fixture
def folder(first, tmp_path) -> Path:
    """The folder as the first start left it."""
    return Path(shutil.copytree(first.folder, tmp_path / "data"))


def login_of(said: str, role: str) -> dict[str, str]:
    found = re.search(rf"Anmelden als {role}\s+(\S+)\s+Kennwort: (\S+)", said)
    assert found, said
    return {"login": found.group(1), "password": found.group(2)}


def test_the_first_start_says_how_to_log_in_and_ends_when_told(first):
    assert first.said.splitlines()[-1] == f"bereit: {first.url}"
    assert '"status": "ok"' in first.health
    assert login_of(first.said, "Leitung") != login_of(first.said, "Koordination")
    assert first.code == 0


def a_mail_is_sent_at_once(demo: Demo) -> None:
    """Web hands a mail to the outbox and nudges; the worker sends it while beat, which would find it, stands still."""
    wait_for("der Worker läuft", lambda: " ready." in demo.logs())
    assert demo.rows(SENT) == [(0,)]
    (beat,) = (pid for pid, command in demo.processes().items() if " beat " in command)
    os.kill(beat, signal.SIGSTOP)
    demo.send("/konto/password/reset/", email=RECIPIENT)
    wait_for("die Mail ist gesendet", lambda: demo.rows(SENT) == [(1,)])
    os.kill(beat, signal.SIGCONT)


def test_the_second_start_keeps_all_files_carry_the_nudge_and_beat_finds_what_lost_it(first, folder):
    with running(folder, port=first.port) as demo:
        assert login_of(demo.until_ready(), "Koordination") == login_of(first.said, "Koordination")
        assert demo.rows("SELECT count(*) FROM partners_contact") == [(300,)]
        demo.browser = first.browser
        assert "Katja Sommer" in demo.get("/konto/sessions/")
        a_mail_is_sent_at_once(demo)
        demo.change(LOSE_THE_NUDGE)
        wait_for("beat schickt den Worker los", lambda: demo.rows(SENT) == [(1,)])
        wait_for("die Warteschlange ist leer", lambda: not list((folder / "queue" / "messages").iterdir()))
        assert [path.name for path in (folder / "queue" / "control").iterdir()] == ["netzwerk.exchange"]
        assert "Traceback" not in demo.logs()
        assert [path.name for path in folder.iterdir() if path.stat().st_mode & 0o077] == []
        assert demo.stop(signal.SIGINT) == 0


@pytest.mark.program("redis-server")
def test_redis_carries_the_nudge_as_in_production_and_kill_leaves_nothing(folder):
    with redis_server(folder) as (broker, cache), running(folder, CELERY_BROKER_URL=broker, CACHE_URL=cache) as demo:
        demo.until_ready()
        a_mail_is_sent_at_once(demo)
        assert '"status": "ok"' in demo.get("/healthz")
        assert "Traceback" not in demo.logs()
        assert demo.stop(signal.SIGKILL) == -signal.SIGKILL


def test_a_second_demo_is_refused_and_when_one_process_falls_all_end(folder, tmp_path):
    with running(folder) as demo:
        demo.until_ready()
        assert Demo(tmp_path / "other", port=demo.port).refusal() == (2, f"Port {demo.port} ist nicht frei.")
        assert Demo(folder).refusal() == (2, f"In {folder} läuft schon eine Vorführung.")
        assert len(demo.processes()) == 7  # the one, web and its worker, worker and its two slots, beat
        os.kill(min(pid for pid, command in demo.processes().items() if " worker " in command), signal.SIGKILL)
        said, _ = demo.process.communicate(timeout=PATIENCE)
        assert (demo.process.returncode, "Der Prozess „worker“ ist unerwartet zu Ende." in said) == (1, True)
        wait_for("alle Prozesse sind zu Ende", lambda: not demo.processes())
