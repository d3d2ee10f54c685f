"""The year that the planner shows: a school year or a calendar year, one parameter in the address."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format

from regions.services import days

_AUGUST = 8
_SCHOOL = re.compile(r"([0-9]{4})[-/]([0-9]{2})")
_CALENDAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Year:
    """A school year (August to July) or a calendar year; `start` is the calendar year in which it begins."""

    start: int
    is_school_year: bool

    @property
    def first(self) -> date:
        """First day of the year."""
        return date(self.start, _AUGUST if self.is_school_year else 1, 1)

    @property
    def last(self) -> date:
        """Last day of the year."""
        return self.next_first - timedelta(days=1)

    @property
    def next_first(self) -> date:
        """First day of the next year."""
        return self.first.replace(year=self.start + 1)

    @property
    def key(self) -> str:
        """Value of the address parameter: „2026-27“ or „2027“."""
        return days.school_year_name(self.start).replace("/", "-") if self.is_school_year else f"{self.start}"

    @property
    def name(self) -> str:
        """Name for headings: „Schuljahr 2026/27“ or „Kalenderjahr 2027“."""
        return f"Schuljahr {self.short}" if self.is_school_year else f"Kalenderjahr {self.start}"

    @property
    def short(self) -> str:
        """Short name: „2026/27“ or „2027“."""
        return days.school_year_name(self.start) if self.is_school_year else f"{self.start}"

    @property
    def span(self) -> str:
        """First and last month: „August 2026 bis Juli 2027“."""
        return f"{date_format(self.first, 'F Y')} bis {date_format(self.last, 'F Y')}"

    def holds(self, day: date) -> bool:
        """Return whether the day lies in this year."""
        return self.first <= day <= self.last

    @property
    def previous(self) -> "Year | None":
        """The year before, or None outside the known calendar."""
        return _known(Year(self.start - 1, self.is_school_year))

    @property
    def following(self) -> "Year | None":
        """The year after, or None outside the known calendar."""
        return _known(Year(self.start + 1, self.is_school_year))

    def other(self, today: date) -> "Year":
        """Return the year of the other kind: with today if this year has it, else the one that shares January to July.

        At the edge of the known calendar it is the one that begins in the same calendar year.
        """
        start = self.start + 1 if self.is_school_year else self.start - 1
        if self.holds(today):
            return of_day(today, is_school_year=not self.is_school_year)
        return _known(Year(start, not self.is_school_year)) or Year(self.start, not self.is_school_year)


def of_day(day: date, *, is_school_year: bool = True) -> Year:
    """Return the year of this kind in which the day lies."""
    return Year(day.year - (is_school_year and day.month < _AUGUST), is_school_year)


def of_text(text: str, today: date) -> Year:
    """Return the year that the address names, or today's school year if the text is invalid or outside the calendar."""
    year = None
    if match := _SCHOOL.fullmatch(text):
        start = int(match[1])
        year = Year(start, is_school_year=True) if (start + 1) % 100 == int(match[2]) else None
    elif _CALENDAR.fullmatch(text):
        year = Year(int(text), is_school_year=False)
    return (year and _known(year)) or of_day(today)


def _known(year: Year) -> Year | None:
    """Return the year if it lies wholly in the known calendar (`days.FIRST` to `days.LAST`), else None."""
    return year if days.FIRST.year <= year.start < days.LAST.year + (not year.is_school_year) else None
