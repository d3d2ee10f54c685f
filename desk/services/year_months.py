"""The planner's year as a list by month, with the holidays between the meetings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format

from desk.services.year_days import Period, YearDays
from desk.services.years import Year
from meetings.models import Meeting


@dataclass(frozen=True)
class Entry:
    """A line of the list: either a period of holidays or a meeting."""

    day: date
    period: Period | None = None
    meeting: Meeting | None = None


@dataclass
class Month:
    """A month with its meetings and holidays. `unknown` names its school year if no holidays are entered, else ""."""

    first: date
    unknown: str
    meetings: list[Meeting] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the month, such as „Februar 2027“."""
        return date_format(self.first, "F Y")

    @property
    def entries(self) -> list[Entry]:
        """Holidays and meetings by day; on the same day, holidays first."""
        lines = [Entry(max(period.first, self.first), period=period) for period in self.periods]
        lines += [Entry(meeting.starts_on, meeting=meeting) for meeting in self.meetings]
        return sorted(lines, key=lambda entry: (entry.day, entry.meeting is not None))


def of_year(year: Year, known: YearDays, meetings: Sequence[Meeting]) -> list[Month]:
    """Return the twelve months of the year. The meetings begin in it and keep the order in which they are given."""
    months = {}
    for day in known.days:
        key = (day.date.year, day.date.month)
        if key not in months:
            months[key] = Month(day.date, unknown=known.unknown_of(day.date))
    for period in known.periods:
        for (number, month), row in months.items():
            if period.touches(number, month):
                row.periods.append(period)
    for meeting in meetings:
        months[meeting.starts_on.year, meeting.starts_on.month].meetings.append(meeting)
    return list(months.values())
