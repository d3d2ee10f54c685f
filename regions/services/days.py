"""Describe a day: public holidays, school holidays, bridge days, weekends. The hints never block a date."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.utils.formats import date_format

from regions.models import SchoolHoliday

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)  # the range that is checked; a day outside it is a typing error
_SATURDAY, _SUNDAY = 5, 6
_AUGUST = 8  # a school year begins on 1 August (section 28 NSchG)


@lru_cache(maxsize=128)
def _public_holidays(year: int) -> dict[date, str]:
    """Return the public holidays of Lower Saxony in one year, day → German name."""
    return dict(holidays.country_holidays("DE", subdiv="NI", language="de", years=year))


def public_holiday(day: date) -> str:
    """Return the name of the public holiday in Lower Saxony on this day, or ""."""
    return _public_holidays(day.year).get(day, "")


def is_bridge_day(day: date) -> bool:
    """Return whether this is a single working day between a public holiday and a weekend (or another holiday).

    School holidays do not count.
    """
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    if _is_off(day) or not (_is_off(before) and _is_off(after)):
        return False
    return bool(public_holiday(before) or public_holiday(after))


@dataclass(frozen=True)
class Day:
    """A local day with its holidays; names are German, "" without one."""

    date: date
    public_holiday: str = ""
    school_holiday: str = ""
    is_bridge_day: bool = False

    @property
    def is_weekend(self) -> bool:
        """Whether the day is a Saturday or a Sunday."""
        return self.date.weekday() in (_SATURDAY, _SUNDAY)

    @property
    def is_free(self) -> bool:
        """Whether no holiday, bridge day or weekend speaks against a meeting on this day."""
        return not (self.public_holiday or self.school_holiday or self.is_bridge_day or self.is_weekend)


def calendar(first: date, last: date) -> list[Day]:
    """Return each local day of the period, both ends included, without those outside `FIRST` to `LAST`. One query.

    A day in two school holidays has the name of the first.
    """
    first, last = max(first, FIRST), min(last, LAST)
    free: dict[date, str] = {}
    for holiday in SchoolHoliday.objects.between(first, last) if first <= last else ():
        for day in _from_to(max(holiday.first_on, first), min(holiday.last_on, last)):
            free.setdefault(day, holiday.name)
    return [Day(day, public_holiday(day), free.get(day, ""), is_bridge_day(day)) for day in _from_to(first, last)]


def unknown_school_years(first: date, last: date) -> list[str]:
    """Return the school years (August to July) of the period in which no stored holidays begin, as „2028/29“.

    Days outside `FIRST` to `LAST` are left out. One query.
    """
    first, last = max(first, FIRST), min(last, LAST)
    years = range(_school_year(first), _school_year(last) + 1)
    starts = SchoolHoliday.objects.between(date(years.start, _AUGUST, 1), date(years.stop, 7, 31))
    known = {_school_year(day) for day in starts.values_list("first_on", flat=True)}
    return [school_year_name(year) for year in years if year not in known]


def school_year_name(year: int) -> str:
    """Return „2026/27“ for the school year that begins in August of this year."""
    return f"{year}/{(year + 1) % 100:02d}"


def school_year_of(day: date) -> str:
    """Return „2026/27“ for the school year that contains this day."""
    return school_year_name(_school_year(day))


def _school_year(day: date) -> int:
    """Return the year in which the day's school year begins, in August."""
    return day.year if day.month >= _AUGUST else day.year - 1


def _from_to(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _is_off(day: date) -> bool:
    return day.weekday() in (_SATURDAY, _SUNDAY) or bool(public_holiday(day))


def notes(day: date) -> list[str]:
    """Return German sentences about a local day; an empty list means that nothing speaks against it.

    A school year without holidays in the database is reported as unknown, not treated as free of holidays. A day
    outside `FIRST` to `LAST` (2000 to 2099) gets no sentence. Two queries at most.
    """
    if not FIRST <= day <= LAST:
        return []
    found = []
    if name := public_holiday(day):
        found.append(f"Feiertag in Niedersachsen: {name}.")
    elif day.weekday() in (_SATURDAY, _SUNDAY):
        found.append(f"Dieser Tag ist ein {'Samstag' if day.weekday() == _SATURDAY else 'Sonntag'}.")
    if is_bridge_day(day):
        neighbour = public_holiday(day - timedelta(days=1)) or public_holiday(day + timedelta(days=1))
        found.append(f"Brückentag an einem freien Wochenende ({neighbour}).")
    return found + _school_notes(day)


def _school_notes(day: date) -> list[str]:
    on_the_day = list(SchoolHoliday.objects.between(day, day))
    if on_the_day:
        return [_sentence(holiday) for holiday in on_the_day]
    return [
        f"Für das Schuljahr {year} sind noch keine Schulferien eingetragen: Ob Ferien sind, konnten wir nicht prüfen."
        for year in unknown_school_years(day, day)
    ]


def _sentence(holiday: SchoolHoliday) -> str:
    if holiday.first_on == holiday.last_on:
        return f"Schulfrei: {holiday.name}."
    last = date_format(holiday.last_on, "j. F Y")
    return f"Schulferien: {holiday.name} vom {date_format(holiday.first_on, 'j. F')} bis {last}."
