"""Search for parts of words in many rows: with trigram indexes where PostgreSQL has `pg_trgm`."""

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

_COLUMNS = ("search_text", "body_text", "digits")


def holds(word: str) -> Q:
    """Return the condition that `search_text` holds a word (one of `folding.search_words`).

    A word shorter than `SHORTEST_PART` matches only at the beginning of a word. The index can answer each condition.
    """
    if len(word) >= SHORTEST_PART:
        return Q(search_text__contains=word)
    after_break = Q(search_text__contains=f" {word}") | Q(search_text__contains=f"\n{word}")
    return Q(search_text__startswith=word) | after_break


def tells(word: str) -> Q:
    """Return the condition that `body_text`, a row's notes or long text, holds a word; one too short for that: none."""
    return Q(body_text__contains=word) if len(word) >= SHORTEST_PART else Q(pk__in=[])


class _InArray(In):
    """An `in` lookup over a subquery that PostgreSQL executes first.

    Its planner does not know how few rows hold a part of a word; with a plain `in` it reads the whole table and joins.
    """

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        """Return the comparison with the subquery, which is already in brackets."""
        return f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)


def any_of(rows: models.QuerySet, *looks: Q | models.QuerySet, is_ranked: bool) -> Q:
    """Return the condition for those of `rows` that at least one of the looks finds.

    A look is a condition, or a queryset of the rows' keys from another table. With `is_ranked`, for callers that rank
    or count all rows, each look is a query of its own, so that an index can answer it, and the results are joined.
    Otherwise it is one condition with OR, which reads row by row and is quicker for the first fifty rows in order.
    """
    return every_of(rows, [looks], is_ranked=is_ranked)


def every_of(rows: models.QuerySet, words: Sequence[Sequence[Q | models.QuerySet]], *, is_ranked: bool) -> Q:
    """Return the condition for those of `rows` that match every word by at least one of its looks (see `any_of`).

    Without words all rows match. With `is_ranked` all words form a single comparison: before version 17 PostgreSQL
    compares each key of one array with each key of another.
    """
    if not is_ranked or not words:
        alternatives = ((look if isinstance(look, Q) else Q(pk__in=look) for look in looks) for looks in words)
        return Q(*(reduce(or_, conditions) for conditions in alternatives))
    keys = rows.order_by().values("pk")
    found = []
    for looks in words:
        first, *others = (keys.filter(look) if isinstance(look, Q) else look for look in looks)
        found.append(first.union(*others, all=True))  # a key that occurs twice does no harm
    first, *others = found
    return Q(_InArray(F("pk"), (first.intersection(*others) if others else first).query))


def create_indexes(*, using: str, **options: Any) -> None:
    """Create the missing trigram index of every searched column on PostgreSQL (a receiver of `post_migrate`).

    A server that gets `pg_trgm` later gets the indexes with the next `migrate`. Without them the search finds the same,
    but slower.
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
    """Set `random_page_cost` to 1.1 on a new PostgreSQL connection, unless the server already sets it.

    The default is meant for spinning disks: with it searches read whole tables. A pooler gives each transaction another
    session, so there the server must be configured instead (docs/operations.md).
    """
    if connection.vendor == "postgresql" and not settings.DATABASE_POOLER:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(name, '1.1', false) FROM pg_settings"
                " WHERE name = 'random_page_cost' AND source = 'default'"
            )


def _make(missing: Sequence[tuple[str, str]], using: str) -> None:
    """Create the extension and the indexes in one transaction; log a warning where the database refuses.

    The owner of the database may create the extension (trusted since PostgreSQL 13).
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    try:
        with transaction.atomic(using), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table, column in missing:
                name = quote(f"{table}_{column}_trgm")
                cursor.execute(f"CREATE INDEX {name} ON {quote(table)} USING gin ({quote(column)} gin_trgm_ops)")
    except DatabaseError as error:  # pg_trgm is not installed, or this role may not create it
        logger.warning("No index for the search, which is slower without: %s", error)


def _searched(model: type[models.Model]) -> list[str]:
    """Return the model's columns that people search, by their names (`_COLUMNS`)."""
    return [field.column for field in model._meta.local_concrete_fields if field.column in _COLUMNS]
