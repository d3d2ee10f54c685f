"""The German error pages."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory

from public import errors

FORM = {"email": "sommer@servicestelle.example", "password": "ein-langes-Kennwort-7", "next": "/partner/"}


def refused(data=None, path="/konto/login/", **headers):
    """What a browser gets whose form check failed."""
    return Client(enforce_csrf_checks=True).post(path, data or FORM, headers=headers)


@pytest.mark.parametrize("path", ["/gibt-es-nicht/", "/einladung/0123456789abcdef/", "/gibt-es-nicht/?a=b", "/%00"])
def test_not_found_is_the_same_bytes_for_everybody(path, stranger, team, lead_client):
    first = stranger.get("/irgendwas-anderes/")
    for browser in (stranger, team, lead_client):
        response = browser.get(path)
        assert (response.status_code, response.content) == (404, first.content)
    again = stranger.get(path)
    same = {
        name: value for name, value in again.headers.items() if name != "Vary"
    }  # set where an address leads to a view
    assert (same, again.cookies) == (dict(first.headers), {})


@pytest.mark.parametrize(
    ("handler", "status", "heading"),
    [
        (lambda request: errors.bad_request(request, ValueError()), 400, "Das ist nicht vollständig angekommen"),
        (lambda request: errors.forbidden(request, PermissionDenied()), 403, "Das dürfen Sie hier nicht"),
        (lambda request: errors.not_found(request, ValueError()), 404, "Diese Seite gibt es nicht"),
        (errors.server_error, 500, "Das war unser Fehler"),
    ],
)
def test_an_error_page_needs_neither_database_nor_session(handler, status, heading):
    """No `db` fixture: any query fails this test. The request has no user and no session."""
    response = handler(RequestFactory().get("/"))
    assert response.status_code == status
    assert f'<h1 id="seitentitel">{heading}</h1>' in response.content.decode()
    assert "Servicestelle Schule–Wirtschaft" in response.content.decode()


def test_the_lead_is_not_sent_to_herself(lead_client, team):
    for browser in (lead_client, team):
        page = browser.get("/verwaltung/team/activity/add/")
        assert (page.status_code, "Leitung" in page.text) == (403, False)


def test_an_error_in_a_view_becomes_our_page(db):
    with connection.execute_wrapper(_broken):
        response = Client(raise_request_exception=False).get("/impressum/")
    assert (response.status_code, "Das war unser Fehler" in response.content.decode()) == (500, True)


def _broken(execute, sql, params, many, context):
    raise RuntimeError("the database is away")


def test_a_failed_form_check_keeps_what_was_typed(db):
    response = refused()
    assert response.status_code == 403
    assert response.context["typed"] == [("email", "sommer@servicestelle.example"), ("next", "/partner/")]
    html = response.content.decode()
    assert '<input type="hidden" name="email" value="sommer@servicestelle.example">' in html
    assert "ein-langes-Kennwort-7" not in html
    assert "Ihr Passwort heben wir nicht auf" in html


def test_everything_is_typed_back_as_it_was(db):
    typed = {"body": 'Zeile eins\n"zwei" <b>', "choice": ["a", "b"], "empty": ""}
    response = refused(typed, path="/partner/")
    assert response.context["typed"] == [
        ("body", 'Zeile eins\n"zwei" <b>'), ("choice", "a"), ("choice", "b"), ("empty", ""),
    ]  # fmt: skip
    html = response.content.decode()
    assert 'value="Zeile eins\n&quot;zwei&quot; &lt;b&gt;"' in html
    assert "Ihr Passwort" not in html


def test_one_click_sends_it_again_with_a_fresh_token(coordinator):
    browser = Client(enforce_csrf_checks=True)
    page = browser.post("/konto/password/reset/?x=1", {"email": coordinator.email})
    assert 'action="/konto/password/reset/?x=1"' in page.content.decode()
    again = browser.post(
        "/konto/password/reset/?x=1",
        {**dict(page.context["typed"]), "csrfmiddlewaretoken": str(page.context["csrf_token"])},
    )
    assert (again.status_code, again["Location"]) == (302, "/konto/password/reset/done/")


def test_a_file_that_got_lost_is_said(db):
    response = refused({"file": SimpleUploadedFile("liste.csv", b"Name")}, path="/partner/einlesen/")
    assert "Bitte wählen Sie sie auf der nächsten Seite noch einmal aus." in response.content.decode()


@pytest.mark.parametrize("origin", ["https://boese.example", "null"])
def test_what_another_site_sent_gets_no_button(origin, db):
    html = refused({"delete": "<all>"}, path="/partner/", origin=origin).content.decode()
    assert ("Dieses Formular kam nicht von uns" in html, "<form" in html) == (True, False)
    assert "<li>&lt;all&gt;</li>" in html


def test_our_own_origin_gets_the_button(db):
    html = refused(origin="http://testserver").content.decode()
    assert '<button class="btn btn-primary">Noch einmal abschicken</button>' in html
