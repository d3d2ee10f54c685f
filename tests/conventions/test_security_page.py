"""docs/security.md names tests that exist, chapter by chapter."""

import ast
import re

from tests.conventions.sources import ROOT, tree

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "security.md").read_text().splitlines()
    if re.match(r"\| V\d", line)
]
NAMED = [name for row in ROWS for name in re.findall(r"`(tests/\S+?::\w+)`", row[-1])]


def test_every_test_it_names_exists():
    missing = []
    for name in NAMED:
        file, _, function = name.partition("::")
        path = ROOT / file
        found = path.exists() and function in {
            node.name for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)
        }
        if not found:
            missing.append(name)
    assert missing == []


def test_every_line_has_its_test_or_says_why_there_is_none():
    assert 40 <= len(ROWS) <= 60
    assert [row for row in ROWS if not re.match(r"`tests/|no test: |none", row[-1])] == []


def test_every_chapter_is_there():
    chapters = {int(number) for row in ROWS for number in re.findall(r"\bV(\d+)\b", row[0])}
    assert chapters == set(range(1, 18))
