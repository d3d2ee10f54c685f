"""Test what `make quick` runs beside what pytest-testmon finds."""

from pathlib import PurePath

import pytest

from tests import touched

READING = ["tests/conventions", *(f"--ignore=tests/conventions/{name}.py" for name in touched.OPENING)]


@pytest.mark.parametrize(
    ("changed", "arguments"),
    [
        ([], READING),
        (["partners/services/letters.py", "tests/partners/test_letters.py"], READING),
        (["partners/models/contacts.py"], ["tests/conventions", "tests/partners"]),
        (["meetings/urls.py", "desk/filters.py"], ["tests/conventions", "tests/desk", "tests/meetings"]),
        (["templates/mailroom/outbox.html"], ["tests/conventions", "tests/mailroom"]),
        (["templates/meetings/planning/copy.html"], ["tests/conventions", "tests/meetings/planning"]),
        (["meetings/forms/planning/plans.py"], ["tests/conventions", "tests/meetings/planning"]),
        (["static/css/pieces/buttons.css"], ["tests/conventions", "tests/netzwerk"]),
        (["Dockerfile", "docs/outbox.md"], ["tests/conventions", "tests/netzwerk"]),
        (["team/migrations/0009_x.py", "netzwerk/settings.py"], ["tests/conventions", "tests/netzwerk", "tests/team"]),
    ],
)
def test_what_testmon_cannot_see_is_run_whole(changed: list[str], arguments: list[str]) -> None:
    assert touched.arguments_beside_testmon(changed) == arguments


def test_every_named_module_is_there() -> None:
    folder = touched.ROOT / "tests" / "conventions"
    assert [name for name in touched.OPENING if not (folder / f"{name}.py").exists()] == []
    for app in ("common", "public", "regions"):
        assert touched.folder_of(PurePath(f"{app}/services/x.py")) == f"tests/{app}"
