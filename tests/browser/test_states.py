"""Pages that appear only when something went wrong, and pages with very much on them."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from regions.models import Network
from tests.browser.looking import problems, problems_beside_the_status
from tests.browser.ways import follow
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

LONG = "Berufsbildende Schulen am Donaudampfschifffahrtsgesellschaftskapitänsplatz Georgsmarienhütte"


def test_not_found(tab):
    page = tab()
    assert page.goto("/einladung/gibt-es-nicht/").status == 404
    assert problems_beside_the_status(page) == []


@pytest.mark.parametrize("template", ["400.html", "403.html", "500.html"])
def test_error_pages(template, tab, site):
    """Shown as the handlers render them; provoking them would log a traceback."""
    from django.template.loader import render_to_string

    page = tab()
    body = render_to_string(template, {"office_name": "Servicestelle Schule–Wirtschaft", "is_demo": False})
    page.route("**/fehler", lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
    page.goto("/fehler")
    assert problems(page) == []


def test_a_form_that_waited_too_long_goes_through_with_one_more_click(tab, coordinator):
    page = tab()
    page.goto("/konto/password/reset/")
    page.get_by_label("E-Mail").fill("sommer@servicestelle.example")
    page.context.clear_cookies()
    follow(page.get_by_role("button", name="Link anfordern"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Bitte schicken Sie es noch einmal ab")
    assert problems_beside_the_status(page) == []
    follow(page.get_by_role("button", name="Noch einmal abschicken"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sehen Sie in Ihr Postfach")


def test_a_form_with_errors(tab, coordinator):
    page = tab(coordinator)
    page.goto("/partner/einrichtung/neu/")
    follow(page.get_by_role("button", name="Speichern"))
    expect(page.locator("#fehler")).to_be_focused()
    page.locator("#fehler a").first.click()
    expect(page.locator(":focus")).to_have_attribute("aria-invalid", "true")
    assert problems_beside_the_status(page) == []


def test_somebody_else_was_faster(tab, coordinator, lead, client_for):
    organisation = OrganisationFactory(name="Muster Maschinenbau GmbH")
    page = tab(coordinator)
    page.goto(f"/partner/einrichtung/{organisation.pk}/aendern/")
    organisation.name = "Muster Maschinenbau AG"
    organisation.version += 1
    organisation.save()
    page.locator("#id_name").fill("Muster-Maschinenbau")
    follow(page.get_by_role("button", name="Speichern"))
    row = page.locator(".conflicts tbody tr").locator("th, td")
    expect(row).to_have_text(["Name", "Muster Maschinenbau AG", "Muster-Maschinenbau", "bitte prüfen"])
    expect(page.locator("#id_name")).to_have_value("Muster-Maschinenbau")
    assert problems_beside_the_status(page) == []


@pytest.mark.parametrize("url", ["/partner/", "/partner/personen/", "/partner/?q=gibt-es-nicht", "/suche/?q=schule"])
def test_lists_with_much_and_nothing_in_them(url, site, tab, lead):
    networks = list(Network.objects.all())
    for number in range(60):
        organisation = OrganisationFactory(name=f"{LONG} {number}", place="Georgsmarienhütte")
        ContactFactory(organisation=organisation, role="Fachbereichsleitung Berufliche Orientierung", last_name=LONG)
        MembershipFactory(organisation=organisation, network=networks[number % 7])
    page = tab(lead)
    page.goto(url)
    assert problems(page) == []


def test_a_heading_for_every_page_of_the_account(client_for, lead):
    """The strangers' pages have theirs; the browser tests above see only that there is one."""
    browser = client_for(lead)
    for url, heading in {
        "/konto/password/change/": "Passwort ändern",
        "/konto/sessions/": "Angemeldete Geräte",
        "/konto/email/": "Ihre E-Mail-Adresse",
    }.items():
        assert f">{heading}</h1>" in browser.get(url).content.decode()
    assert ">Hier kann man sich nicht registrieren</h1>" in Client().get("/konto/signup/").content.decode()
