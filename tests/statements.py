"""Choose the tests that PostgreSQL runs after SQLite: docs/decisions/0015-what-postgresql-runs-again.md.

On SQLite each worker notes the tests that sent a statement that none of its tests had sent before, or got a database
error of a kind that none had got for it. PostgreSQL runs these, the tests with transactions of their own, and those
marked `both_databases`.
"""

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection

NOTE, ONLY = "--note-new-statements", "--only-new-statements"
_REPETITIONS = [
    (re.compile(r"%s(, %s)+"), "%s"),
    (re.compile(r"\(%s\)(, \(%s\))+"), "(%s)"),
    (re.compile(r"(WHEN (?:(?!WHEN).)+? THEN %s\s*)+", re.S), "WHEN … "),
    (re.compile(r"\b\d+\b"), "0"),
    (re.compile(r"SAVEPOINT \S+"), "SAVEPOINT"),
]


@cache
def shape(sql: str) -> str:
    """Return the statement without numbers, and with lists of any length as one value."""
    for pattern, instead in _REPETITIONS:
        sql = pattern.sub(instead, sql)
    return sql


class NewStatements:
    """A pytest plugin: note the tests of this process that send a new statement, and write their ids to a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sent: set[str] = set()
        self.tests: dict[str, None] = {}
        self.running = ""
        self._open = ExitStack()

    def pytest_sessionstart(self) -> None:
        self._open.enter_context(connection.execute_wrapper(self.note))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running = nodeid

    def note(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Execute a statement, and note the running test if the statement or its error is new."""
        sent = shape(str(sql))
        try:
            return execute(sql, params, many, context)
        except DatabaseError as error:
            sent += f" {type(error).__name__}"
            raise
        finally:
            if self.running and sent not in self.sent:  # before the first test the tables are made
                self.sent.add(sent)
                self.tests[self.running] = None

    def pytest_sessionfinish(self) -> None:
        self._open.close()
        if self.tests:
            self.folder.mkdir(exist_ok=True)
            (self.folder / f"{os.getpid()}.txt").write_text("\n".join(self.tests))


def noted(folder: Path) -> set[str]:
    """Return the ids that all processes have written to the folder."""
    return {line for file in folder.glob("*.txt") for line in file.read_text().splitlines()}


def runs_on_both(item: pytest.Item, noted_ids: set[str]) -> bool:
    """Return whether the test, which uses a database, runs on PostgreSQL as well."""
    if item.nodeid in noted_ids or item.get_closest_marker("both_databases"):
        return True
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", ())
