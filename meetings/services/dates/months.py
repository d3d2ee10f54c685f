"""One month of the calendar for choosing a date: its days, holidays and meetings."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Prefetch
from django.utils import timezone

from meetings.enums import State
from meetings.models import Meeting
from meetings.services.dates import local_time
from regions.models import Network
from regions.services import days
from regions.services.days import Day

_WEEK = 7


@dataclass(frozen=True)
class Entry:
    """A meeting on a day; `is_own`: it is one of a network that the date is chosen for."""

    meeting: Meeting
    networks: tuple[Network, ...]
    is_own: bool


@dataclass(frozen=True)
class MonthDay:
    """A day of the month with its holidays and meetings."""

    day: Day
    entries: tuple[Entry, ...] = ()
    is_chosen: bool = False
    is_today: bool = False

    @property
    def date(self) -> date:
        """The local day."""
        return self.day.date

    @property
    def notes(self) -> list[str]:
        """The holidays, the bridge day and the networks that meet, in German."""
        said = [self.day.public_holiday, self.day.school_holiday, _bridge(self.day)]
        who = [network.short_name for entry in self.entries for network in entry.networks]
        return [*(note for note in said if note), *([f"Treffen {' und '.join(dict.fromkeys(who))}"] if who else [])]


@dataclass(frozen=True)
class Span:
    """Consecutive days that are off for the same reason."""

    first: date
    last: date
    name: str


@dataclass(frozen=True)
class Month:
    """A month with its days; weeks begin on Monday."""

    first: date
    days: tuple[MonthDay, ...]
    unknown_school_years: tuple[str, ...] = ()

    @property
    def weeks(self) -> list[list[MonthDay | None]]:
        """The rows of seven days from Monday; None stands for days outside the month."""
        cells: list[MonthDay | None] = [*[None] * self.first.weekday(), *self.days]
        cells += [None] * (-len(cells) % _WEEK)
        return [cells[start : start + _WEEK] for start in range(0, len(cells), _WEEK)]

    @property
    def earlier(self) -> date | None:
        """The first day of the previous month; None before the calendar begins (`days.FIRST`)."""
        before = (self.first - timedelta(days=1)).replace(day=1)
        return before if before >= days.FIRST else None

    @property
    def later(self) -> date | None:
        """The first day of the next month; None after the calendar ends (`days.LAST`)."""
        after = _next(self.first)
        return after if after <= days.LAST else None

    @property
    def meeting_days(self) -> list[MonthDay]:
        """The days with at least one meeting."""
        return [one for one in self.days if one.entries]

    @property
    def spans(self) -> list[Span]:
        """The holidays and bridge days, with consecutive days of the same name joined."""
        school = [(one.day.school_holiday, one.date) for one in self.days]
        public = [(one.day.public_holiday or _bridge(one.day), one.date) for one in self.days]
        return sorted([*_runs(school), *_runs(public)], key=lambda span: (span.first, span.last))


def month(of: date, *, networks: Collection[int] = (), but: UUID | None = None, chosen: date | None = None) -> Month:
    """Return the month of that local day; a day outside the calendar gives its first or last month. Four queries.

    `networks` are the keys of those that the date is chosen for. `but` is the meeting that is being changed; it is left
    out, as are meetings that were called off.
    """
    first = min(max(of, days.FIRST), days.LAST).replace(day=1)
    last = _next(first) - timedelta(days=1)
    entries, today = _entries(first, last, set(networks), but), timezone.localdate()
    return Month(
        first,
        tuple(
            MonthDay(day, tuple(entries[day.date]), is_chosen=day.date == chosen, is_today=day.date == today)
            for day in days.calendar(first, last)
        ),
        tuple(days.unknown_school_years(first, last)),
    )


def _entries(first: date, last: date, own: set[int], but: UUID | None) -> dict[date, list[Entry]]:
    """Return by local day of their start the meetings of all networks, without those called off and `but`."""
    networks = Prefetch("networks", Network.objects.only("name", "short_name", "mark", "sort_key"))
    begins, ends = local_time.midnight(first), local_time.midnight(last + timedelta(days=1))
    meetings = Meeting.objects.filter(starts_at__gte=begins, starts_at__lt=ends).exclude(state=State.CANCELLED)
    found: dict[date, list[Entry]] = defaultdict(list)
    others = meetings.exclude(pk=but) if but else meetings
    for meeting in others.prefetch_related(networks):
        who = tuple(meeting.networks.all())
        found[meeting.starts_on].append(Entry(meeting, who, is_own=any(one.pk in own for one in who)))
    return found


def _bridge(day: Day) -> str:
    return "Brückentag" if day.is_bridge_day else ""


def _runs(named: list[tuple[str, date]]) -> Iterator[Span]:
    """Yield a span for each run of days with one name; days without ("") give none. `named` has every day in order."""
    for name, run in groupby(named, key=lambda pair: pair[0]):
        if name:
            found = [day for _name, day in run]
            yield Span(found[0], found[-1], name)


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
