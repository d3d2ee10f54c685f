"""The year on one page: which days, which lanes, where the marks stand, and what the page says."""

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.services import planner, year_days, year_months, years
from desk.services.years import Year
from meetings.models import Meeting
from regions.models import Network, SchoolHoliday
from tests.factories import MeetingFactory, OrganisationFactory

TODAY = date(2026, 11, 25)
YEAR = Year(2026, is_school_year=True)


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Europe/Berlin"))


def drawn(year=YEAR, today=TODAY, slugs=()):
    """The drawing of all meetings there are."""
    networks = list(Network.objects.filter(slug__in=slugs) if slugs else Network.objects.all())
    return planner.build(year, year_days.of_year(year), networks, Meeting.objects.order_by("starts_at"), today)


# --- Which year


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-27", "2026-27"),
        ("2026/27", "2026-27"),
        ("2099", "2099"),
        ("2027", "2027"),
        ("2098-99", "2098-99"),
        ("1999-00", "2026-27"),
        ("2099-00", "2026-27"),
        ("2026-28", "2026-27"),
        ("0000", "2026-27"),
        ("9999", "2026-27"),
        ("", "2026-27"),
        ("zwei\0", "2026-27"),
        ("２０２７", "2026-27"),
    ],
)
def test_the_address_says_the_year_and_what_is_none_is_today_s(text, key):
    assert years.of_text(text, TODAY).key == key


def test_a_school_year_begins_in_august_and_years_lead_to_each_other():
    assert (YEAR.first, YEAR.last) == (date(2026, 8, 1), date(2027, 7, 31))
    assert years.of_day(date(2027, 7, 31)) == YEAR
    assert years.of_day(date(2027, 8, 1)).key == "2027-28"
    assert YEAR.other(TODAY).key == "2026"
    assert YEAR.other(date(2030, 1, 1)).key == "2027"
    assert Year(2027, is_school_year=False).other(date(2030, 1, 1)) == YEAR
    assert years.of_text("2000", TODAY).previous is None
    assert years.of_text("2000", TODAY).other(TODAY).key == "2000-01"
    assert years.of_text("2098-99", TODAY).following is None


# --- The drawing


def test_every_network_has_a_lane_and_one_at_rest_only_in_a_year_in_which_it_met(db):
    Network.objects.filter(slug="bramsche").update(is_active=False)
    networks = list(Network.objects.all())
    assert len(planner.lanes_of(networks, [])) == 6
    assert len(planner.lanes_of(networks, [MeetingFactory(networks=["bramsche"])])) == 7


@time_machine.travel(at(*TODAY.timetuple()[:3], 12))
def test_a_meeting_stands_in_its_week_and_on_its_day(db):
    MeetingFactory(title="Netzwerktreffen", starts_at=at(2027, 2, 3, 15), format="hybrid")
    (mark,) = drawn(slugs=["melle-bissendorf"]).lanes[0].marks
    monday = date(2026, 7, 27)
    week = (date(2027, 2, 3) - monday).days // 7
    assert mark.x == planner.LABEL + week * planner.WEEK + planner.WEEK // 2
    assert mark.y == planner.HEAD + 2 * planner.WORK + planner.WORK // 2
    assert mark.name == "Melle: Netzwerktreffen, Mi., 3. Februar 2027, 15:00 Uhr, vor Ort + online, geplant"


@time_machine.travel(at(*TODAY.timetuple()[:3], 12))
def test_a_meeting_of_two_networks_stands_in_both_lanes_which_a_line_ties(db):
    MeetingFactory(starts_at=at(2027, 2, 3, 15), networks=["bramsche", "nordkreis"])
    drawing = drawn()
    assert [lane.network.short_name for lane in drawing.lanes if lane.marks] == ["Bramsche", "Nordkreis"]
    assert drawing.lanes[0].marks[0].name.endswith("geplant, mit Nordkreis")
    (span,) = drawing.spans
    assert (span.x1, span.y2 - span.y1) == (span.x2, 3 * planner.PITCH)


@pytest.mark.parametrize("number", [2, 3, 8])
def test_several_in_one_week_do_not_hide_each_other_and_stay_in_their_lane(db, number):
    for hour in range(number):
        MeetingFactory(starts_at=at(2027, 2, 4, 9 + hour))
    lane = drawn(slugs=["melle-bissendorf"]).lanes[0]
    heights = [mark.y for mark in lane.marks]
    gaps = [below - above for above, below in pairwise(heights)]
    assert min(gaps) >= (planner.MARK if number < 4 else 5)
    assert lane.y < min(heights)
    assert max(heights) < lane.y + planner.LANE


