"""A passkey registered and used by a real browser, which keeps it itself; every page of the second factor looked at."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from playwright.sync_api import Page, expect

from mailroom.models import OutboxMail
from tests.browser.looking import problems
from tests.browser.ways import follow, follow_by_key

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

PASSWORD = "ein-langes-Kennwort-7"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def _demanded(settings, site) -> None:
    cache.clear()
    settings.REQUIRE_MFA = True
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"


def with_device(page: Page) -> Page:
    """The computer can keep passkeys, and whoever sits there is always the right one."""
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def press(page: Page, name: str) -> None:
    """Press the button that leads on."""
    follow(page.get_by_role("button", name=name, exact=True))


def login(page: Page, user) -> None:
    page.goto("/konto/login/")
    page.locator("#id_login").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Anmelden")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    assert problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})


def set_up_a_passkey(page: Page, name: str) -> None:
    follow(page.get_by_role("link", name="Passkey einrichten"))
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Weiter")
    heading(page, "Passkey einrichten")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Name").focus()
    follow_by_key(page, "Enter")


def test_a_passkey_is_set_up_on_the_way_in_and_then_replaces_the_password(tab, coordinator):
    page = with_device(tab())
    login(page, coordinator)
    heading(page, "Richten Sie einen zweiten Faktor ein")
    page.goto("/partner/")
    heading(page, "Richten Sie einen zweiten Faktor ein")
    set_up_a_passkey(page, "Diensthandy")
    heading(page, "Wiederherstellungscodes")
    expect(page.locator(".codes li")).to_have_count(10)
    assert Authenticator.objects.get(type="webauthn").wrap().name == "Diensthandy"
    assert OutboxMail.objects.get().subject == "Zweiter Faktor: Passkey eingerichtet"
    follow(page.get_by_role("link", name="Weiter zu „Heute“"))
    page.locator("details.menu > summary").click()
    press(page, "Abmelden")

    heading(page, "Anmelden")
    page.goto("/konto/login/?next=/partner/")
    press(page, "Mit Passkey anmelden")
    page.wait_for_url("**/partner/")
    assert page.said == []


def test_password_then_passkey(tab, coordinator):
    page = with_device(tab())
    login(page, coordinator)
    set_up_a_passkey(page, "Diensthandy")
    heading(page, "Wiederherstellungscodes")
    page.context.clear_cookies()
    login(page, coordinator)
    heading(page, "Noch ein Schritt")
    press(page, "Passkey verwenden")
    page.wait_for_url(lambda url: url.endswith("/"))
    expect(page.get_by_role("navigation", name="Hauptmenü")).to_be_visible()

    page.goto("/konto/2fa/webauthn/")
    heading(page, "Passkeys")
    follow(page.get_by_role("link", name="Umbenennen"))
    heading(page, "Sind Sie es noch?")
    follow(page.get_by_role("link", name="Mit einem Passkey"))
    heading(page, "Sind Sie es noch?")
    press(page, "Passkey verwenden")
    heading(page, "Passkey umbenennen")
    page.get_by_label("Name").fill("Privathandy")
    press(page, "Speichern")
    follow(page.get_by_role("link", name="Entfernen"))
    heading(page, "Passkey „Privathandy“ entfernen")
    press(page, "Entfernen")
    heading(page, "Richten Sie einen zweiten Faktor ein")
    assert not Authenticator.objects.exists()


def test_where_passkeys_cannot_be_it_says_why(tab, site, coordinator):
    page = with_device(tab())
    page.goto(site.replace("localhost", "127.0.0.1") + "/konto/login/")
    page.get_by_role("button", name="Mit Passkey anmelden", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Unter dieser Adresse gehen keine Passkeys.")
    assert problems(page) == []
    page = with_device(tab())
    page.goto("/konto/login/")
    page.get_by_role("button", name="Mit Passkey anmelden", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("auf diesem Gerät ist kein passender Passkey")
    expect(page.get_by_role("alert")).to_be_focused()


def test_without_scripts_the_login_page_offers_no_passkey(tab, site):
    page = tab(java_script_enabled=False)
    page.goto("/konto/login/")
    expect(page.get_by_role("button", name="Anmelden", exact=True)).to_be_visible()
    expect(page.locator("#passkey")).to_be_hidden()


def test_an_app_is_set_up_and_asked_for_without_scripts(tab, coordinator):
    page = tab(java_script_enabled=False)
    login(page, coordinator)
    follow(page.get_by_role("link", name="App einrichten"))
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Weiter")
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code aus der App").fill(auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30)))
    press(page, "App einrichten")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wiederherstellungscodes")
    code = page.locator(".codes li").first.inner_text()
    page.context.clear_cookies()
    login(page, coordinator)
    page.get_by_label("Code").fill(code)
    press(page, "Anmelden")
    expect(page.get_by_role("navigation", name="Hauptmenü")).to_be_visible()


def test_the_pages_around_the_app(tab, coordinator):
    page = tab()
    login(page, coordinator)
    follow(page.get_by_role("link", name="App einrichten"))
    heading(page, "Sind Sie es noch?")
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Weiter")
    heading(page, "App einrichten")
    page.get_by_label("Code aus der App").fill("000000")
    press(page, "App einrichten")
    expect(page.locator("#fehler")).to_be_visible()
    heading(page, "App einrichten")
    auth.TOTP.activate(coordinator, SECRET)
    RecoveryCodes.activate(coordinator)
    page.goto("/konto/2fa/")
    heading(page, "Zweiter Faktor")
    page.goto("/konto/2fa/totp/deactivate/")
    heading(page, "App entfernen")
    page.goto("/konto/2fa/recovery-codes/generate/")
    heading(page, "Neue Wiederherstellungscodes")
    page.goto("/konto/2fa/reauthenticate/")
    heading(page, "Sind Sie es noch?")
    page.context.clear_cookies()
    login(page, coordinator)
    heading(page, "Noch ein Schritt")
    page.get_by_label("Code").fill("000000")
    press(page, "Anmelden")
    expect(page.locator("#fehler")).to_be_visible()
    heading(page, "Noch ein Schritt")
