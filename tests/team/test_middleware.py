"""Where REQUIRE_MFA: nothing of the team's is shown before there is a second factor; nobody else notices.

Every address is asked in tests/conventions/test_second_factor.py.
"""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

SET_UP = "/konto/2fa/"


@pytest.fixture(autouse=True)
def _demanded(settings) -> None:
    settings.REQUIRE_MFA = True


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