def test_days_are_shaded_by_what_is_known_of_them(db):
    cells = {(cell.x, cell.y): cell for cell in drawn().cells}
    monday = date(2026, 7, 27)

    def kind(day: date) -> str:
        x = planner.LABEL + (day - monday).days // 7 * planner.WEEK
        y = min(day.weekday(), 5) * planner.WORK + (day.weekday() == 6) * planner.REST
        held = [cell for cell in cells.values() if cell.x == x and cell.y <= y < cell.y + cell.height]
        return held[0].kind if held else ""

    assert kind(date(2026, 10, 12)) == kind(date(2026, 10, 24)) == "school"
    assert kind(date(2026, 10, 25)) == "rest"
    assert kind(date(2026, 10, 31)) == "public"  # Reformationstag, in Lower Saxony only since 2018
    assert kind(date(2027, 5, 6)) == "public"  # Christi Himmelfahrt
    assert kind(date(2027, 2, 3)) == ""


def test_days_of_other_years_in_the_first_and_last_week_are_blank(db):
    before, after = (cell for cell in drawn().cells if cell.kind == "outside")
    assert (before.y, before.height) == (0, 5 * planner.WORK)  # 1 August 2026 is a Saturday
    assert (after.y, after.height) == (5 * planner.WORK + planner.REST, planner.REST)  # 31 July 2027 is one, too
    whole = [cell for cell in drawn(year=Year(2024, is_school_year=False)).cells if cell.kind == "outside"]
    assert [cell.y > 0 for cell in whole] == [True]  # 1 January 2024 is a Monday


def test_only_free_days_from_today_on_are_links(db):
    linked = {link.day for link in drawn().links}
    assert "2027-02-03" in linked
    over, saturday, half_year, ascension, bridge = "2026-11-24", "2027-02-06", "2027-02-01", "2027-05-06", "2027-05-07"
    assert linked.isdisjoint({over, saturday, half_year, ascension, bridge})
    assert min(linked) == str(TODAY)


def test_today_is_drawn_in_its_year_only(db):
    assert drawn().today is not None
    assert drawn(year=Year(2027, is_school_year=True)).today is None


def test_names_of_holidays_do_not_overlap(db):
    words = drawn().holidays
    assert {"Herbstferien", "Osterferien", "Sommerferien"} <= {word.text for word in words}
    for line in {word.y for word in words}:
        edges = sorted(
            (word.x - 6 * len(word.text) if word.is_end else word.x, 6 * len(word.text))
            for word in words
            if word.y == line
        )
        assert all(x + width <= following for (x, width), (following, _) in pairwise(edges))


# --- A year that is missing


def test_a_year_without_holidays_is_unknown_not_free(db):
    known = year_days.of_year(Year(2030, is_school_year=False))
    assert known.unknown == ["2030/31"]
    months = year_months.of_year(Year(2030, is_school_year=False), known, [])
    assert [month.unknown for month in months] == [""] * 7 + ["2030/31"] * 5
    autumn = planner.LABEL + 40 * planner.WEEK
    cells = drawn(year=Year(2030, is_school_year=False)).cells
    assert {cell.kind for cell in cells if cell.x > autumn} == {"unknown", "public", "outside"}


def test_the_page_says_which_year_is_missing_and_where_to_enter_it(team):
    page = team.get("/planer/", {"jahr": "2030-31"}).text
    assert "Für das Schuljahr 2030/31 sind noch keine Schulferien eingetragen" in page
    assert "/verwaltung/regions/schoolholiday/add/?school_year=2030%2F31" in page
    assert "Schulferien unbekannt" in page
    form = team.get("/verwaltung/regions/schoolholiday/add/?school_year=2030%2F31").text
    assert 'value="2030/31"' in form
    assert "noch keine Schulferien" not in team.get("/planer/", {"jahr": "2026-27"}).text


def test_the_page_says_where_the_holidays_are_from(team):
    page = team.get("/planer/").text
    assert "2024/25 bis 2027/28: Ferientermine des Niedersächsischen Kultusministeriums" in page
    assert "2028/29 bis 2029/30: Nur aus einer Quelle" in page
    SchoolHoliday.objects.update(source="")
    assert "2024/25 bis 2029/30: ohne Quelle" in team.get("/planer/").text
    SchoolHoliday.objects.filter(school_year="2026/27").delete()
    page = team.get("/planer/").text
    assert ("2024/25 bis 2025/26: ohne Quelle" in page, "2027/28 bis 2029/30: ohne Quelle" in page) == (True, True)
    SchoolHoliday.objects.all().delete()
    assert "Noch keine eingetragen." in team.get("/planer/").text


# --- The page


def titles(page) -> list[str]:
    return [meeting.title for meeting in page.context["meetings"]]


