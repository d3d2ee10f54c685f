"""What speaks against a day in Lower Saxony."""

from datetime import date

import pytest

from regions.models import SchoolHoliday
from regions.services import days

UNKNOWN = "sind noch keine Schulferien eingetragen: Ob Ferien sind, konnten wir nicht prüfen."


@pytest.mark.parametrize(
    ("day", "notes"),
    [
        (date(2027, 2, 3), []),
        (date(2027, 2, 1), ["Schulferien: Halbjahresferien vom 1. Februar bis 2. Februar 2027."]),
        (date(2027, 2, 6), ["Dieser Tag ist ein Samstag."]),
        (date(2027, 2, 7), ["Dieser Tag ist ein Sonntag."]),
        (date(2027, 5, 6), ["Feiertag in Niedersachsen: Christi Himmelfahrt."]),
        (
            date(2027, 5, 7),
            ["Brückentag an einem freien Wochenende (Christi Himmelfahrt).", "Schulfrei: Unterrichtsfreier Tag."],
        ),
        (
            date(2027, 3, 26),
            ["Feiertag in Niedersachsen: Karfreitag.", "Schulferien: Osterferien vom 22. März bis 3. April 2027."],
        ),
        (date(2027, 10, 31), ["Feiertag in Niedersachsen: Reformationstag."]),
        (
            date(2028, 10, 30),
            [
                "Brückentag an einem freien Wochenende (Reformationstag).",
                "Schulferien: Herbstferien vom 23. Oktober bis 4. November 2028.",
            ],
        ),
    ],
)
def test_each_day_has_its_sentences(db, day, notes):
    assert days.notes(day) == notes


def test_a_school_year_without_data_is_said_to_be_unknown(db):
    assert days.notes(date(2030, 8, 10)) == [
        "Dieser Tag ist ein Samstag.",
        "Schulferien: Sommerferien vom 11. Juli bis 21. August 2030.",
    ]
    assert days.notes(date(2030, 9, 4)) == [f"Für das Schuljahr 2030/31 {UNKNOWN}"]
    assert days.notes(date(2031, 2, 5)) == [f"Für das Schuljahr 2030/31 {UNKNOWN}"]
    SchoolHoliday.objects.create(
        school_year="2030/31", name="Herbstferien", first_on=date(2030, 10, 14), last_on=date(2030, 10, 26)
    )
    assert days.notes(date(2030, 9, 4)) == []


@pytest.mark.parametrize("day", [date.min, date(1999, 12, 31), date(2100, 1, 1), date.max])
def test_a_day_beyond_the_calendar_has_no_sentence(db, day):
    assert days.notes(day) == []


def test_a_bridge_day_stands_alone():
    assert [day for day in range(1, 32) if days.is_bridge_day(date(2026, 5, day))] == [15]
    assert days.is_bridge_day(date(2026, 12, 24)) is False  # the day before two holidays
    assert days.is_bridge_day(date(2030, 12, 27)) is True  # Friday after the second day of Christmas


def test_a_period_is_one_query_and_says_what_each_day_is(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = days.calendar(date(2027, 3, 19), date(2027, 5, 10))
    by_date = {one.date: one for one in found}
    assert (found[0].date, found[-1].date, len(found)) == (date(2027, 3, 19), date(2027, 5, 10), 53)
    assert by_date[date(2027, 3, 26)] == days.Day(date(2027, 3, 26), "Karfreitag", "Osterferien")
    assert by_date[date(2027, 5, 7)] == days.Day(date(2027, 5, 7), "", "Unterrichtsfreier Tag", is_bridge_day=True)
    assert (by_date[date(2027, 4, 7)].is_free, by_date[date(2027, 4, 10)].is_free) == (True, False)
    assert days.calendar(date(2027, 2, 2), date(2027, 2, 1)) == []


@pytest.mark.parametrize(
    ("first", "last", "unknown"),
    [
        (date(2026, 8, 1), date(2027, 7, 31), []),
        (date(2040, 7, 31), date(2040, 8, 1), ["2039/40", "2040/41"]),
        (date(2099, 9, 1), date(2300, 1, 1), ["2099/00"]),
    ],
)
def test_a_school_year_without_rows_is_unknown(db, first, last, unknown):
    assert days.unknown_school_years(first, last) == unknown
