"""The small month: what its days say, and the page on which it stands beside a date."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from meetings.models import Meeting
from meetings.services.dates import months
from regions.models import Network
from tests.factories import MeetingFactory

HTMX = {"HX-Request": "true"}
BERLIN = ZoneInfo("Europe/Berlin")


def on(month: months.Month, day: int) -> months.MonthDay:
    return month.days[day - 1]


def key(slug: str) -> int:
    return Network.objects.get(slug=slug).pk


def meeting_on(day: int, month: int = 3, hour: int = 15, **fields) -> Meeting:
    return MeetingFactory(starts_at=datetime(2027, month, day, hour, 0, tzinfo=BERLIN), **fields)


# --- The month


def test_weeks_begin_on_monday_and_are_whole(db):
    month = months.month(date(2027, 5, 18))
    assert [len(week) for week in month.weeks] == [7] * 6
    assert month.weeks[0][:5] == [None] * 5
    assert month.weeks[0][5].date == date(2027, 5, 1)
    assert month.weeks[5][0].date == date(2027, 5, 31)
    assert month.weeks[5][1:] == [None] * 6
    assert (month.earlier, month.later) == (date(2027, 4, 1), date(2027, 6, 1))


def test_the_first_and_the_last_month_have_no_neighbour(db):
    assert months.month(date(1999, 5, 1)).first == date(2000, 1, 1)
    assert months.month(date(2000, 1, 31)).earlier is None
    assert months.month(date(2099, 12, 31)).later is None


def test_holidays_and_bridge_days_are_told_by_name(db):
    month = months.month(date(2027, 3, 1))
    assert [(span.first.day, span.last.day, span.name) for span in month.spans] == [
        (22, 31, "Osterferien"),
        (26, 26, "Karfreitag"),
        (29, 29, "Ostermontag"),
    ]
    assert on(month, 26).notes == ["Karfreitag", "Osterferien"]
    bridge = months.month(date(2027, 5, 1))
    assert on(bridge, 7).notes == ["Unterrichtsfreier Tag", "Brückentag"]
    assert (7, 7, "Brückentag") in [(span.first.day, span.last.day, span.name) for span in bridge.spans]


def test_a_school_year_of_which_nothing_is_known_is_said(db):
    assert months.month(date(2040, 3, 1)).unknown_school_years == ("2039/40",)
    assert months.month(date(2027, 3, 1)).unknown_school_years == ()


def test_who_meets_on_its_local_day(db):
    meeting_on(3, networks=["bramsche", "nordkreis"])
    meeting_on(31, hour=23, networks=["nordkreis"])  # ends in April
    meeting_on(1, month=4, hour=0, networks=["nordkreis"])  # still March in UTC
    month = months.month(date(2027, 3, 3), networks=[key("bramsche")])
    assert [day.date.day for day in month.meeting_days] == [3, 31]
    assert on(month, 3).notes == ["Treffen Bramsche und Nordkreis"]
    assert [day.entries[0].is_own for day in month.meeting_days] == [True, False]


def test_what_is_called_off_or_being_changed_does_not_count(db):
    meeting_on(3, state="cancelled")
    own = meeting_on(4)
    assert months.month(date(2027, 3, 3), but=own.pk).meeting_days == []


def test_the_day_that_is_chosen_and_today_are_marked(db):
    with time_machine.travel(datetime(2027, 3, 9, 23, 30, tzinfo=BERLIN), tick=False):
        month = months.month(date(2027, 3, 1), chosen=date(2027, 3, 10))
    assert [day.date.day for day in month.days if day.is_today] == [9]
    assert [day.date.day for day in month.days if day.is_chosen] == [10]


def test_it_takes_four_queries_however_many_meet(db):
    for number in (3, 30):
        for day in range(number):
            meeting_on(day % 28 + 1, networks=["bramsche", "nordkreis"])
        with CaptureQueriesContext(connection) as queries:
            month = months.month(date(2027, 3, 1))
            assert [day.notes for day in month.days]
        assert len(queries) == 4


# --- Its address


def part(team, **query) -> str:
    response = team.get(reverse("meetings:month"), query, headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_the_part_follows_the_day_and_keeps_the_choice_when_it_is_turned(team):
    own = meeting_on(5)
    html = part(team, tag="2027-03-03", network=[key("bramsche")], field="netz3-day", meeting=str(own.pk))
    assert "März 2027" in html
    assert 'data-field="netz3-day"' in html
    assert re.findall(r'data-day="(\S+)" data-chosen', html) == ["2027-03-03"]
    later = re.search(r'hx-get="(\S+)"[^>]+id="monat-vor"', html)[1].replace("&amp;", "&")
    assert "monat=2027-04" in later
    turned = team.get(later, headers=HTMX).content.decode()
    assert "April 2027" in turned
    assert f"network={key('bramsche')}" in turned
    assert f"meeting={own.pk}" in turned
    back = re.search(r'hx-get="(\S+)"[^>]+id="monat-zurueck"', turned)[1].replace("&amp;", "&")
    assert re.findall(r'data-day="(\S+)" data-chosen', team.get(back, headers=HTMX).content.decode()) == ["2027-03-03"]


def test_marks_say_whose_meeting_it_is(team):
    meeting_on(5, networks=["bramsche"])
    meeting_on(6, networks=["nordkreis"])
    html = part(team, monat="2027-03", network=key("bramsche"))
    assert html.count("month-dot ") == 2
    assert html.count("is-own") == 1
    assert ", Treffen Bramsche<" in html
    assert html.count("(dieses Netzwerk)") == 1
    assert ">Nordkreis</span>" in html


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"tag": "x\0", "monat": "2027-13"},
        {"tag": "9999-12-31", "network": "9" * 30},
        {"field": '"><script>', "meeting": "x"},
        {"monat": "0001-01x"},
    ],
)
def test_what_cannot_be_read_shows_the_present_month(team, odd):
    html = part(team, **odd)
    assert date_format(timezone.localdate(), "F Y") in html
    assert "<script>" not in html


def test_without_script_it_is_a_page_whose_links_stay_in_the_tab(team):
    page = team.get(reverse("meetings:month"), {"monat": "2027-03"}).content.decode()
    assert "<h1" in page
    assert "hx-get" not in page.split('id="monat-name"')[0].split("month-head")[1]


# --- Beside the date of a meeting


def test_it_stands_in_the_form_with_the_month_of_the_day(team):
    meeting_on(5, networks=["bramsche"])
    page = team.get(reverse("meetings:meeting_create"), {"netzwerk": "bramsche", "am": "2027-03-03"})
    assert page.context["panel"]["month"].first == date(2027, 3, 1)
    html = page.content.decode()
    assert re.findall(r'data-day="(\S+)" data-chosen', html) == ["2027-03-03"]
    assert "(dieses Netzwerk)" in html
    assert re.search(r'<input[^>]+name="day"[^>]+data-month-field', html)


def test_the_meeting_that_is_changed_is_not_among_the_others(team):
    own, other = meeting_on(5), meeting_on(6)
    page = team.get(reverse("meetings:meeting_update", args=[own.pk])).content.decode()
    box = page.split('id="monat"')[1].split("</aside>")[0]
    assert f'data-meeting="{own.pk}"' in box
    assert own.get_absolute_url() not in box
    assert other.get_absolute_url() in box
