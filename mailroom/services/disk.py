"""Whether PostgreSQL says that something is written before it is on the disk, as SQLite does (NORMAL)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def not_waiting() -> Iterator[None]:
    """What is committed here reaches the disk a moment later, in its order.

    A killed process of ours loses nothing by that; a crash or a power cut of the database server may lose the last
    0.6 seconds (three times its `wal_writer_delay`), all of each transaction.
    Behind a pooler a setting of the session would reach others, so there everything waits.
    """
    if connection.vendor != "postgresql" or settings.DATABASE_POOLER:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        if connection.is_usable():  # one that broke is opened anew, with the server's own setting
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")


def wait() -> None:
    """Let the commit of this transaction wait after all: with it everything before it is on the disk."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO DEFAULT")
