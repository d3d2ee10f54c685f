"""Choosing dates in a browser: the small month beside the field, and the half-year by keyboard only."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from meetings.models import Meeting
from tests.browser.looking import problems
from tests.browser.ways import follow, follow_by_key
from tests.factories import MeetingFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

NAME = """() => {
    const element = document.activeElement;
    const label = element.labels?.[0] ?? element;
    return label.innerText.trim();
}"""


def reach(page, name: str) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(NAME).startswith(name):
            return
    raise AssertionError(f"Tab never reached {name}")


def day_in(page) -> str:
    return page.evaluate("document.activeElement.dataset.day")


def test_the_half_year_of_two_networks_by_keyboard_only(tab, coordinator):
    page = tab(coordinator)
    page.goto("/treffen/")
    reach(page, "Halbjahr planen")
    follow_by_key(page, "Enter")
    assert page.url.endswith("/treffen/mehrere/")
    for network in ("Netzwerk Bramsche", "Netzwerk Nordkreis"):
        reach(page, network)
        page.keyboard.press("Space")
    reach(page, "Je Netzwerk")
    page.keyboard.press("ArrowDown")  # two each
    reach(page, "Tage vorschlagen")
    follow_by_key(page, "Enter")
    assert "rows=1" in page.url
    assert page.locator(".copy-row").count() == 4
    reach(page, "Raum oder Anschrift")
    page.keyboard.type("Aula")
    follow_by_key(page, "Enter")  # looks at the dates and saves nothing
    assert Meeting.objects.count() == 0
    assert problems(page) == []
    reach(page, "Entwürfe anlegen")
    follow_by_key(page, "Enter")
    expect(page.get_by_text("4 Entwürfe angelegt.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(4)
    assert Meeting.objects.filter(place="Aula").count() == 1
    assert len({meeting.starts_on for meeting in Meeting.objects.all()}) == 4


def test_the_month_is_walked_through_by_arrow_keys_and_fills_the_field(tab, coordinator):
    MeetingFactory(starts_at=datetime(2031, 2, 12, 14, 0, tzinfo=UTC), networks=["bramsche"])
    page = tab(coordinator)
    page.goto("/treffen/neu/?netzwerk=bramsche&am=2031-02-05")
    page.locator("button[data-day='2031-02-05']").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert day_in(page) == "2031-02-20"
    page.keyboard.press("Enter")
    page.locator(".is-chosen [data-day='2031-02-20']").wait_for()
    expect(page.locator("[name=day]")).to_have_value("2031-02-20")
    page.get_by_text("Bramsche hat schon ein Treffen am 12. Februar 2031").wait_for()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.locator("button[data-day='2031-03-06']:focus").wait_for()
    expect(page.locator(".month-name")).to_have_text("März 2031")


def test_the_month_follows_what_is_typed_and_a_suggestion_fills_the_field(tab, coordinator):
    page = tab(coordinator)
    page.goto("/treffen/neu/")
    page.locator("[name=day]").fill("2031-03-05")
    page.locator(".is-chosen [data-day='2031-03-05']").wait_for()
    page.locator("button[name=use_suggestion]").first.click()
    expect(page.locator("[name=day]")).not_to_have_value("2031-03-05")
    ahead = (timezone.localdate() + timedelta(weeks=3)).isoformat()
    assert ahead <= page.locator("[name=day]").input_value() < "2031"
    assert page.url.endswith("/treffen/neu/")


def test_without_script_a_suggestion_is_one_button_and_enter_still_saves(tab, coordinator):
    page = tab(coordinator, java_script_enabled=False)
    page.goto("/treffen/neu/?netzwerk=bramsche")
    page.locator("[name=theme]").fill("Praktika")
    follow(page.locator("button[name=use_suggestion]").first)
    expect(page.locator("[name=day]")).not_to_have_value("")
    day = page.locator("[name=day]").input_value()
    page.locator("[name=theme]").focus()
    follow_by_key(page, "Enter")
    expect(page.get_by_text("Das Treffen ist als Entwurf angelegt.")).to_be_visible()
    meeting = Meeting.objects.get()
    assert (meeting.starts_on.isoformat(), meeting.theme) == (day, "Praktika")
