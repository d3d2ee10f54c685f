"""See what is written: every statement that changes a row is noted as it passes the connection."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

# Sessions, allauth's own copy of an address (made when it is first needed), and the counters of the rate limits.
BOOKKEEPING = frozenset({"django_session", "usersessions_usersession", "account_emailaddress"})
# EXECUTE: the statements that we prepare ourselves are queries (meetings/services/answers/invitee_sql.py).
_READS = re.compile(
    r"\s*(SELECT|EXPLAIN|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET|SHOW|DECLARE|FETCH|PRAGMA|EXECUTE)\b", re.I
)
_TABLE = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.I)


def _counters() -> set[str]:
    """The table of the rate limits, where the database is the cache."""
    default = settings.CACHES["default"]
    return {default["LOCATION"]} if default["BACKEND"].endswith("DatabaseCache") else set()


@contextmanager
def writes(*, beside: Collection[str] = ()) -> Iterator[list[str]]:
    """Yield a list that fills with the tables whose rows are changed in the block, in order, one name per statement.

    A statement that meets no row changes nothing and is left out, and so are BOOKKEEPING and the tables in `beside`.
    What is not known as reading counts as writing: with the statement itself where it names no table.
    """
    left_out = {*BOOKKEEPING, *beside, *_counters()}
    written: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        # SQLite counts the rows of a statement with RETURNING only when they have been fetched.
        changes_rows = context["cursor"].rowcount != 0 or " RETURNING " in sql
        if changes_rows and not _READS.match(sql):
            found = _TABLE.search(sql)
            table = found[1] if found else sql
            if table not in left_out:
                written.append(table)
        return result

    with connection.execute_wrapper(note):
        yield written


def contents() -> dict[str, list[str]]:
    """Return every row of every table that holds more than bookkeeping: to compare single rows. `writes` is quicker."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - BOOKKEEPING
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows
