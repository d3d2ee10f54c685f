"""What no file of this project says."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.sources import files, modules, relative

TEXT = {".py", ".html", ".txt", ".md", ".css", ".js", ".toml", ".csv", ".yml", ".yaml", ".json", ".svg", ""}
OWN = Path(__file__)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|tmp|home/\w+|Users/\w+)/")
PACKAGE_INDEX = re.compile(r"pypi\.org|pythonhosted|--(?:extra-)?index-url[ =]\S|--find-links", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
SKIPS = re.compile(r"pytest\.skip\(|mark\.skip|mark\.xfail|importorskip|unittest\.mock|\bmocker\b")
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")


def _texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        if path != OWN and path.suffix in TEXT:
            yield path, path.read_text(encoding="utf-8")


def _found(pattern: re.Pattern[str], texts: Iterator[tuple[Path, str]]) -> list[str]:
    return [
        f"{relative(path)}:{number}: {line.strip()[:80]}"
        for path, text in texts
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_path_of_a_machine():
    assert _found(MACHINE_PATH, _texts()) == []


def test_no_address_of_a_package_index():
    assert _found(PACKAGE_INDEX, _texts()) == []


def test_nothing_is_left_for_later():
    assert _found(UNFINISHED, _texts()) == []


def test_no_test_is_switched_off_and_nothing_of_ours_is_mocked():
    """A missing program or folder is said by the `program` mark and the `shared` fixture, in tests/conftest.py."""
    tests = ((path, path.read_text()) for path in modules(tests=True) if relative(path) != "tests/conftest.py")
    assert _found(SKIPS, ((path, text) for path, text in tests if path != OWN)) == []


def test_every_mail_address_is_invented():
    """Nobody gets mail from a test or from the demo: RFC 2606 keeps .example, .test and .invalid free."""
    reserved = (".example", ".test", ".invalid", ".localhost")
    found = {
        f"{relative(path)}: {match.group()}"
        for path, text in _texts()
        for match in ADDRESS.finditer(text)
        if not match.group(1).lower().endswith(reserved)
        and match.group(1).lower() not in ("example.com", "example.org", "127.0.0.1")
    }
    assert found == set()
