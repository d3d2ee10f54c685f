"""Queries whose SQL Django builds once: for the few pages where building it costs more than the database takes."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row")

# Stand for the values while the SQL is built; by type, since each kind of field takes its own.
_MARKS: dict[type, Any] = {str: "\ufdd0", UUID: UUID(int=0xFDD0), datetime: datetime(1601, 1, 1, tzinfo=UTC)}
_FIELDS: dict[type, models.Field] = {
    str: models.TextField(),
    UUID: models.UUIDField(),
    datetime: models.DateTimeField(),
}


class Prepared(Generic[Row]):
    """A SELECT that is built at its first use on each connection and only executed from then on.

    `build` makes the queryset from one value of each of `types` (str, UUID or datetime, each at most once), all used
    as they are in an exact comparison or an inequality; what else it holds has to be the same for every call. Calling
    it with the values returns what `list(build(*values))` would.
    """

    def __init__(self, build: Callable[..., "models.QuerySet[Any, Row]"], *types: type) -> None:
        self._build = build
        self._types = types
        self._ready: WeakKeyDictionary[BaseDatabaseWrapper, _Ready] = WeakKeyDictionary()

    def __call__(self, *values: Any) -> list[Row]:
        """The rows of one query."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection not in self._ready:
            self._ready[connection] = _Ready(self._build, self._types, connection)
        return self._ready[connection].rows(values, connection)


class _Ready:
    """The SQL for one connection, and what Django reads its rows with.

    Stands in for the queryset that a row iterable is made for, and for its query: both are asked for little more than
    the compiler.
    """

    _known_related_objects: dict[Any, Any] = {}
    db = DEFAULT_DB_ALIAS

    def __init__(self, build: Callable[..., Any], types: Sequence[type], connection: BaseDatabaseWrapper) -> None:
        queryset = build(*(_MARKS[kind] for kind in types))
        self.query = self
        self._iterable = queryset._iterable_class
        self._compiler = queryset.query.get_compiler(connection=connection)
        self._sql, self._params = self._compiler.as_sql()
        self._fields = [_FIELDS[kind] for kind in types]
        marks = [_FIELDS[kind].get_db_prep_value(_MARKS[kind], connection) for kind in types]
        self._places = [[place for place, value in enumerate(self._params) if value == mark] for mark in marks]
        if not all(self._places):
            raise ValueError("Not every value is in the query as it was given.")

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """The one that has its SQL."""
        return self._compiler

    def rows(self, values: Sequence[Any], connection: BaseDatabaseWrapper) -> list[Any]:
        """Execute it with these values. Connections belong to one thread, and rows are read to the end here."""
        bound = list(self._params)
        for field, value, places in zip(self._fields, values, self._places, strict=True):
            for place in places:
                bound[place] = field.get_db_prep_value(value, connection)
        self._compiler.as_sql = lambda *args, **kwargs: (self._sql, tuple(bound))
        return list(self._iterable(self))
