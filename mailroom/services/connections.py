"""Limit of parallel connections to the mail server: MAIL_CONNECTIONS rows, each held by at most one process.

A row is taken by a conditional UPDATE, so exactly one process gets it, on PostgreSQL and SQLite. A process that dies
loses its row when the lease ends.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from mailroom.models import Connection

_LONGEST = timedelta(seconds=60)  # of a lease that is not extended


@dataclass
class Held:
    """A connection held by this process. `number` counts from 0, `by` is random, `until` (UTC) ends the lease."""

    number: int
    by: str
    until: datetime = field(default_factory=timezone.now)

    def keep(self) -> None:
        """Extend the lease; writes only when less than half of it is left.

        Does not notice that the lease has ended and another process holds the connection.
        """
        now = timezone.now()
        if self.until - now < _lease() / 2:
            self.until = now + _lease()
            Connection.objects.filter(number=self.number, held_by=self.by).update(held_until=self.until)


@contextmanager
def held() -> Iterator[Held | None]:
    """Hold a free connection for the length of the block; yield None when all are in use."""
    mine = _take(uuid.uuid4().hex)
    try:
        yield mine
    finally:
        if mine:
            Connection.objects.filter(number=mine.number, held_by=mine.by).update(held_until=timezone.now(), held_by="")


def _take(by: str) -> Held | None:
    """Take the first free one of the MAIL_CONNECTIONS rows, which are created if missing; None when none is free."""
    wanted = range(settings.MAIL_CONNECTIONS)
    known = dict(Connection.objects.filter(number__in=wanted).values_list("number", "held_until"))
    if len(known) < len(wanted):
        Connection.objects.bulk_create((Connection(number=number) for number in wanted), ignore_conflicts=True)
    now = timezone.now()
    for number in wanted:
        if known.get(number, now) > now:
            continue
        until = now + _lease()
        free = Connection.objects.filter(number=number, held_until__lte=now)
        if free.update(held_by=by, held_until=until):
            return Held(number, by, until)
    return None


def _lease() -> timedelta:
    """Return the length of a lease: MAIL_LEASE_SECONDS, at most 60 seconds."""
    return min(_LONGEST, timedelta(seconds=settings.MAIL_LEASE_SECONDS))
