"""`make test`: the whole suite, part by part. `python -m tests.run ARGS` hands ARGS to each pytest.

Parts: units and pages on SQLite, the same on PostgreSQL, whole flows and the browser on SQLite, and those
flows on PostgreSQL that are marked `both_databases` or `postgresql`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.postgres import NoPostgresError, postgres_url

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
APART = ("tests/flows", "tests/browser")
UNITS = ["tests", *(f"--ignore={folder}" for folder in APART)]
LEFT_OUT = "ausgelassen: "
NOTHING_COLLECTED = 5


@dataclass
class Outcome:
    """What came of the parts so far."""

    failed: list[str] = field(default_factory=list)
    closing: str = ""
    closing_of_failed: str = ""
    left_out: dict[str, None] = field(default_factory=dict)  # keeps the order, drops repetitions
    times: list[str] = field(default_factory=list)

    def part(self, name: str, arguments: Sequence[str], database_url: str = "") -> None:
        """Run one pytest, show what it says, and note how it went."""
        print(f"\n── {name} ──", flush=True)
        start = time.monotonic()
        code, lines = self._pytest(arguments, database_url)
        self.times.append(f"{name} {time.monotonic() - start:.0f} s")
        self.closing = lines[-1] if lines else ""
        if code not in (0, NOTHING_COLLECTED):
            self.failed.append(name)
            self.closing_of_failed = self.closing

    def _pytest(self, arguments: Sequence[str], database_url: str) -> tuple[int, list[str]]:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DATABASE_URL": database_url}
        if not database_url:
            del environment["DATABASE_URL"]
        color = "yes" if sys.stdout.isatty() else "no"
        command = [sys.executable, "-m", "pytest", f"--color={color}", "-q", *arguments]
        lines: list[str] = []
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            assert process.stdout
            for line in process.stdout:
                if line.startswith(LEFT_OUT):
                    self.left_out[line.strip()] = None
                elif line.strip():
                    lines.append(line.rstrip("\n"))
                    print(line, end="", flush=True)
        return process.returncode, lines

    def summary(self) -> int:
        """Print what was left out, the times, and pytest's closing line last; return the exit code."""
        print()
        for reason in self.left_out:
            print(reason)
        print("Laufzeiten: " + ", ".join(self.times))
        if self.failed:
            print("NICHT BESTANDEN: " + ", ".join(self.failed))
        print(self.closing_of_failed or self.closing)
        return 1 if self.failed else 0


def on_postgres(outcome: Outcome, extra: Sequence[str]) -> None:
    """The parts that need a PostgreSQL; left out with a line where there is none."""
    try:
        with postgres_url() as url:
            outcome.part("Einheiten und Seiten auf PostgreSQL", [*UNITS, "-n", "2", *extra], url)
            outcome.part(
                "Abläufe auf PostgreSQL", ["tests/flows", "-m", "both_databases or postgresql", "-n", "2", *extra], url
            )
    except NoPostgresError as error:
        outcome.left_out[f"{LEFT_OUT}PostgreSQL ({error})"] = None
        if REQUIRE_ALL:
            outcome.failed.append("PostgreSQL fehlt")


def main() -> int:
    """Run every part even when one fails."""
    extra = sys.argv[1:]
    outcome = Outcome()
    outcome.part("Einheiten und Seiten auf SQLite", [*UNITS, "-n", "2", *extra])
    on_postgres(outcome, extra)
    outcome.part("Abläufe und Browser auf SQLite", [*APART, "-m", "not postgresql", "-n", "2", *extra])
    return outcome.summary()


if __name__ == "__main__":
    sys.exit(main())
