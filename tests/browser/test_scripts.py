"""What scripts make smoother, and what happens without them or when they fail."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import follow
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")


def search_of(page):
    return page.get_by_role("searchbox", name="Suche", exact=True)


@pytest.mark.parametrize("scripts", [True, False])
def test_filters_work_and_stay_in_the_address(scripts, tab, coordinator):
    for name in ("Muster Maschinenbau GmbH", "Tischlerei Äpfelbaum"):
        OrganisationFactory(name=name)
    page = tab(coordinator, java_script_enabled=scripts)
    page.goto("/partner/")
    search_of(page).type("Maschinen")
    if not scripts:
        follow(page.get_by_role("button", name="Filtern"))
    page.wait_for_url("**q=Maschinen**")
    page.locator("text=Tischlerei Äpfelbaum").wait_for(state="detached")
    assert page.locator("tbody th").all_inner_texts() == ["Muster Maschinenbau GmbH"]
    expect(page.locator("#anzahl")).to_have_text("1 Eintrag")
    page.reload()
    assert page.locator("tbody th").all_inner_texts() == ["Muster Maschinenbau GmbH"]


def test_back_leaves_the_list_however_much_was_typed(tab, coordinator):
    page = tab(coordinator)
    page.goto("/")
    page.goto("/partner/")
    for words in ("Mas", "chinen"):
        search_of(page).type(words)
        page.wait_for_url(f"**{words}**")
    page.go_back()
    page.wait_for_url("**/")
    assert page.get_by_role("link", name="Heute").get_attribute("aria-current") == "page"


def test_who_is_no_longer_logged_in_gets_the_login_page(tab, coordinator):
    page = tab(coordinator)
    page.goto("/partner/")
    page.context.clear_cookies()
    search_of(page).type("Maschinen")
    page.wait_for_url("**/konto/login/?next=/partner/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")


def test_a_lost_connection_is_said(tab, coordinator):
    page = tab(coordinator)
    page.goto("/partner/")
    assert not page.locator("#stoerung").is_visible()
    page.route("**/partner/?**", lambda route: route.abort())
    search_of(page).type("Maschinen")
    page.locator("#stoerung").wait_for(state="visible")


def test_a_preview_appears_without_losing_the_place(tab, coordinator):
    page = tab(coordinator)
    page.goto("/texte/impressum/bearbeiten/")
    page.locator("#id_body").fill("## Wir\n\nsind **da**.")
    page.get_by_role("button", name="Vorschau").click()
    page.locator("#vorschau h2 >> text=Wir").wait_for()
    assert page.locator("#vorschau strong").inner_text() == "da"
    assert page.locator("#id_body").input_value() == "## Wir\n\nsind **da**."
    assert page.said == []
