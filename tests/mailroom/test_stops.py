import pytest
from django.test import Client
from django.urls import reverse

from mailroom.models import Address
from mailroom.services import addresses
from team.services import activity

State = Address.State
WORDS = "Über den Link in der Mail"


@pytest.fixture
def address(db):
    token = addresses.stop_tokens(["Gesa.Ahrens@schule.example"])["gesa.ahrens@schule.example"]
    return Address.objects.get(stop_token=token)


def _url(address):
    return reverse("mailroom:stop", args=[address.stop_token])


def _state(address):
    address.refresh_from_db()
    return address.state, address.reason


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_asks_and_changes_nothing(client, address, method):
    page = getattr(client, method)(_url(address))
    assert page.status_code == 200
    assert _state(address) == (State.OK, "")
    assert page.cookies == {}
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    if method == "get":
        assert "g…@schule.example" in page.text
        assert "gesa.ahrens" not in page.text.lower()


def test_one_click_of_a_mail_program_works_without_cookies(address):
    """RFC 8058 section 3.1: a POST with this body, no cookies, and no redirect as the answer."""
    page = Client(enforce_csrf_checks=True).post(_url(address), {"List-Unsubscribe": "One-Click"})
    assert page.status_code == 200
    assert "Sie sind abgemeldet" in page.text
    assert _state(address) == (State.STOPPED, "über den Abmelde-Link")


def test_twice_is_said_once_and_taken_back_once(client, address):
    url = _url(address)
    for data in ({}, {}, {"undo": "1"}, {"undo": "1"}):
        assert client.post(url, data).status_code == 200
    assert _state(address) == (State.OK, "")
    assert [row.sentence for row in activity.timeline(address)] == [
        f"{WORDS} wieder zu Einladungen angemeldet",
        f"{WORDS} von Einladungen abgemeldet",
    ]


def test_an_unreachable_address_stays_unreachable(client, address):
    Address.objects.update(state=State.HARD, reason="Empfänger unbekannt")
    for data in ({}, {"undo": "1"}):
        page = client.post(_url(address), data)
        assert page.status_code == 200
        assert ("nicht erreichbar" in page.text) == bool(data)  # the first one stops
        assert _state(address) == (State.HARD, "Empfänger unbekannt")


@pytest.mark.parametrize("token", ["A" * 22, "kurz", "A" * 21 + "%00", "ä" * 22, "None"])
def test_an_unknown_token_gets_the_page_that_every_wrong_address_gets(client, address, token):
    Address.objects.create(key="ohne@schule.example")
    wanted = client.get("/gibt-es-nicht/")
    for page in (client.get(f"/abmelden/{token}/"), client.post(f"/abmelden/{token}/")):
        assert page.status_code == 404
        assert page.content == wanted.content


def test_a_preview_link_records_nothing(client, address):
    url = reverse("mailroom:stop", args=["vorschau"])
    for page in (client.get(url), client.post(url)):
        assert page.status_code == 200
        assert "Vorschau" in page.text
    assert list(Address.objects.values_list("state", flat=True)) == [State.OK]
