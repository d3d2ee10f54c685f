"""Suggestions of free days for a meeting, on the weekday that the networks usually choose."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from meetings.enums import State
from meetings.models import Meeting
from meetings.services.dates import local_time
from meetings.services.dates.hints import NEAR
from regions.models import SchoolHoliday
from regions.services import days

AHEAD = timedelta(weeks=3)  # time that an invitation needs
WEDNESDAY = 2
_LOOKED_AT = timedelta(weeks=26)
_LAST_MEETINGS = 6
_REMEMBERED = timedelta(days=3 * 365)
_NAMES = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


@dataclass(frozen=True)
class Suggestion:
    """A free day; `after` names the holidays before it, `unknown` its school year if no holidays are stored for it."""

    day: date
    after: str = ""
    unknown: str = ""

    @property
    def text(self) -> str:
        """The suggestion in German, such as „Nächster freier Mittwoch nach den Winterferien“."""
        after = f" nach den {self.after}" if self.after else ""
        return f"Nächster freier {_NAMES[self.day.weekday()]}{after}"


def suggest(networks: Collection[int], *, but: UUID | None = None) -> list[Suggestion]:
    """Return the next free day for these networks (keys), and the next one after the current or next holidays.

    Both are at least `AHEAD` (three weeks) from today, on the usual weekday, without a meeting of any network and not
    near (14 days) another meeting of the networks. A day that is both is returned once; one that is not found within 26
    weeks is left out. `but` is the meeting that is being changed; it is left out. Six queries.
    """
    today = timezone.localdate()
    earliest = today + AHEAD
    weekday = usual_weekdays([networks], until=today)[0]
    starts, holiday = [(earliest, "")], _next_holidays(today)
    if holiday:
        starts.append((max(earliest, holiday.last_on + timedelta(days=1)), holiday.name))
    last = starts[-1][0] + _LOOKED_AT
    own = [day for held in _meeting_days(networks, earliest, last, but).values() for day in held]
    free = [day for day in _free_days(earliest, last, but) if day.weekday() == weekday and not _is_near(day, own)]
    found: dict[date, str] = {}
    for first, after in starts:
        found |= dict.fromkeys([one for one in free if one >= first][:1], after)
    unknown = days.unknown_school_years(earliest, last)
    return [Suggestion(day, after, _unknown(day, unknown)) for day, after in found.items()]


def usual_weekdays(groups: Sequence[Collection[int]], *, until: date) -> list[int]:
    """Return for each group of networks the weekday of most of its last meetings (Monday is 0); one query.

    The last six of each network in the three years up to the local day `until` count, without those called off.
    Wednesday for a group without meetings.
    """
    keys = {key for group in groups for key in group}
    begins, ends = local_time.midnight(until - _REMEMBERED), local_time.midnight(until + timedelta(days=1))
    through = Meeting.networks.through.objects.filter(network__in=keys)
    held = through.filter(meeting__starts_at__gte=begins, meeting__starts_at__lt=ends)
    held = held.exclude(meeting__state=State.CANCELLED).order_by("-meeting__starts_at", "-meeting")
    by_network: dict[int, list[tuple[date, object]]] = defaultdict(list)
    for network, meeting, starts_at in held.values_list("network", "meeting", "meeting__starts_at"):
        by_network[network].append((timezone.localdate(starts_at), meeting))
    return [_usual(held for key in group for held in by_network[key][:_LAST_MEETINGS]) for group in groups]


def spread(
    wishes: Sequence[tuple[Collection[int], date, date]], *, earliest: date | None = None
) -> list[Suggestion | None]:
    """Return a free day for each wish (networks, first and last day), or None when there is none; no day twice.

    The days are spread over the weeks; wishes for the same period divide it evenly, in their order. No day is before
    `earliest` (None: `AHEAD` from today). On each day no network meets; the rest (`_rank`) is only preferred.
    """
    if not wishes:
        return []
    today = timezone.localdate()
    first = max(min(wish[1] for wish in wishes), earliest or today + AHEAD)
    last = max(wish[2] for wish in wishes)
    weekdays = usual_weekdays([wish[0] for wish in wishes], until=today)
    free, unknown = _free_days(first, last), days.unknown_school_years(first, last)
    taken, meeting = list[date](), _meeting_days({key for wish in wishes for key in wish[0]}, first, last)
    found: list[Suggestion | None] = []
    for (networks, begins, ends), weekday, aim in zip(wishes, weekdays, _aims(wishes, first), strict=True):
        open_days = [day for day in free if begins <= day <= ends and day not in taken]
        own = [day for key in networks for day in meeting[key]]
        ranked = {day: _rank(day, own, weekday, aim, taken) for day in open_days}
        day = min(open_days, key=ranked.__getitem__, default=None)
        if day:
            taken.append(day)
            for key in networks:
                meeting[key].append(day)
        found.append(Suggestion(day, unknown=_unknown(day, unknown)) if day else None)
    return found


def _rank(
    day: date, own: Iterable[date], weekday: int, aim: date, taken: Iterable[date]
) -> tuple[bool, bool, bool, int, date]:
    """Return the sort key of a day; the least is best.

    Criteria in this order: not near another meeting of the networks, the usual weekday, a week of its own, close to
    the aim, early.
    """
    is_shared = any(day.isocalendar()[:2] == other.isocalendar()[:2] for other in taken)
    return (_is_near(day, own), day.weekday() != weekday, is_shared, abs((day - aim).days), day)


def _is_near(day: date, own: Iterable[date]) -> bool:
    """Return whether one of the other days is at most `NEAR` (14 days) away."""
    return any(abs(day - other) <= NEAR for other in own)


def _meeting_days(keys: Collection[int], first: date, last: date, but: UUID | None = None) -> dict[int, list[date]]:
    """Return by network the days of its meetings in the period and within `NEAR` of it; one query."""
    begins, ends = local_time.midnight(first - NEAR), local_time.midnight(last + NEAR + timedelta(days=1))
    through = Meeting.networks.through.objects.filter(network__in=keys, meeting__starts_at__range=(begins, ends))
    found: dict[int, list[date]] = defaultdict(list)
    held = through.exclude(meeting__state=State.CANCELLED)
    held = held.exclude(meeting=but) if but else held
    for network, starts_at in held.values_list("network", "meeting__starts_at"):
        found[network].append(timezone.localdate(starts_at))
    return found


def _aims(wishes: Sequence[tuple[Collection[int], date, date]], earliest: date) -> list[date]:
    """Return the day that each wish aims at, so that wishes for the same period are spread evenly in it."""
    periods = [wish[1:] for wish in wishes]
    seen: Counter[tuple[date, date]] = Counter()
    aims = []
    for period in periods:
        first = max(period[0], earliest)
        share = (seen[period] + 0.5) / periods.count(period)
        seen[period] += 1
        aims.append(first + timedelta(days=int(max((period[1] - first).days, 0) * share)))
    return aims


def _free_days(first: date, last: date, but: UUID | None = None) -> list[date]:
    """Return the days that the calendar calls free and on which no network at all meets; two queries.

    Drafts count as meetings, those called off do not.
    """
    begins, ends = local_time.midnight(first), local_time.midnight(last + timedelta(days=1))
    meetings = Meeting.objects.filter(starts_at__lt=ends, ends_at__gt=begins).exclude(state=State.CANCELLED)
    meetings = meetings.exclude(pk=but) if but else meetings
    busy: set[date] = set()
    for starts_at, ends_at in meetings.order_by().values_list("starts_at", "ends_at"):
        day, until = timezone.localdate(starts_at), timezone.localdate(ends_at)
        busy |= {day + timedelta(days=number) for number in range((until - day).days + 1)}
    return [day.date for day in days.calendar(first, last) if day.is_free and day.date not in busy]


def _next_holidays(today: date) -> SchoolHoliday | None:
    """Return the current or next holidays of more than one day; None when the next five stored ones have none."""
    ahead = SchoolHoliday.objects.filter(last_on__gte=today).order_by("first_on", "pk")[:5]
    return next((holiday for holiday in ahead if holiday.first_on < holiday.last_on), None)


def _usual(held: Iterable[tuple[date, object]]) -> int:
    """Return the most frequent weekday, of equally frequent ones that of the latest meeting, else Wednesday.

    A joint meeting counts once. At most the latest twelve count.
    """
    dates = sorted({meeting: day for day, meeting in held}.values(), reverse=True)
    counted = Counter(day.weekday() for day in dates[: 2 * _LAST_MEETINGS])
    return max(counted, key=lambda weekday: counted[weekday]) if counted else WEDNESDAY


def _unknown(day: date, unknown: Collection[str]) -> str:
    """Return the day's school year if it is one of those without stored holidays (`unknown`), else ""."""
    year = days.school_year_of(day)
    return year if year in unknown else ""
