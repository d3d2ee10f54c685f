"""`make test`: the whole suite. `python -m tests.run ARGS` hands ARGS to each pytest; `--quick` runs the inner loop.

Three lanes run at once, since whole flows wait for leases, beats and mail servers while units keep a processor busy:

- units and pages on SQLite, then on PostgreSQL what it may do otherwise (tests/statements.py);
- whole flows on PostgreSQL;
- the browser, then the flows that are not marked `postgresql` on SQLite.

What a part prints is shown when it ends.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests import statements, touched
from tests.postgres import NoPostgresError, database_of, postgres_url

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
UNITS = ["tests", "--ignore=tests/flows", "--ignore=tests/browser"]
FLOWS = ["tests/flows", "--dist=loadfile"]
LEFT_OUT = "ausgelassen: "
NOTHING_COLLECTED = 5
SLOWEST = 20


@dataclass(frozen=True)
class Part:
    """One pytest: its name, what is handed to it, and the name of its database on PostgreSQL, "" for SQLite."""

    name: str
    arguments: Sequence[str]
    on_postgres: str = ""


UNITS_ON_SQLITE = "Einheiten und Seiten auf SQLite"


def lanes(noted: Path) -> Sequence[Sequence[Part]]:
    """Return the parts, lane by lane; the folder `noted` takes the names of the tests that PostgreSQL runs again."""
    again = [*UNITS, f"{statements.ONLY}={noted}"]
    return (
        (
            Part(UNITS_ON_SQLITE, [*UNITS, f"{statements.NOTE}={noted}"]),
            Part("Einheiten und Seiten auf PostgreSQL", again, on_postgres="units"),
        ),
        (Part("Abläufe auf PostgreSQL", [*FLOWS, "-m", "both_databases or postgresql"], on_postgres="flows"),),
        (Part("Browser auf SQLite", ["tests/browser"]), Part("Abläufe auf SQLite", [*FLOWS, "-m", "not postgresql"])),
    )


@dataclass
class Outcome:
    """What came of the parts so far; all lanes write to it."""

    failed: list[str] = field(default_factory=list)
    closing: str = ""
    closing_of_failed: str = ""
    left_out: dict[str, None] = field(default_factory=dict)  # keeps the order, drops repetitions
    times: list[str] = field(default_factory=list)
    tests: list[tuple[float, str]] = field(default_factory=list)  # seconds and name
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, part: Part, extra: Sequence[str], database_url: str = "") -> None:
        """Run one pytest, show what it printed, and note how it went."""
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="netzwerk-report-") as folder:
            report = Path(folder) / "report.xml"
            done = _pytest([*part.arguments, f"--junitxml={report}", *extra], database_url)
            tests = _tests(report)
        seconds = time.monotonic() - start
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        with self._lock:
            print(
                f"\n── {part.name} ({seconds:.0f} s) ──",
                *(line for line in lines if not line.startswith(LEFT_OUT)),
                sep="\n",
            )
            sys.stdout.flush()
            self.left_out |= dict.fromkeys(line.strip() for line in lines if line.startswith(LEFT_OUT))
            self.times.append(f"{part.name} {seconds:.0f} s")
            self.tests += tests
            self.closing = lines[-1] if lines else ""
            if done.returncode not in (0, NOTHING_COLLECTED):
                self.failed.append(part.name)
                self.closing_of_failed = self.closing

    def leave_out(self, reason: str) -> None:
        """Say what was not run; with REQUIRE_ALL that is a failure."""
        with self._lock:
            self.left_out[LEFT_OUT + reason] = None
            if REQUIRE_ALL:
                self.failed.append(reason)

    def summary(self) -> int:
        """Print what was left out, the times, and pytest's closing line last; return the exit code."""
        print(f"\nDie {SLOWEST} langsamsten Tests:")
        for seconds, name in sorted(self.tests, reverse=True)[:SLOWEST]:
            print(f"{seconds:7.1f} s  {name}")
        print()
        for reason in self.left_out:
            print(reason)
        print("Laufzeiten: " + ", ".join(self.times))
        if self.failed:
            print("NICHT BESTANDEN: " + ", ".join(self.failed))
        print(self.closing_of_failed or self.closing)
        return 1 if self.failed else 0


def _pytest(arguments: Sequence[str], database_url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DATABASE_URL": database_url}
    if not database_url:
        del environment["DATABASE_URL"]
    # Modules are compiled once, not by each of some hundred processes: 7 seconds of processor time each, else 2.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *arguments]
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def _tests(report: Path) -> list[tuple[float, str]]:
    """Seconds and name of each test; none where pytest did not come to write its report."""
    if not report.exists():
        return []
    cases = ElementTree.parse(report).iter("testcase")
    return [(float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}") for case in cases]


def _run_quick(outcome: Outcome, given: Sequence[str]) -> None:
    """Run the units on SQLite that the arguments name, or else those that a change since their last run can touch."""
    if any(Path(one.partition("::")[0]).exists() for one in given):
        outcome.run(Part(UNITS_ON_SQLITE, []), given)
        return
    os.environ["TESTMON_DATAFILE"] = str(touched.DATA)
    touched.DATA.parent.mkdir(exist_ok=True)
    if not touched.DATA.exists():
        print("Erster Lauf: alle Tests, und was jeder ausführt, wird aufgeschrieben; das dauert einige Minuten.")
    outcome.run(Part("Was die Änderung berührt, auf SQLite", [*UNITS, "--testmon"]), given)
    beside = touched.arguments_beside_testmon(touched.changed_files())
    outcome.run(Part("Was Dateien liest, auf SQLite", beside), given)


def main(arguments: Sequence[str]) -> int:
    """Run every part even when one fails."""
    outcome = Outcome()
    if "--quick" in arguments:
        _run_quick(outcome, [one for one in arguments if one != "--quick"])
        return outcome.summary()
    server = postgres_url()
    try:
        url = server.__enter__()
    except NoPostgresError as error:
        url = ""
        outcome.leave_out(f"PostgreSQL ({error})")

    def run_lane(parts: Sequence[Part]) -> None:
        for part in parts:
            if url or not part.on_postgres:
                outcome.run(part, arguments, database_of(url, part.on_postgres) if part.on_postgres else "")

    try:
        with tempfile.TemporaryDirectory(prefix="netzwerk-noted-") as noted:
            found = lanes(Path(noted))
            with ThreadPoolExecutor(len(found)) as pool:
                list(pool.map(run_lane, found))
    finally:
        if url:
            server.__exit__(None, None, None)
    return outcome.summary()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
