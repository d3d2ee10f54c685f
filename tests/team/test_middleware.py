"""Where REQUIRE_MFA: nothing of the team's is shown before there is a second factor; nobody else notices."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conventions.addresses import ADDRESSES, LOGIN
from tests.conventions.test_addresses import KNOWN, answer, contents, url_of, world  # noqa: F401 - a fixture

SET_UP = "/konto/2fa/"
WAY = {"mfa_index": 200, "account_reauthenticate": 200, "mfa_activate_totp": 302, "mfa_add_webauthn": 302}
FOR_EVERYBODY = [name for name in KNOWN if ADDRESSES[name].stranger != LOGIN]
OF_THE_TEAM = [name for name in KNOWN if ADDRESSES[name].stranger == LOGIN]


@pytest.fixture(autouse=True)
def _demanded(settings) -> None:
    settings.REQUIRE_MFA = True


@pytest.mark.parametrize("name", OF_THE_TEAM)
def test_every_page_of_the_team_leads_to_the_set_up(name, world, team):  # noqa: F811
    url = url_of(name, world)
    before = contents()
    if name in WAY:
        response = team.get(url)
        assert response.status_code == WAY[name]
        assert getattr(response, "url", "/konto/reauthenticate/").startswith("/konto/reauthenticate/")
        return
    for method in (team.get, team.head, team.post, team.put):
        response = method(url)
        while response.status_code == 302 and response.url == "/verwaltung/":  # the admin's way to its own login
            response = team.get(response.url)
        assert (response.status_code, response.url) == (302, SET_UP)
    assert contents() == before


@pytest.mark.parametrize("name", [name for name in OF_THE_TEAM if not name.startswith("mfa_")])
def test_with_one_everything_is_as_ever(name, world, team):  # noqa: F811
    TOTP.activate(world.coordinator, "JBSWY3DPEHPK3PXP")
    assert answer(team.get(url_of(name, world))) == ADDRESSES[name].coordinator


@pytest.mark.parametrize("name", FOR_EVERYBODY)
def test_pages_for_everybody_are_not_touched(name, world, team, stranger):  # noqa: F811
    url, expected = url_of(name, world), ADDRESSES[name]
    assert answer(stranger.get(url)) == expected.stranger
    assert answer(team.get(url)) == expected.coordinator


@pytest.mark.parametrize("name", ["meetings:answer", "mailroom:stop", "public:impressum", "healthz", "account_login"])
def test_pages_for_everybody_take_no_more_queries(name, world, settings, client_for):  # noqa: F811
    url, taken = url_of(name, world), []
    for is_demanded in (False, True):
        settings.REQUIRE_MFA = is_demanded
        for browser in (client_for(world.coordinator), Client()):
            browser.get(url)
            with CaptureQueriesContext(connection) as queries:
                browser.get(url)
            taken.append(len(queries))
    assert taken[:2] == taken[2:]


def test_a_page_of_the_team_takes_one_more(team, coordinator, settings):
    TOTP.activate(coordinator, "JBSWY3DPEHPK3PXP")
    taken = []
    for is_demanded in (False, True):
        settings.REQUIRE_MFA = is_demanded
        team.get("/partner/")
        with CaptureQueriesContext(connection) as queries:
            team.get("/partner/")
        taken.append(len(queries))
    assert taken[1] == taken[0] + 1


def test_htmx_is_led_there_as_a_whole_page(team):
    response = team.get("/partner/", headers={"hx-request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, SET_UP)
    assert response.content == b""


def test_recovery_codes_alone_do_not_count(team, coordinator):
    RecoveryCodes.activate(coordinator)
    assert team.get("/").url == SET_UP


def test_one_passkey_is_enough(team, coordinator):
    Authenticator.objects.create(user=coordinator, type="webauthn", data={"name": "Diensthandy", "credential": {}})
    assert team.get("/").status_code == 200


def test_somebody_elses_does_not_count(team, lead):
    TOTP.activate(lead, "JBSWY3DPEHPK3PXP")
    assert team.get("/").url == SET_UP


def test_the_set_up_page_shows_the_way_and_the_way_out_and_no_menu(team):
    page = team.get(SET_UP).text
    assert "Richten Sie einen zweiten Faktor ein" in page
    for name in ("mfa_activate_totp", "mfa_add_webauthn", "account_logout"):
        assert reverse(name) in page
    for name in ("partners:organisations", "desk:search", "admin:index", "account_change_password"):
        assert f'"{reverse(name)}"' not in page
    assert team.post("/konto/logout/").url == "/konto/login/"


def test_in_the_demo_none_is_demanded(team, settings):
    """What the setting is there says tests/netzwerk/test_settings.py."""
    settings.REQUIRE_MFA = False
    assert team.get("/").status_code == 200
    page = team.get(SET_UP).text
    assert "Hauptmenü" in page
    assert "Richten Sie einen zweiten Faktor ein" not in page
