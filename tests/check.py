"""`make check`: run every check that needs no running system; print a line for each and fail if one fails."""

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DEVELOPMENT = {"DEBUG": "1"}
PRODUCTION = {"SECRET_KEY": "k8" * 40 + "Zq-7_", "BASE_URL": "https://netzwerk.example"}
_OURS = ("DEMO", "DEBUG", "SECRET_KEY", "BASE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")


def run(*command: str, **environment: str) -> str:
    """Run a command from the project's folder; return "" if it succeeds, else its output."""
    with tempfile.TemporaryDirectory(prefix="netzwerk-check-") as data:
        inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**inherited, "DATA_DIR": data, "ENV_FILE": os.devnull, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exit {done.returncode}"


def tool(name: str, *arguments: str, **environment: str) -> Callable[[], str]:
    """Return a check that runs a program of the virtual environment."""
    return partial(run, str(BIN / name), *arguments, **environment)


def manage(*arguments: str, **environment: str) -> Callable[[], str]:
    """Return a check that runs a command of manage.py."""
    return partial(run, sys.executable, "manage.py", *arguments, **environment)


def security() -> str:
    """Return each `nosec` without test numbers and a reason or, if there is none, bandit's findings."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    unexplained = [
        f"{path.relative_to(ROOT)}:{number}: nosec without tests and a reason"
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "nosec" in line and not re.search(r"# nosec( B\d{3})+ # \w", line)
    ]
    return "\n".join(unexplained) or run(
        *(str(BIN / "bandit"), "--quiet", "--configfile", "pyproject.toml", "--recursive", *packages, "manage.py")
    )


def templates() -> str:
    """Return "" if djade would change no template, else its output."""
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
    return run(str(BIN / "djade"), "--check", "--target-version", "5.2", *files)


def locks() -> str:
    """Return the problems of the lock files: misfits with pyproject.toml or each other, no hashes, addresses."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run_lock = (ROOT / "requirements.txt").read_text()
    dev_lock = (ROOT / "requirements-dev.txt").read_text()
    pinned = {**locked(dev_lock), **locked(run_lock)}
    problems = [*_misfits(project["project"]["dependencies"], locked(run_lock), "requirements.txt")]
    problems += _misfits(project["dependency-groups"]["dev"], pinned, "requirements-dev.txt")
    for name, text in (("requirements.txt", run_lock), ("requirements-dev.txt", dev_lock)):
        problems += [
            f"{name}: an address: {line}" for line in text.splitlines() if re.search(r"://|^\s*--(?!hash)", line)
        ]
        problems += [f"{name}: {entry} has no hash" for entry in _without_hash(text)]
    problems += [
        f"{name} is {version} in requirements-dev.txt, {pinned[name]} in requirements.txt"
        for name, version in locked(dev_lock).items()
        if pinned[name] != version
    ]
    return "\n".join(problems)


def locked(text: str) -> dict[str, str]:
    """Return normalised name → exact version of one lock file."""
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    }


def _misfits(wanted: list[str], pinned: dict[str, str], name: str) -> Iterator[str]:
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None or version not in requirement.specifier:
            yield f"{name}: {requirement} is wanted, locked is {version or 'nothing'} (make lock)"


def _without_hash(text: str) -> list[str]:
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + text)
    return [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]


CHECKS: dict[str, Callable[[], str]] = {
    "Types (mypy)": tool("mypy", **DEVELOPMENT),
    "Format (ruff format)": tool("ruff", "format", "--check", "--quiet", "."),
    "Lint (ruff check)": tool("ruff", "check", "--quiet", "."),
    "Security (bandit)": security,
    "Floors (lint-imports)": tool("lint-imports", **DEVELOPMENT),
    "Templates (djade)": templates,
    "Migrations": manage("makemigrations", "--check", "--dry-run", **DEVELOPMENT),
    "Deployment (check --deploy)": manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION),
    "Dockerfile (hadolint)": tool("hadolint", "Dockerfile"),
    "Compose (check-jsonschema)": tool(
        "check-jsonschema", "--quiet", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    ),
    "Lock files": locks,
}


def timed(check: Callable[[], str]) -> tuple[str, float]:
    """Return a check's output and its duration in seconds."""
    start = time.monotonic()
    return check(), time.monotonic() - start


def main() -> int:
    """Run all checks, two at a time; return 1 if one of them found something, else 0."""
    is_well = True
    with ThreadPoolExecutor(2) as pool:
        for name, (said, seconds) in zip(CHECKS, pool.map(timed, CHECKS.values()), strict=True):
            print(f"{'FAILED' if said else 'ok    '}  {name} ({seconds:.1f} s)", flush=True)
            if said:
                is_well = False
                print(said, flush=True)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
