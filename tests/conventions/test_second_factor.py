"""Every address where REQUIRE_MFA: without a second factor the team's lead to the set-up, others are as ever."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conventions.addresses import ADDRESSES, LOGIN
from tests.conventions.test_addresses import KNOWN, answer, url_of
from tests.writes import writes

SET_UP = "/konto/2fa/"
WAY = {"mfa_index": 200, "account_reauthenticate": 200, "mfa_activate_totp": 302, "mfa_add_webauthn": 302}
FOR_EVERYBODY = [name for name in KNOWN if ADDRESSES[name].stranger != LOGIN]
OF_THE_TEAM = [name for name in KNOWN if ADDRESSES[name].stranger == LOGIN]


@pytest.fixture(autouse=True)
def _demanded(settings) -> None:
    settings.REQUIRE_MFA = True


@pytest.fixture
def team(people):
    """The coordinator's browser."""
    return people["coordinator"]


@pytest.mark.parametrize("name", OF_THE_TEAM)
def test_every_page_of_the_team_leads_to_the_set_up(name, world, team):
    url = url_of(name, world)
    if name in WAY:
        response = team.get(url)
        assert response.status_code == WAY[name]
        assert getattr(response, "url", "/konto/reauthenticate/").startswith("/konto/reauthenticate/")
        return
    with writes() as written:
        for method in (team.get, team.head, team.post, team.put):
            response = method(url)
            while response.status_code == 302 and response.url == "/verwaltung/":  # the admin's way to its own login
                response = team.get(response.url)
            assert (response.status_code, response.url) == (302, SET_UP)
    assert written == []


@pytest.mark.parametrize("name", [name for name in OF_THE_TEAM if not name.startswith("mfa_")])
def test_with_one_everything_is_as_ever(name, world, team):
    TOTP.activate(world.coordinator, "JBSWY3DPEHPK3PXP")
    assert answer(team.get(url_of(name, world))) == ADDRESSES[name].coordinator


@pytest.mark.parametrize("name", FOR_EVERYBODY)
def test_pages_for_everybody_are_not_touched(name, world, team, stranger):
    url, expected = url_of(name, world), ADDRESSES[name]
    assert answer(stranger.get(url)) == expected.stranger
    assert answer(team.get(url)) == expected.coordinator


@pytest.mark.parametrize("name", ["meetings:answer", "mailroom:stop", "public:impressum", "healthz", "account_login"])
def test_pages_for_everybody_take_no_more_queries(name, world, settings, people):
    url, taken = url_of(name, world), []
    for is_demanded in (False, True):
        settings.REQUIRE_MFA = is_demanded
        for browser in (people["coordinator"], people["stranger"]):
            browser.get(url)
            with CaptureQueriesContext(connection) as queries:
                browser.get(url)
            taken.append(len(queries))
    assert taken[:2] == taken[2:]
