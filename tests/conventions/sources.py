"""The files of this project, as the convention tests read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# From the ground up.
FLOORS = ("common", "team", "regions", "mailroom", "partners", "meetings", "public", "desk", "netzwerk")
_NOT_OURS = {"var", "staticfiles", "node_modules", ".git"}  # a work tree's .git is a file


def relative(path: Path) -> str:
    """The path as one reads it in a message."""
    return path.relative_to(ROOT).as_posix()


@cache
def files(pattern: str = "*") -> tuple[Path, ...]:
    """Every file of the project, generated and hidden folders left out (.ci and .github kept)."""
    found = []
    for path in sorted(ROOT.rglob(pattern)):
        parts = path.relative_to(ROOT).parts
        is_hidden = any(part.startswith(".") and part not in (".ci", ".github") for part in parts[:-1])
        if path.is_file() and not is_hidden and parts[0] not in _NOT_OURS and "__pycache__" not in parts:
            found.append(path)
    return tuple(found)


def modules(*, tests: bool = False) -> Iterator[Path]:
    """Our Python modules without migrations; with the tests when asked for."""
    for path in files("*.py"):
        parts = path.relative_to(ROOT).parts
        if "migrations" not in parts and (parts[0] in FLOORS or (tests and parts[0] == "tests")):
            yield path


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def floor(name: str) -> int | None:
    """How high a dotted name of ours lives; None for what is not ours."""
    head = name.partition(".")[0]
    return FLOORS.index(head) if head in FLOORS else None


def lines(path: Path) -> int:
    """Number of lines."""
    return len(path.read_text(encoding="utf-8").splitlines())
