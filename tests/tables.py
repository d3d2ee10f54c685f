"""Read every row of every table, to compare the database before and after an act."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import transaction

Tables = dict[str, dict[Any, dict[str, Any]]]

# Sessions, and allauth's copy of the address, which it makes on first use.
BOOKKEEPING = frozenset({"sessions.session", "usersessions.usersession", "account.emailaddress"})


class _Undone(Exception):
    pass


@contextmanager
def undone() -> Iterator[None]:
    """Roll back whatever the block writes; it must run inside a test's transaction."""
    try:
        with transaction.atomic():
            yield
            raise _Undone
    except _Undone:
        pass


def contents(*, of: Collection[str] | None = None, without: Collection[str] = BOOKKEEPING) -> Tables:
    """Return every row by model label and key, with every column.

    `of` are names of tables (None: all); `without` are labels of models to leave out.
    """
    everything = apps.get_models(include_auto_created=True)
    models = [model for model in everything if of is None or model._meta.db_table in of]
    return {
        model._meta.label_lower: {row[model._meta.pk.attname]: row for row in model._base_manager.values()}
        for model in models
        if model._meta.managed and model._meta.label_lower not in without
    }


def differences(before: Tables, after: Tables, *, but: Collection[str] = ()) -> list[str]:
    """Return one line for each row that is new or gone and for each column with another value.

    `but` names what may differ: a model's label („team.activity“) or a column („meetings.meeting.version“).
    """
    found = []
    for label in sorted(before.keys() | after.keys()):
        if label not in but:
            found += list(_of_table(label, before.get(label, {}), after.get(label, {}), but))
    return found


def _of_table(label: str, before: dict[Any, Any], after: dict[Any, Any], but: Collection[str]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys(), key=str):
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            yield f"{label} {key}: {'new' if was is None else 'gone'}"
            continue
        for column in was:
            if was[column] != now[column] and f"{label}.{column}" not in but:
                yield f"{label} {key} {column}: {was[column]!r} → {now[column]!r}"
