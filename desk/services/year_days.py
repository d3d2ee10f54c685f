"""The days of a year as periods: school holidays, public holidays, and school years without known holidays."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.formats import date_format

from common.templatetags.ui import day as day_text
from desk.services.years import Year
from regions.models import SchoolHoliday
from regions.services import days
from regions.services.days import Day

_AUGUST = 8


@dataclass(frozen=True)
class Period:
    """Consecutive days with one name: school holidays if `is_school`, else a public holiday."""

    name: str
    first: date
    last: date
    is_school: bool

    @property
    def text(self) -> str:
        """Text such as „Osterferien, 22. März bis 3. April 2027“ or „Karfreitag, Fr., 26. März 2027“."""
        if self.first == self.last:
            return f"{self.name}, {day_text(self.first)}"
        return f"{self.name}, {date_format(self.first, 'j. F')} bis {date_format(self.last, 'j. F Y')}"

    def touches(self, year: int, month: int) -> bool:
        """Return whether the period has a day in this month."""
        return (self.first.year, self.first.month) <= (year, month) <= (self.last.year, self.last.month)


@dataclass(frozen=True)
class YearDays:
    """The days of a year; `unknown` names its school years without entered holidays."""

    days: Sequence[Day]
    unknown: Sequence[str]

    def unknown_of(self, day: date) -> str:
        """Return the name of the day's school year if no holidays are entered for it, else ""."""
        name = days.school_year_name(day.year - (day.month < _AUGUST))
        return name if name in self.unknown else ""

    @property
    def periods(self) -> list[Period]:
        """School holidays and public holidays, sorted by their first day."""
        school = _periods(self.days, lambda day: day.school_holiday, is_school=True)
        public = _periods(self.days, lambda day: day.public_holiday, is_school=False)
        return sorted([*school, *public], key=lambda period: (period.first, not period.is_school))


def of_year(year: Year) -> YearDays:
    """Return the days of a year and its school years without entered holidays."""
    return YearDays(days.calendar(year.first, year.last), days.unknown_school_years(year.first, year.last))


def _periods(found: Iterable[Day], name_of: Callable[[Day], str], *, is_school: bool) -> list[Period]:
    """Return a period for each run of days with one name; days without ("") give none. `found` are days in order."""
    periods = []
    for name, group in groupby(found, name_of):
        if name:
            row = list(group)
            periods.append(Period(name, row[0].date, row[-1].date, is_school))
    return periods


@dataclass(frozen=True)
class Entered:
    """Consecutive school years with the same source of their holidays."""

    years: str
    source: str


def entered_years() -> list[Entered]:
    """Return the school years with entered holidays and the source of these, in one query."""
    sources: dict[str, set[str]] = {}
    for year, source in SchoolHoliday.objects.order_by("school_year").values_list("school_year", "source").distinct():
        sources.setdefault(year, set()).add(source)
    told = [(year, " · ".join(sorted(filter(None, found)))) for year, found in sources.items()]
    rows = []
    # Consecutive years keep the difference between their first calendar year and their place in the list.
    for (source, _), group in groupby(enumerate(told), lambda row: (row[1][1], int(row[1][0][:4]) - row[0])):
        years = [year for _, (year, _) in group]
        rows.append(Entered(years[0] if len(years) == 1 else f"{years[0]} bis {years[-1]}", source))
    return rows
