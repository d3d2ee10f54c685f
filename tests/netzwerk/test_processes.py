"""Processes that start together end together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netzwerk.demo.processes import Crew, Stopped, stoppable
from tests.waiting import PATIENCE, wait_for

# Starts a grandchild that ignores SIGTERM, says its process id, and waits.
STUBBORN = (
    "import signal, subprocess, sys, time\n"
    "deaf = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)'\n"
    "code = deaf + '; time.sleep(3600)'\n"
    "child = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE)\n"
    "child.stdout.readline()\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(3600)\n"
)


@pytest.fixture
def crew(tmp_path):
    with Crew(folder=tmp_path, environment=os.environ, log_folder=tmp_path / "log") as crew:
        yield crew


def said(path: Path) -> str:
    """What a child has written, as soon as it has written something."""
    return str(wait_for(f"{path.name} sagt etwas", lambda: path.read_text().strip()))


def lives(pid: int) -> bool:
    """A zombie does not live."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    """Far sooner than it would end by itself."""
    wait_for(f"{pid} ist zu Ende", lambda: not lives(pid))


def test_stop_ends_grandchildren_that_do_not_listen(crew):
    child = crew.start("stubborn", [sys.executable, "-c", STUBBORN])
    grandchild = int(said(child.log))
    assert lives(grandchild)
    crew.stop(patience=1)
    wait_until_gone(grandchild)
    assert (child.is_alive, crew.children) == (False, [])


def test_one_that_does_not_listen_is_killed_after_the_patience(crew):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(3600)"
    child = crew.start("deaf", [sys.executable, "-c", code])
    said(child.log)
    crew.stop(patience=0.3)
    assert child.process.returncode == -signal.SIGKILL


def test_who_fell_is_known_by_its_last_words(crew):
    crew.start("steady", [sys.executable, "-c", "import time; time.sleep(3600)"])
    fallen = crew.start("hasty", [sys.executable, "-c", "print('eins'); print('zwei'); raise SystemExit(3)"])
    fallen.process.wait(PATIENCE)
    assert crew.fallen() is fallen
    assert (fallen.process.returncode, fallen.last_words(1)) == (3, "zwei")


def test_all_alive_nobody_fell(crew):
    crew.start("steady", [sys.executable, "-c", "import time; time.sleep(3600)"])
    assert crew.fallen() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_stops_and_the_next_ones_do_not_disturb_the_tidying(number):
    tidied = []

    def work() -> None:
        with stoppable():
            try:
                os.kill(os.getpid(), number)
                time.sleep(60)
            finally:
                os.kill(os.getpid(), number)
                tidied.append(True)

    with pytest.raises(Stopped):
        work()
    assert tidied == [True]


def test_children_end_when_their_starter_is_killed(tmp_path):
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from netzwerk.demo.processes import Crew\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "with Crew(folder=folder, environment=os.environ, log_folder=folder) as crew:\n"
        "    child = crew.start('child', [sys.executable, '-c', 'import time; time.sleep(3600)'])\n"
        "    print(child.process.pid, flush=True)\n"
        "    time.sleep(3600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as starter:
        child = int(starter.stdout.readline())
        assert lives(child)
        starter.kill()
    wait_until_gone(child)
