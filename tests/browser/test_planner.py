"""The year on one page, with mouse, keyboard, telephone and paper."""

import re
import subprocess
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from regions.services import days
from tests.browser.looking import problems
from tests.browser.ways import follow, follow_by_key
from tests.factories import MeetingFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

NAME = "document.activeElement.getAttribute('aria-label')"
OUTLINE = """getComputedStyle(document.activeElement.querySelector('.planner-target')).strokeWidth"""
YEAR = "/planer/?jahr=2031"


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def season(site):
    """Three meetings of 2031, one of two networks."""
    MeetingFactory(starts_at=at(2031, 2, 5, 15), title="Winterrunde")
    MeetingFactory(starts_at=at(2031, 2, 6, 15), title="Online-Runde", format="online", state="draft")
    MeetingFactory(starts_at=at(2031, 9, 3, 15), title="Gemeinsam", format="hybrid", networks=["bramsche", "nordkreis"])


def free_day() -> date:
    """A day ahead against which nothing speaks, in the calendar year after this one."""
    day = date(timezone.localdate().year + 1, 2, 3)
    return next(found.date for found in days.calendar(day, day + timedelta(days=90)) if found.is_free)


def test_a_click_on_a_free_day_starts_a_meeting_there(site, tab, coordinator):
    page = tab(coordinator)
    day = free_day()
    page.goto(f"/planer/?jahr={day.year}")
    follow(page.locator(f'.planner-days a[href$="netzwerk=melle-bissendorf&tag={day}"]'))
    assert "/treffen/neu/" in page.url
    assert page.get_by_label("Tag", exact=False).first.input_value() == str(day)
    assert page.locator("[name=networks]:checked").count() == 1
    assert page.get_by_label("Melle").is_checked()


def test_the_keyboard_reaches_every_meeting_and_no_day(season, tab, coordinator):
    page = tab(coordinator)
    page.goto(YEAR)
    page.locator(".planner-scroll").focus()
    reached, outlines = [], []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(NAME).split(",")[0])
        outlines.append(page.evaluate(OUTLINE))
    assert reached == ["Bramsche: Gemeinsam", "Melle: Winterrunde", "Melle: Online-Runde", "Nordkreis: Gemeinsam"]
    assert outlines == ["3px"] * 4
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Winterrunde"
    assert problems(page) == []


def test_a_meeting_in_the_drawing_opens_with_enter(season, tab, coordinator):
    page = tab(coordinator)
    page.goto(YEAR)
    page.get_by_role("link", name="Melle: Winterrunde, Mi., 5. Februar 2031, 15:00 Uhr, vor Ort, geplant").focus()
    follow_by_key(page, "Enter")
    assert re.search("/treffen/.+-", page.url)
    assert "Winterrunde" in page.locator("h1").inner_text()


def test_a_telephone_gets_the_list_and_nobody_both(season, tab, coordinator):
    page = tab(coordinator, viewport={"width": 360, "height": 800})
    page.goto(YEAR)
    assert page.get_by_role("link", name="Winterrunde").count() == 1
    assert page.get_by_role("heading", name="Februar 2031").is_visible()
    assert not page.locator("svg.planner").is_visible()
    assert not page.locator(".planner-table").is_visible()
    page.set_viewport_size({"width": 900, "height": 800})
    assert page.locator("svg.planner").is_visible()
    assert not page.get_by_role("heading", name="Februar 2031").is_visible()


def test_a_filter_keeps_the_year_and_the_year_keeps_the_filter(season, tab, coordinator):
    page = tab(coordinator)
    page.goto(YEAR)
    page.get_by_label("Format").select_option("online")
    page.get_by_text("1 Treffen, die zu den Filtern passen").wait_for()
    expect(page.locator(".planner-meeting")).to_have_count(1)
    follow(page.get_by_role("link", name="2032"))
    page.wait_for_url(re.compile("jahr=2032"))
    assert page.get_by_label("Format").input_value() == "online"


@pytest.mark.program("pdfinfo")
@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("year", ["2026-27", "2031"])
def test_it_prints_on_one_page(season, tab, coordinator, tmp_path, paper, year):
    page = tab(coordinator)
    page.goto(f"/planer/?jahr={year}")
    file = tmp_path / "planer.pdf"
    page.pdf(path=file, format=paper, landscape=True)
    told = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Pages:\s+(\d+)", told).group(1) == "1"
    text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    assert "durchgestrichen: abgesagt" in text
    assert "Wittlager Land" in text
    assert "Partner" not in text
