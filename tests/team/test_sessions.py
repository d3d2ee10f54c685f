"""Which devices somebody is logged in on, and how exactly her last visit is known."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.team.test_account import OTHER, PASSWORD, login


@pytest.fixture
def browser(coordinator):
    """A browser that has logged in and shown a page."""
    made = Client(HTTP_USER_AGENT="Firefox")
    login(made, coordinator.email)
    made.get("/")
    return made


def test_a_page_writes_nothing_of_a_device_that_is_known(browser):
    with CaptureQueriesContext(connection) as queries:
        browser.get("/partner/")
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_the_last_visit_is_known_to_a_quarter_of_an_hour(browser, coordinator, time_machine):
    first = UserSession.objects.get().last_seen_at
    time_machine.move_to(first + timedelta(minutes=14))
    browser.get("/partner/")
    assert UserSession.objects.get().last_seen_at == first
    time_machine.move_to(first + timedelta(minutes=16), tick=False)
    browser.get("/partner/")
    device = UserSession.objects.get()
    assert (device.user, device.last_seen_at) == (coordinator, timezone.now())


@pytest.mark.parametrize("elsewhere", [{"REMOTE_ADDR": "203.0.113.7"}, {"HTTP_USER_AGENT": "Elsewhere"}])
def test_who_uses_the_session_elsewhere_is_entered_with_the_first_page(browser, elsewhere):
    browser.get("/partner/", **elsewhere)
    device = UserSession.objects.get()
    expected = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "Firefox"} | elsewhere
    assert {"REMOTE_ADDR": device.ip, "HTTP_USER_AGENT": device.user_agent} == expected


def test_with_a_new_password_the_device_stays_in_the_list(browser, coordinator):
    browser.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})
    page = browser.get("/konto/sessions/")
    now = ("Firefox", browser.session.session_key)
    assert [(device.user_agent, device.session_key) for device in page.context["sessions"]] == [now]


def test_whose_session_has_another_key_is_entered_with_the_next_page(team, coordinator):
    UserSession.objects.all().delete()
    session = team.session
    session["device"] = "another"
    session.save()
    team.get("/partner/")
    assert UserSession.objects.get().session_key == team.session.session_key
