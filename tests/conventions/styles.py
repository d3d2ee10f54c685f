"""Our stylesheets as the convention tests read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conventions.sources import ROOT

SHEETS = tuple(sorted((ROOT / "static" / "css").rglob("*.css")))
PIECES = tuple(path for path in SHEETS if path.parent.name == "pieces")
_STRING = r'"[^"]*"'
_CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")


@dataclass(frozen=True)
class Rule:
    """One rule: its selectors, its declarations, and the conditions (`@media …`) around it."""

    sheet: str
    condition: str
    selectors: tuple[str, ...]
    declarations: tuple[str, ...]

    @property
    def classes(self) -> set[str]:
        """The classes that its selectors name."""
        return {name for selector in self.selectors for name in classes(selector)}


def name_of(sheet: Path) -> str:
    """The sheet's name below static/, as templates write it."""
    return sheet.relative_to(ROOT / "static").as_posix()


def classes(selector: str) -> set[str]:
    """The classes that a selector names."""
    return set(_CLASS.findall(re.sub(_STRING, "", selector)))


def rules(sheet: Path) -> list[Rule]:
    """The rules of a stylesheet in their order; without `@page` and the like, which have no selector."""
    source = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return list(parsed(name_of(sheet), source))


def parsed(sheet: str, source: str, condition: str = "") -> Iterator[Rule]:
    """The rules of a stylesheet's text without comments; `sheet` is only its name."""
    for head, body in _blocks(source):
        if head.startswith("@media"):
            yield from parsed(sheet, body, head)
        elif not head.startswith("@"):
            yield Rule(sheet, condition, _split(head, ","), _split(body, ";"))


def _blocks(source: str) -> Iterator[tuple[str, str]]:
    """What stands before each outermost pair of braces, and what stands in it."""
    depth, begin, opened = 0, 0, 0
    for found in re.finditer(rf"{_STRING}|[{{}}]", source):
        if found[0] == "{":
            depth += 1
            opened = found.start() if depth == 1 else opened
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                yield _tidy(source[begin:opened]), source[opened + 1 : found.start()]
                begin = found.end()


def _split(source: str, mark: str) -> tuple[str, ...]:
    """The parts between the marks that stand in no string and no parentheses, tidied and without empty ones."""
    parts, depth, begin = [], 0, 0
    for found in re.finditer(rf"{_STRING}|[()]|{mark}", source):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == mark and not depth:
            parts.append(source[begin : found.start()])
            begin = found.end()
    return tuple(filter(None, map(_tidy, [*parts, source[begin:]])))


def _tidy(source: str) -> str:
    return " ".join(source.split())
