"""Every page there is, in two sizes, light and dark. The table of addresses is tests/conventions/addresses.py."""

import pytest
from django.test import Client

from tests.browser.looking import problems
from tests.conventions.addresses import ADDRESSES
from tests.conventions.test_addresses import KNOWN, url_of

pytestmark = pytest.mark.program("chromium")

FOR_STRANGERS = [name for name in KNOWN if ADDRESSES[name].stranger == 200]
FOR_THE_TEAM = [name for name in KNOWN if ADDRESSES[name].stranger != 200 and ADDRESSES[name].lead == 200]


def is_page(response) -> bool:
    """Not a file, not a part for scripts."""
    return response.headers["Content-Type"].startswith("text/html") and b"<html" in response.content


@pytest.mark.parametrize("name", FOR_STRANGERS)
def test_pages_for_everybody(name, site, world, tab):
    url = url_of(name, world)
    if is_page(Client().get(url)):
        page = tab()
        page.goto(url)
        assert problems(page) == []
        assert page.locator("script").count() == 0 or name.startswith(("account_", "usersessions_", "admin:"))


@pytest.mark.parametrize("name", FOR_THE_TEAM)
def test_pages_for_the_team(name, site, world, tab, client_for, lead):
    url = url_of(name, world)
    if is_page(client_for(lead).get(url)):
        page = tab(lead)
        page.goto(url)
        assert problems(page) == []