def test_a_year_has_the_meetings_of_its_days_by_local_time(team):
    for title, *when in (
        ("davor", 2026, 7, 31, 23, 59),
        ("erster", 2026, 8, 1, 0, 0),
        ("letzter", 2027, 7, 31, 23, 30),
        ("danach", 2027, 8, 1, 0, 0),
    ):
        MeetingFactory(title=title, starts_at=at(*when))
    assert titles(team.get("/planer/", {"jahr": "2026-27"})) == ["erster", "letzter"]
    assert titles(team.get("/planer/", {"jahr": "2026"})) == ["davor", "erster"]


def test_filters_in_the_address_narrow_the_year_and_stay(team):
    MeetingFactory(title="Bramscher", starts_at=at(2027, 2, 3, 15), networks=["bramsche"], format="online")
    MeetingFactory(title="Meller", starts_at=at(2027, 3, 3, 15), state="cancelled")
    year = {"jahr": "2026-27"}
    assert titles(team.get("/planer/", {**year, "network": "bramsche"})) == ["Bramscher"]
    assert titles(team.get("/planer/", {**year, "format": "online"})) == ["Bramscher"]
    page = team.get("/planer/", {**year, "state": "cancelled"})
    assert titles(page) == ["Meller"]
    assert "?jahr=2027-28&amp;state=cancelled" in page.text
    assert len(page.context["planner"].lanes) == 7
    assert len(team.get("/planer/", {**year, "network": "bramsche"}).context["planner"].lanes) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"jahr": "nie"},
        {"jahr": "9999"},
        {"jahr": "0000-01"},
        {"network": "gibt-es-nicht"},
        {"network": "\0"},
        {"format": "xlsx"},
        {"state": "\ud7ff"},
        {"jahr": ["2026", "2027-28"], "network": ["a", "b"]},
    ],
)
def test_what_does_not_exist_filters_nothing(team, odd):
    MeetingFactory(starts_at=at(2027, 2, 3, 15))
    page = team.get("/planer/", {"jahr": "2026-27", **odd} if "jahr" not in odd else odd)
    assert page.status_code == 200
    if "jahr" not in odd:
        assert len(titles(page)) == 1


def test_a_meeting_of_two_networks_is_counted_once(team):
    MeetingFactory(starts_at=at(2027, 2, 3, 15), networks=["bramsche", "nordkreis"])
    page = team.get("/planer/", {"jahr": "2026-27"})
    assert "Als Tabelle: 1 Treffen im Schuljahr 2026/27" in page.text
    assert "Februar 2027: 1 Treffen" in page.text
    assert page.text.count('class="planner-meeting"') == 2


def test_a_free_day_leads_to_the_form_with_network_and_day(team, time_machine):
    time_machine.move_to("2026-11-25 12:00+01:00")
    url = "/treffen/neu/?netzwerk=melle-bissendorf&tag=2027-02-03"
    assert f'<a href="{url.replace("&", "&amp;")}" tabindex="-1">' in team.get("/planer/").text
    form = team.get(url).context["form"]
    assert form["day"].value() == date(2027, 2, 3)
    assert form["networks"].value() == [Network.objects.get(slug="melle-bissendorf").pk]


@pytest.mark.parametrize("jahr", ["2026-27", "2031", "2031-32"])
def test_the_drawing_stays_small(team, jahr, time_machine):
    time_machine.move_to("2026-07-25 12:00+02:00")
    page = team.get("/planer/", {"jahr": jahr}).text
    drawing = page[page.index("<svg class") : page.index("</svg>")]
    assert len(drawing.encode()) < 300_000


def test_the_list_by_month_has_holidays_between_the_meetings(db):
    meeting = MeetingFactory(starts_at=at(2027, 3, 24, 15))
    months = year_months.of_year(YEAR, year_days.of_year(YEAR), [meeting])
    march = months[7]
    assert [entry.period.text if entry.period else entry.meeting for entry in march.entries] == [
        "Osterferien, 22. März bis 3. April 2027",
        meeting,
        "Karfreitag, Fr., 26. März 2027",
        "Ostermontag, Mo., 29. März 2027",
    ]
    assert months[8].entries[0].period == march.entries[0].period


def test_few_and_many_meetings_take_the_same_queries(team):
    team.get("/planer/")
    taken = []
    for days in (range(3), range(3, 30)):
        for day in days:
            MeetingFactory(
                starts_at=at(2027, 2, 1 + day % 28, 15), networks=["bramsche", "sol"], host=OrganisationFactory()
            )
        with CaptureQueriesContext(connection) as queries:
            assert team.get("/planer/", {"jahr": "2026-27"}).status_code == 200
        taken.append(len(queries))
    assert taken == [8, 8]
