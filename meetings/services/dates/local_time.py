"""Local clock times and the instants they mean, also in the two nights a year when the clock changes."""

from datetime import UTC, date, datetime, time

from django.utils import timezone


class NoSuchTime(ValueError):
    """The clock jumps over this time (in spring)."""


class TwiceThatNight(ValueError):
    """The clock shows this time twice (in autumn), and nobody said which."""


def is_twice(day: date, clock: time) -> bool:
    """Whether the local clock shows this time twice that day (PEP 495: both folds are real and differ)."""
    first, second = (_local(day, clock, fold) for fold in (0, 1))
    return first.utcoffset() != second.utcoffset() and _exists(first)


def instant(day: date, clock: time, fold: int | None = None) -> datetime:
    """The instant (UTC) of a local day and time; `fold` 0 (summer time) or 1 (winter time) where it comes twice.

    Raises NoSuchTime or TwiceThatNight (when `fold` is None): nothing is guessed.
    """
    local = _local(day, clock, fold or 0)
    if not _exists(local):
        raise NoSuchTime
    if fold is None and is_twice(day, clock):
        raise TwiceThatNight
    return local.astimezone(UTC)


def fold_of(value: datetime) -> int | None:
    """Which of two equal local times an instant is: 0, 1, or None when that time comes only once."""
    local = timezone.localtime(value)
    return local.fold if is_twice(local.date(), local.time()) else None


def _local(day: date, clock: time, fold: int) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), timezone.get_current_timezone())


def _exists(local: datetime) -> bool:
    """A time that the clock jumps over comes back from UTC as another one."""
    there_and_back = local.astimezone(UTC).astimezone(local.tzinfo)
    return there_and_back.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)


def midnight(day: date) -> datetime:
    """When a local day begins (UTC). The German clock never changes at midnight."""
    return _local(day, time(0), 0).astimezone(UTC)
