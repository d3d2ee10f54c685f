"""Asynchronous commits on PostgreSQL: a commit returns before it is on the disk (SQLite: synchronous=NORMAL)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def lazy_commits() -> Iterator[None]:
    """Turn off synchronous_commit for the block: commits reach the disk a moment later, in their order.

    A killed process of ours loses nothing by that. A crash or a power cut of the database server may lose the
    transactions of the last 0.6 seconds (three times `wal_writer_delay`), each one as a whole. Does nothing on SQLite,
    and nothing behind a pooler, where a setting of the session would reach other clients.
    """
    if connection.vendor != "postgresql" or settings.DATABASE_POOLER:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        if connection.is_usable():  # a broken connection is reopened with the server's own setting
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")


def make_commit_wait() -> None:
    """Make the commit of this transaction synchronous: it and all commits before it are then on the disk.

    Undoes `lazy_commits` for the transaction that runs. Does nothing on SQLite.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO DEFAULT")
