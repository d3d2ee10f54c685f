"""Statements whose SQL Django builds once: for the few places where building it costs more than the database takes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row")
Found = TypeVar("Found")

# Stand for the values while the SQL is built; by type, since each kind of field takes its own.
_MARKS: dict[type, Callable[[int], Any]] = {
    str: lambda place: f"\ufdd0{place}",
    int: lambda place: -64976 - place,
    UUID: lambda place: UUID(int=0xFDD0 + place),
    datetime: lambda place: datetime(1601, 1, 1, tzinfo=UTC) + timedelta(seconds=place),
}
_FIELDS: dict[type, models.Field] = {
    str: models.TextField(),
    int: models.IntegerField(),
    UUID: models.UUIDField(),
    datetime: models.DateTimeField(),
}


class _Prepared(ABC, Generic[Found]):
    """What is built once for each connection."""

    def __init__(self, build: Callable[..., Any], *types: type) -> None:
        self._build = build
        self._types = types
        self._ready: WeakKeyDictionary[BaseDatabaseWrapper, Any] = WeakKeyDictionary()

    def __call__(self, *values: Any) -> Found:
        """Execute the statement with these values."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection not in self._ready:
            marks = [_MARKS[kind](place) for place, kind in enumerate(self._types)]
            self._ready[connection] = self._made(connection, marks)
        return self._executed(connection, values)

    def _executed(self, connection: BaseDatabaseWrapper, values: Sequence[Any]) -> Found:
        with kept_by_the_server(connection):
            found: Found = self._ready[connection].execute(values)
        return found

    @abstractmethod
    def _made(self, connection: BaseDatabaseWrapper, marks: Sequence[Any]) -> Any:
        """The statement for this connection, with marks where the values go."""


class Prepared(_Prepared[list[Row]]):
    """A SELECT that is built at its first use on each connection and only executed from then on.

    `build` makes the queryset from one value of each of `types` (str, int, UUID or datetime), all used as they are in
    an exact comparison or an inequality; what else it holds has to be the same for every call. Calling it with the
    values returns what `list(build(*values))` would.
    """

    def _executed(self, connection: BaseDatabaseWrapper, values: Sequence[Any]) -> list[Row]:
        """A kept connection is not asked first whether it still works: a SELECT tells, and may be repeated."""
        if connection.in_atomic_block:
            return super()._executed(connection, values)
        connection.health_check_done = True  # type: ignore[attr-defined]  # missing in the stubs
        try:
            return super()._executed(connection, values)
        except (OperationalError, InterfaceError):
            if connection.is_usable():
                raise
            connection.close()
            return super()._executed(connection, values)

    def _made(self, connection: BaseDatabaseWrapper, marks: Sequence[Any]) -> "_Select":
        return _Select(self._build(*marks), self._types, marks, connection)


class PreparedUpdate(_Prepared[int]):
    """An UPDATE that is built at its first use on each connection.

    `build` makes from one value of each of `types` the queryset, as for `Prepared`, and what its rows get: literals,
    or the values as they are. Calling it with the values returns what `queryset.update(**what)` would: how many rows.
    """

    def _made(self, connection: BaseDatabaseWrapper, marks: Sequence[Any]) -> "_Update":
        queryset, what = self._build(*marks)
        return _Update(queryset, what, self._types, marks, connection)


class _Statement:
    """The SQL for one connection and where the values go."""

    def __init__(self, compiler: Any, types: Sequence[type], marks: Sequence[Any]) -> None:
        self._compiler = compiler
        self._connection: BaseDatabaseWrapper = compiler.connection
        self._sql, self._params = compiler.as_sql()
        self._fields = [_FIELDS[kind] for kind in types]
        stored = [
            field.get_db_prep_value(mark, self._connection) for field, mark in zip(self._fields, marks, strict=True)
        ]
        self._places = [[place for place, value in enumerate(self._params) if value == mark] for mark in stored]
        if not all(self._places):
            raise ValueError("Not every value is in the query as it was given.")

    def _bound(self, values: Sequence[Any]) -> tuple[Any, ...]:
        bound = list(self._params)
        for field, value, places in zip(self._fields, values, self._places, strict=True):
            for place in places:
                bound[place] = field.get_db_prep_value(value, self._connection)
        return tuple(bound)


class _Select(_Statement):
    """Also what Django reads the rows with.

    Stands in for the queryset that a row iterable is made for, and for its query: both are asked for little more than
    the compiler.
    """

    _known_related_objects: dict[Any, Any] = {}
    db = DEFAULT_DB_ALIAS

    def __init__(
        self, queryset: Any, types: Sequence[type], marks: Sequence[Any], connection: BaseDatabaseWrapper
    ) -> None:
        super().__init__(queryset.query.get_compiler(connection=connection), types, marks)
        self.query = self
        self._iterable = queryset._iterable_class
        converters = self._compiler.get_converters([column[0] for column in self._compiler.select])
        self._compiler.get_converters = lambda columns: converters

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """The one that has its SQL."""
        return self._compiler

    def execute(self, values: Sequence[Any]) -> list[Any]:
        """Connections belong to one thread, and rows are read to the end here."""
        bound = self._bound(values)
        self._compiler.as_sql = lambda *args, **kwargs: (self._sql, bound)
        return list(self._iterable(self))


class _Update(_Statement):
    """What `QuerySet.update` does, without building it."""

    def __init__(
        self,
        queryset: Any,
        what: dict[str, Any],
        types: Sequence[type],
        marks: Sequence[Any],
        connection: BaseDatabaseWrapper,
    ) -> None:
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(what)
        super().__init__(query.get_compiler(connection=connection), types, marks)

    def execute(self, values: Sequence[Any]) -> int:
        """How many rows the WHERE found."""
        with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), self._connection.cursor() as cursor:
            cursor.execute(self._sql, self._bound(values))
            return int(cursor.rowcount)


@contextmanager
def kept_by_the_server(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let PostgreSQL keep the plans of what is executed here, and send values apart from the SQL.

    Planning such a query takes longer than its rows; bytes need not be written as text and read again.
    Needs `prepare_threshold` in the connection's options, which DATABASE_POOLER leaves out.
    """
    if connection.settings_dict["OPTIONS"].get("prepare_threshold") is None:
        yield
        return
    connection.ensure_connection()
    own = connection.connection
    usual, own.cursor_factory = own.cursor_factory, ServerBindingCursor
    try:
        yield
    finally:
        own.cursor_factory = usual
