"""What a browser cannot read as a day or a number stays on the page and is never sent as if it were empty."""

from datetime import date

import pytest

from tests.browser.ways import follow
from tests.factories import MeetingFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")


def test_a_number_with_a_letter_is_asked_about_and_keeps_what_was_stored(tab, coordinator):
    meeting = MeetingFactory(capacity_in_person=25, responsible=coordinator)
    page = tab(coordinator)
    page.goto(f"/treffen/{meeting.pk}/aendern/")
    field = page.locator("#id_capacity_in_person")
    field.focus()
    page.keyboard.press("End")
    page.keyboard.type("e")
    page.get_by_role("button", name="Speichern").click()
    assert page.url.endswith("/aendern/")
    assert field.evaluate("field => field.validationMessage") == "Bitte tippen Sie hier nur eine Zahl ein."
    assert page.evaluate("document.activeElement.id") == "id_capacity_in_person"
    field.fill("30")
    follow(page.get_by_role("button", name="Speichern"))
    meeting.refresh_from_db()
    assert meeting.capacity_in_person == 30


def test_a_day_that_does_not_exist_is_asked_about(tab, coordinator):
    meeting = MeetingFactory(answer_deadline_on=date(2031, 1, 20), responsible=coordinator)
    page = tab(coordinator)
    page.goto(f"/treffen/{meeting.pk}/aendern/")
    field = page.locator("#id_answer_deadline_on")
    field.focus()
    page.keyboard.type("1131")  # the browser of the tests writes the month first
    page.get_by_role("button", name="Speichern").click()
    assert "Diesen Tag gibt es nicht" in field.evaluate("field => field.validationMessage")
    assert page.url.endswith("/aendern/")
