"""Choose what `make quick` runs: docs/decisions/0016-what-quick-runs.md.

pytest-testmon picks the tests that run a changed function. This module names what it cannot see: tests that read files,
and lines that run once at import, before any test.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".pytest_cache" / "testmondata"  # what pytest-testmon remembers

# Modules and packages whose lines mostly run at import: fields, choices, routes, settings.
DECLARING = {"admin", "apps", "enums", "filters", "forms", "migrations", "models", "settings", "tables", "urls"}
# Convention tests that open each address; testmon follows them into the views.
OPENING = ("test_addresses", "test_admin", "test_every_url", "test_lists", "test_second_factor")
NO_APP = {"bench", "browser", "conventions", "flows"}


def changed_files() -> list[str]:
    """Return the paths of the files that differ from the last commit, new ones too, relative to the root."""
    commands = (["git", "diff", "--name-only", "HEAD"], ["git", "ls-files", "--others", "--exclude-standard"])
    told = [subprocess.run(one, cwd=ROOT, capture_output=True, text=True, check=True).stdout for one in commands]
    return sorted({line for text in told for line in text.splitlines()})


def arguments_beside_testmon(changed: Iterable[str]) -> list[str]:
    """Return pytest's arguments for what testmon cannot see of these changes.

    The convention tests that read source files always run. A change that testmon cannot follow adds those that open
    each address and all tests of its room or app; a file of no app counts to `netzwerk`.
    """
    unseen = [path for path in map(PurePath, changed) if not is_followed(path)]
    if not unseen:
        return ["tests/conventions", *(f"--ignore=tests/conventions/{name}.py" for name in OPENING)]
    return ["tests/conventions", *sorted({folder_of(path) for path in unseen})]


def is_followed(path: PurePath) -> bool:
    """Return whether testmon sees what a change of this file touches: Python that runs in tests, not at import."""
    return path.suffix == ".py" and not DECLARING & {path.stem, *path.parent.parts}


def folder_of(path: PurePath) -> str:
    """Return the folder of tests that mirrors this path as far as one does: its room, its app, else `netzwerk`."""
    folder = PurePath("tests")
    for part in path.parts[:-1]:
        if part not in NO_APP and (ROOT / folder / part).is_dir():
            folder /= part
    return str(folder) if len(folder.parts) > 1 else "tests/netzwerk"
