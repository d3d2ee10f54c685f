"""Conversion of local clock times to instants, including the two nights a year when the clock changes."""

from datetime import UTC, date, datetime, time

from django.utils import timezone


class NoSuchTime(ValueError):
    """The clock skips this local time (in spring)."""


class TwiceThatNight(ValueError):
    """The clock shows this local time twice (in autumn), and `fold` does not say which one is meant."""


def is_twice(day: date, clock: time) -> bool:
    """Return whether the local clock shows this time twice that day (PEP 495: both folds exist and differ)."""
    first, second = (_local(day, clock, fold) for fold in (0, 1))
    return first.utcoffset() != second.utcoffset() and _exists(first)


def instant(day: date, clock: time, fold: int | None = None) -> datetime:
    """Return the instant (UTC) of a local day and time.

    `fold` 0 (summer time) or 1 (winter time) selects one of two equal times. Raises NoSuchTime for a skipped time, and
    TwiceThatNight for an ambiguous time without `fold`.
    """
    local = _local(day, clock, fold or 0)
    if not _exists(local):
        raise NoSuchTime
    if fold is None and is_twice(day, clock):
        raise TwiceThatNight
    return local.astimezone(UTC)


def fold_of(value: datetime) -> int | None:
    """Return the fold (0 or 1) of an instant whose local time occurs twice, else None."""
    local = timezone.localtime(value)
    return local.fold if is_twice(local.date(), local.time()) else None


def _local(day: date, clock: time, fold: int) -> datetime:
    """Return the local time, aware, in the current time zone; whether it exists is not checked."""
    return datetime.combine(day, clock.replace(fold=fold), timezone.get_current_timezone())


def _exists(local: datetime) -> bool:
    """Return whether the local time exists: a skipped one comes back from UTC as another time."""
    there_and_back = local.astimezone(UTC).astimezone(local.tzinfo)
    return there_and_back.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)


def midnight(day: date) -> datetime:
    """Return the instant (UTC) at which a local day begins. The German clock never changes at midnight."""
    return _local(day, time(0), 0).astimezone(UTC)
