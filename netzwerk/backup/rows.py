"""Convert rows to JSON lines and back exactly as they are stored: no value is computed anew."""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import singledispatch
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import AutoField, BinaryField, Field, JSONField, Max, Model, Value
from django.db.models.functions import Length
from django.db.models.sql import InsertQuery
from django.utils.duration import duration_iso_string

ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 8 * 1024 * 1024
LEFT_OUT = frozenset(  # describe running processes only
    {"sessions.session", "usersessions.usersession", "mailroom.connection", "common.heartbeat"}
)


class UnfitRowError(Exception):
    """A line is not a row of this model."""


def models_of(apps: Any) -> list[type[Model]]:
    """Return the models with a table of their own, many-to-many tables included, except those in `LEFT_OUT`."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    ]


def fields_of(model: type[Model]) -> list[Field]:
    """Return the stored fields of the model in its order, without generated columns."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def columns_of(model: type[Model]) -> tuple[str, ...]:
    """Return the names of the fields that are saved (foreign keys as `…_id`)."""
    return tuple(field.attname for field in fields_of(model))


def lines(model: type[Model]) -> Iterator[bytes]:
    """Yield each row as a JSON line, ordered by key; reads a limited number of rows at once."""
    rows = model._base_manager.order_by("pk").values_list(*columns_of(model))
    for row in rows.iterator(chunk_size=_rows_at_once(model)):
        yield json.dumps(row, default=encode, separators=(",", ":")).encode() + b"\n"


def _rows_at_once(model: type[Model]) -> int:
    """Return the number of rows to read at once: at most `BYTES_AT_ONCE` even if each is as long as the longest."""
    names = [field.attname for field in fields_of(model) if isinstance(field, BinaryField)]
    if not names:
        return ROWS_AT_ONCE
    longest = model._base_manager.aggregate(**{f"longest_{name}": Max(Length(name)) for name in names})
    return min(ROWS_AT_ONCE, max(1, BYTES_AT_ONCE // (1 + sum(size or 0 for size in longest.values()))))


@singledispatch
def encode(value: Any) -> Any:
    """Return a value that JSON lacks as text that its field parses back; instants keep their microseconds."""
    raise TypeError(f"no way to write a {type(value).__name__}")


encode.register(datetime, datetime.isoformat)
encode.register(date, date.isoformat)
encode.register(time, time.isoformat)
encode.register(timedelta, duration_iso_string)
encode.register(Decimal, str)
encode.register(UUID, str)


@encode.register(bytes)
@encode.register(memoryview)
def _(value: bytes | memoryview) -> str:
    return base64.b64encode(value).decode("ascii")


def load(model: type[Model], columns: Sequence[str], written: Iterable[bytes]) -> None:
    """Insert lines as rows without computing any value anew. Raises UnfitRowError for a line that is not a row.

    `columns` gives the order of the values; a model built by migrations may have its fields in another order.
    """
    by_name = {field.attname: field for field in fields_of(model)}
    fields = [by_name[name] for name in columns]
    batch: list[Model] = []
    size = 0
    for line in written:
        batch.append(_row(model, fields, line))
        size += len(line)
        if len(batch) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
            _insert(model, fields, batch)
            batch, size = [], 0
    _insert(model, fields, batch)


def _row(model: type[Model], fields: list[Field], line: bytes) -> Model:
    """Return the line's values as an unsaved row. Raises UnfitRowError."""
    try:
        values = zip(fields, json.loads(line), strict=True)
        return model(**{field.attname: _decode(field, value) for field, value in values})
    except (ValueError, TypeError, ValidationError):
        raise UnfitRowError from None


def _decode(field: Field, value: Any) -> Any:
    if isinstance(field, JSONField) and value is None and not field.null:
        return Value(None, JSONField())  # JSON's own null, not SQL's
    return field.to_python(value)


def _insert(model: type[Model], fields: list[Field], batch: list[Model]) -> None:
    """Insert the rows with their values as they are, in statements that the database accepts in size."""
    if not batch:
        return
    step = max(1, connection.ops.bulk_batch_size(fields, batch))
    for start in range(0, len(batch), step):
        query = InsertQuery(model)
        query.insert_values(fields, batch[start : start + step], raw=True)
        query.get_compiler(using=DEFAULT_DB_ALIAS).execute_sql()


def last_key(model: type[Model]) -> int | None:
    """Return the highest key that the database ever assigned, 0 for none yet; None if it does not number the keys."""
    if not _has_counter(model):
        return None
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [connection.ops.quote_name(table), column])
            (sequence,) = cursor.fetchone()
            query = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"  # noqa: S608  # nosec B608 # PostgreSQL named and quoted it
            cursor.execute(query)
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def raise_key_counter(model: type[Model], at_least: int | None) -> None:
    """Make the next key higher than `at_least` and every existing key: the log refers to rows by their keys.

    Does nothing for a model whose keys the database does not number.
    """
    if not _has_counter(model):
        return
    last = max(at_least or 0, model._base_manager.aggregate(last=Max("pk"))["last"] or 0)
    if not last:
        return
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
        else:
            quoted = connection.ops.quote_name(table)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [quoted, column, last])


def _has_counter(model: type[Model]) -> bool:
    return isinstance(model._meta.pk, AutoField)  # BigAutoField and SmallAutoField pass as AutoField
