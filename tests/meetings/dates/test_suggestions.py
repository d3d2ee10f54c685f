"""Which days suggest themselves, alone and many at once."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import Meeting
from meetings.services.dates import suggestions
from meetings.services.dates.suggestions import Suggestion
from regions.models import Network, SchoolHoliday
from tests.factories import MeetingFactory

BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = datetime(2026, 11, 26, 12, 0, tzinfo=BERLIN)


def key(slug: str) -> int:
    return Network.objects.get(slug=slug).pk


def meeting_on(*day: int, **fields) -> Meeting:
    return MeetingFactory(starts_at=datetime(*day, 15, 0, tzinfo=BERLIN), **fields)


def suggested(*slugs: str) -> list[tuple[date, str]]:
    return [(one.day, one.after) for one in suggestions.suggest([key(slug) for slug in slugs])]


@pytest.fixture(autouse=True)
def _today(db):
    with time_machine.travel(NOVEMBER, tick=False):
        yield


# --- One


def test_the_next_wednesday_three_weeks_ahead_is_in_the_holidays_so_it_comes_after_them():
    assert suggested("bramsche") == [(date(2027, 1, 13), "Weihnachtsferien")]  # 23 December to 9 January


def test_there_is_one_before_the_holidays_when_there_is_time():
    with time_machine.travel(datetime(2027, 1, 12, 12, 0, tzinfo=BERLIN), tick=False):
        assert suggested("bramsche") == [(date(2027, 2, 3), "Halbjahresferien")]
    with time_machine.travel(datetime(2027, 2, 3, 12, 0, tzinfo=BERLIN), tick=False):
        assert suggested("bramsche") == [(date(2027, 2, 24), ""), (date(2027, 4, 7), "Osterferien")]


def test_in_the_holidays_it_comes_after_those_that_are_running():
    with time_machine.travel(datetime(2027, 7, 9, 12, 0, tzinfo=BERLIN), tick=False):
        assert suggested("bramsche") == [(date(2027, 8, 25), "Sommerferien")]


def test_a_single_day_without_school_is_no_holidays():
    with time_machine.travel(datetime(2027, 5, 3, 12, 0, tzinfo=BERLIN), tick=False):
        assert suggested("bramsche") == [(date(2027, 5, 26), ""), (date(2027, 8, 25), "Sommerferien")]


def test_it_is_the_weekday_of_most_of_the_last_meetings():
    for day in ((2026, 2, 5), (2026, 6, 4), (2026, 10, 7)):  # two Thursdays, one Wednesday
        meeting_on(*day, networks=["bramsche"])
    for number in range(1, 7):  # of long ago, called off, of others, still to come
        meeting_on(2021, 3, number, networks=["bramsche"])
    meeting_on(2026, 9, 7, networks=["bramsche"], state="cancelled")
    meeting_on(2026, 9, 14, networks=["nordkreis"])
    assert suggested("bramsche") == [(date(2026, 12, 17), ""), (date(2027, 1, 14), "Weihnachtsferien")]
    assert suggested("wittlager-land") == [(date(2027, 1, 13), "Weihnachtsferien")]


def test_nobody_else_meets_on_it():
    meeting_on(2027, 1, 13, networks=["nordkreis"])
    assert suggested("bramsche") == [(date(2027, 1, 20), "Weihnachtsferien")]
    Meeting.objects.update(state="cancelled")
    assert suggested("bramsche") == [(date(2027, 1, 13), "Weihnachtsferien")]


def test_the_network_itself_meets_neither_two_weeks_before_nor_after():
    own = meeting_on(2027, 1, 14, networks=["bramsche"])
    assert suggested("bramsche") == [(date(2027, 2, 3), "Weihnachtsferien")]
    changed = suggestions.suggest([key("bramsche")], but=own.pk)
    assert [one.day for one in changed] == [date(2027, 1, 13)]  # as if it were not there


def test_a_school_year_of_which_nothing_is_known_is_said():
    SchoolHoliday.objects.filter(last_on__gte=NOVEMBER.date()).delete()
    SchoolHoliday.objects.filter(school_year="2026/27").delete()
    assert suggestions.suggest([]) == [Suggestion(date(2026, 12, 23), unknown="2026/27")]


def test_it_is_written_as_one_says_it():
    assert Suggestion(date(2027, 2, 3), "Halbjahresferien").text == "Nächster freier Mittwoch nach den Halbjahresferien"
    assert Suggestion(date(2027, 2, 4)).text == "Nächster freier Donnerstag"


def test_it_takes_six_queries_however_many_meet():
    keys = [key("bramsche"), key("nordkreis")]
    for number in (3, 30):
        for day in range(number):
            meeting_on(2027, 1 + day % 3, day % 28 + 1, networks=["bramsche", "nordkreis"])
        with CaptureQueriesContext(connection) as queries:
            assert suggestions.suggest(keys)
        assert len(queries) == 6


# --- Many


def test_many_lie_evenly_in_the_period_none_on_the_day_or_in_the_week_of_another():
    wish = (date(2027, 1, 11), date(2027, 3, 19))
    found = suggestions.spread([([key(slug)], *wish) for slug in ("bramsche", "nordkreis", "wittlager-land")])
    assert [one.day for one in found] == [date(2027, 1, 20), date(2027, 2, 10), date(2027, 3, 10)]


def test_where_the_usual_weekday_is_taken_another_one_is_found_or_none():
    week = (date(2027, 1, 11), date(2027, 1, 15))
    found = suggestions.spread([([key("bramsche")], *week)] * 6)
    assert found[0].day == date(2027, 1, 13)
    assert sorted(one.day.day for one in found if one) == [11, 12, 13, 14, 15]
    assert found[5] is None


def test_what_is_too_near_or_in_the_holidays_is_none():
    assert suggestions.spread([([key("bramsche")], date(2026, 11, 27), date(2026, 12, 16))]) == [None]
    assert suggestions.spread([([key("bramsche")], date(2026, 12, 23), date(2027, 1, 9))]) == [None]
    assert suggestions.spread([]) == []


def test_two_weeks_lie_between_meetings_of_the_same_network():
    meeting_on(2027, 2, 17, networks=["bramsche"])
    wish = (date(2027, 2, 8), date(2027, 3, 12))  # its middle is near the 17th
    assert [one.day for one in suggestions.spread([([key("bramsche")], *wish)])] == [date(2027, 3, 10)]
    assert [one.day for one in suggestions.spread([([key("nordkreis")], *wish)])] == [date(2027, 2, 24)]


def test_many_take_five_queries():
    wish = ([key("bramsche")], date(2027, 1, 11), date(2027, 6, 19))
    for number in (2, 20):
        with CaptureQueriesContext(connection) as queries:
            suggestions.spread([wish] * number)
        assert len(queries) == 5


# --- In the form of a meeting


def test_its_button_puts_it_into_the_form_and_saves_nothing(team):
    url = reverse("meetings:meeting_create")
    page = team.get(url, {"netzwerk": "bramsche"}).content.decode()
    button = (
        'name="use_suggestion" value="day=2027-01-13">Nächster freier Mittwoch nach den Weihnachtsferien: <b>Mi., 13.'
    )
    assert button in page
    typed = {"day": "", "theme": "Praktika", "use_suggestion": "day=2027-01-13"}
    answer = team.post(url, typed).content.decode()
    assert 'value="2027-01-13"' in answer
    assert 'value="Praktika"' in answer
    assert Meeting.objects.count() == 0


def test_a_suggestion_never_fills_another_field(team):
    typed = {"day": "", "theme": "Praktika", "use_suggestion": "theme=2027-01-13"}
    answer = team.post(reverse("meetings:meeting_create"), typed).content.decode()
    assert 'value="Praktika"' in answer
