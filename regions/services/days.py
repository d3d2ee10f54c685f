"""What speaks against a day: holidays, bridge days, weekends. Said, never decided."""

from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.utils.formats import date_format

from regions.models import SchoolHoliday

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)  # what is looked at; beyond it a day is a slip of the finger
_SATURDAY, _SUNDAY = 5, 6
_AUGUST = 8  # a school year begins on 1 August (section 28 NSchG)


@lru_cache(maxsize=128)
def _public_holidays(year: int) -> dict[date, str]:
    """The public holidays of Lower Saxony in one year, day → German name."""
    return dict(holidays.country_holidays("DE", subdiv="NI", language="de", years=year))


def public_holiday(day: date) -> str:
    """The name of the public holiday in Lower Saxony on this day, or ""."""
    return _public_holidays(day.year).get(day, "")


def is_bridge_day(day: date) -> bool:
    """Whether this is a single working day between a public holiday and a weekend (or another holiday)."""
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    if _is_off(day) or not (_is_off(before) and _is_off(after)):
        return False
    return bool(public_holiday(before) or public_holiday(after))


def _is_off(day: date) -> bool:
    return day.weekday() in (_SATURDAY, _SUNDAY) or bool(public_holiday(day))


def notes(day: date) -> list[str]:
    """German sentences on what one should know about a local day; none means that nothing speaks against it.

    A school year that has no rows is said to be unknown, not taken as free of holidays. A day outside `FIRST` to
    `LAST` has no sentence.
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
    first_year = day.year if day.month >= _AUGUST else day.year - 1
    first, last = date(first_year, _AUGUST, 1), date(first_year + 1, _AUGUST, 1) - timedelta(days=1)
    if SchoolHoliday.objects.filter(first_on__gte=first, first_on__lte=last).exists():
        return []
    return [
        f"Für das Schuljahr {first_year}/{(first_year + 1) % 100:02d} sind noch keine Schulferien eingetragen: "
        "Ob Ferien sind, konnten wir nicht prüfen."
    ]


def _sentence(holiday: SchoolHoliday) -> str:
    if holiday.first_on == holiday.last_on:
        return f"Schulfrei: {holiday.name}."
    last = date_format(holiday.last_on, "j. F Y")
    return f"Schulferien: {holiday.name} vom {date_format(holiday.first_on, 'j. F')} bis {last}."
