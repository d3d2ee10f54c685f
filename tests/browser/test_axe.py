"""Every page there is, wide and light, narrow and dark. The table of addresses is tests/conventions/addresses.py.

All are looked at on one site with one world: looking changes nothing (tests/conventions/test_addresses.py).
"""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.looking import problems
from tests.conventions.addresses import ADDRESSES
from tests.conventions.test_addresses import KNOWN, build_world, url_of
from tests.factories import UserFactory
from tests.installation import install
from tests.sessions import logged_in
from tests.waiting import PATIENCE

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

# Django's admin: a page of each kind. Its templates are Django's own, so the pages of other models look alike.
ADMIN = {
    *("admin:partners_contact_changelist", "admin:partners_contact_add", "admin:partners_contact_change"),
    *("admin:partners_contact_history", "admin:regions_schoolholiday_delete", "admin:meetings_invitation_change"),
    *("admin:index", "admin:app_list", "admin:password_change_done", "admin:team_user_change"),
}
LOOKED_AT = [name for name in KNOWN if name in ADMIN or not name.startswith("admin:")]
FOR_STRANGERS = [name for name in LOOKED_AT if ADDRESSES[name].stranger == 200]
FOR_THE_TEAM = [name for name in LOOKED_AT if ADDRESSES[name].stranger != 200 and ADDRESSES[name].lead == 200]


@pytest.fixture(scope="module")
def module_office(django_db_setup, django_db_blocker, chromium: Browser) -> Iterator[SimpleNamespace]:
    """A site with one world, and two tabs in it: a stranger's and the lead's."""
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=[hasher]):
        install()
        lead = UserFactory(first_name="Jens", is_lead=True)
        world = build_world(UserFactory(first_name="Katja"), lead)
        server = LiveServer("localhost")
        with server._live_server_modified_settings:
            cookie = {"name": "sessionid", "value": logged_in(lead).cookies["sessionid"].value, "url": server.url}
            tabs = {"stranger": _tab(chromium, server.url), "lead": _tab(chromium, server.url, cookie)}
            yield SimpleNamespace(world=world, **tabs)
            for tab in tabs.values():
                tab.context.close()
            _await_requests()
        server.stop()
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)


def _await_requests() -> None:
    """Wait until the server's threads have seen that the tabs are closed: they share a connection that ends with it."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(PATIENCE)


@pytest.fixture
def office(module_office, db) -> SimpleNamespace:
    """The site of the module; what a page may write about its session is taken back after the test."""
    return module_office


def _tab(chromium: Browser, url: str, *cookies: dict[str, str]) -> Page:
    context = chromium.new_context(locale="de-DE", base_url=url)
    context.add_cookies(list(cookies))
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.said = []
    page.on("console", lambda said: page.said.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page


def opened(page: Page, url: str) -> bool:
    """Open the address in the tab; whether it is a page: not a file, not a part for scripts."""
    answer = page.request.get(url)
    if not answer.headers["content-type"].startswith("text/html") or "<html" not in answer.text():
        return False
    page.said.clear()
    page.goto(url)
    return True


@pytest.mark.parametrize("name", FOR_STRANGERS)
def test_pages_for_everybody(name, office):
    page = office.stranger
    if opened(page, url_of(name, office.world)):
        assert problems(page) == []
        assert page.locator("script").count() == 0 or name.startswith(("account_", "usersessions_", "admin:"))


@pytest.mark.parametrize("name", FOR_THE_TEAM)
def test_pages_for_the_team(name, office):
    if opened(office.lead, url_of(name, office.world)):
        assert problems(office.lead) == []
