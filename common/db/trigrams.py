"""Looking for a part of a word among many rows: an index of three letters each where PostgreSQL has `pg_trgm`."""

import logging
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.db.models.lookups import In

from common.folding import SHORTEST_PART

logger = logging.getLogger(__name__)

_COLUMNS = ("search_text", "digits")


def holds(word: str) -> Q:
    """Rows whose `search_text` holds the word, one of `folding.search_words`; a short one where a word begins.

    Each of the conditions can be answered by the index.
    """
    if len(word) >= SHORTEST_PART:
        return Q(search_text__contains=word)
    after_break = Q(search_text__contains=f" {word}") | Q(search_text__contains=f"\n{word}")
    return Q(search_text__startswith=word) | after_break


class _InArray(In):
    """Whether a value is among those of a subquery, which PostgreSQL executes first.

    Its planner would rather read the whole table and join, not knowing how few rows hold a part of a word.
    """

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        """The comparison with the subquery, which stands in brackets already."""
        return f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)


def any_of(rows: models.QuerySet, *looks: Q | models.QuerySet, is_ranked: bool) -> Q:
    """Those of `rows` that are found by one of the looks or more: a condition, or their keys from another table.

    For who ranks or counts everything (`is_ranked`) each look by itself, so that an index can answer it, joined; a
    single condition with OR reads row by row, which is the quicker for the first fifty in order.
    """
    return every_of(rows, [looks], is_ranked=is_ranked)


def every_of(rows: models.QuerySet, words: Sequence[Sequence[Q | models.QuerySet]], *, is_ranked: bool) -> Q:
    """Those of `rows` that are found by one of the looks or more of each word, as in `any_of`; without words all.

    Ranked, all words together are a single comparison: before version 17 PostgreSQL tries each key of one array with
    each of another.
    """
    if not is_ranked or not words:
        alternatives = ((look if isinstance(look, Q) else Q(pk__in=look) for look in looks) for looks in words)
        return Q(*(reduce(or_, conditions) for conditions in alternatives))
    keys = rows.order_by().values("pk")
    found = []
    for looks in words:
        first, *others = (keys.filter(look) if isinstance(look, Q) else look for look in looks)
        found.append(first.union(*others, all=True))  # that one stands there twice does no harm
    first, *others = found
    return Q(_InArray(F("pk"), (first.intersection(*others) if others else first).query))


def index(*, using: str, **options: Any) -> None:
    """Make the index of every column that is searched and has none yet; after each `migrate`.

    So a server that gets `pg_trgm` later has the indexes with the next one. Without it everything is found, too,
    only slower.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    searched = [(model._meta.db_table, column) for model in apps.get_models() for column in _searched(model)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND NOT EXISTS (SELECT FROM pg_indexes WHERE schemaname = table_schema AND tablename = table_name"
            " AND indexdef LIKE '%(' || column_name || ' %gin_trgm_ops)')"
        )
        missing = sorted(set(searched).intersection(cursor.fetchall()))
    if missing:
        _make(missing, using)


def prefer_indexes(*, connection: BaseDatabaseWrapper, **options: Any) -> None:
    """Tell PostgreSQL on a new connection that rows are in memory, unless somebody has told it something else.

    Its default for `random_page_cost` is meant for turning disks: with it searches read whole tables. Behind a pooler
    that gives each transaction another session the server has to be told (docs/operations.md).
    """
    if connection.vendor == "postgresql" and not settings.DATABASE_POOLER:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(name, '1.1', false) FROM pg_settings"
                " WHERE name = 'random_page_cost' AND source = 'default'"
            )


def _make(missing: Sequence[tuple[str, str]], using: str) -> None:
    """The extension and the indexes, or neither. Whoever owns the database may add it (trusted since PostgreSQL 13)."""
    connection = connections[using]
    quote = connection.ops.quote_name
    try:
        with transaction.atomic(using), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table, column in missing:
                name = quote(f"{table}_{column}_trgm")
                cursor.execute(f"CREATE INDEX {name} ON {quote(table)} USING gin ({quote(column)} gin_trgm_ops)")
    except DatabaseError as error:  # not installed on the server, or not ours to add
        logger.warning("No index for the search, which is slower without: %s", error)


def _searched(model: type[models.Model]) -> list[str]:
    return [field.column for field in model._meta.local_concrete_fields if field.column in _COLUMNS]
