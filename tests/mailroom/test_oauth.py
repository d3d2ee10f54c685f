"""Test access tokens: asked for by secret and by certificate, kept, renewed, refused in German."""

import base64
import itertools
import json

import pytest

from mailroom import oauth
from tests.token_server import CLIENT, ROLES, token_server


@pytest.fixture
def endpoint():
    with token_server() as server:
        yield server


def client_of(endpoint, **how) -> oauth.Client:
    given = how or {"secret": endpoint.secret}
    return oauth.Client(token_url=endpoint.url, client_id=CLIENT, scope="https://outlook.example/.default", **given)


def test_a_token_is_kept_until_it_is_to_be_renewed(endpoint):
    client = client_of(endpoint)
    first = oauth.access_token(client)
    assert (oauth.access_token(client), endpoint.asked, endpoint.scopes) == (
        first,
        1,
        ["https://outlook.example/.default"],
    )
    assert oauth.roles(first) == ROLES


def test_a_token_is_renewed_before_it_ends(endpoint, monkeypatch):
    """Five minutes before, or in the middle of a short life."""
    client = client_of(endpoint)
    now = 1000.0
    monkeypatch.setattr(oauth.time, "monotonic", lambda: now)
    tokens = []
    for life, moments in ((3600, (0, 3299, 3301)), (10, (0, 4.9, 5.1))):
        oauth._kept.clear()
        endpoint.life, begin = life, now
        for moment in moments:
            now = begin + moment
            tokens.append(oauth.access_token(client))
    assert [a == b for a, b in itertools.pairwise(tokens)] == [True, False, False, True, False]


def test_a_refused_token_is_never_returned_again(endpoint):
    client = client_of(endpoint)
    first = oauth.access_token(client)
    second = oauth.access_token(client, refused=first)
    assert second != first
    assert oauth.access_token(client, refused=first) == second  # another process-wide caller has renewed it already
    assert endpoint.asked == 2


def test_a_secret_in_a_file_is_read_for_each_token(endpoint, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{endpoint.secret}\n")
    client = client_of(endpoint, secret_file=str(file))
    first = oauth.access_token(client)
    endpoint.secret = "neu"
    with pytest.raises(oauth.NoToken, match="Das Geheimnis der App stimmt nicht"):
        oauth.access_token(client, refused=first)
    file.write_text("neu")
    assert oauth.access_token(client) != first


@pytest.mark.program("openssl")
def test_a_certificate_signs_the_request(endpoint, certificate):
    """RFC 7523, as Microsoft demands it: PS256, and the certificate named by its SHA-256."""
    endpoint.certificate = certificate[1]
    key = str(certificate[1].with_name("key.pem"))
    client = client_of(endpoint, certificate=str(certificate[1]), key=key)
    assert oauth.roles(oauth.access_token(client)) == ROLES


@pytest.mark.parametrize(
    ("error", "description", "sentence"),
    [
        (
            "invalid_client",
            "AADSTS7000222: The provided client secret keys are expired.",
            "Das Geheimnis der App ist abg",
        ),
        ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "Das Geheimnis der App stimmt nicht"),
        ("unauthorized_client", "AADSTS700016: Application not found.", "Microsoft kennt diese App nicht"),
        ("invalid_request", "AADSTS90002: Tenant not found.", "Microsoft kennt den Mandanten nicht"),
        ("invalid_client", "AADSTS700027: The certificate is not registered.", "Das Zertifikat ist bei der App nicht"),
        (
            "invalid_client",
            "AADSTS50000000: Something new.",
            "Der Anmeldedienst lässt die App nicht herein (AADSTS50000",
        ),
        ("invalid_client", "", "Der Anmeldedienst nimmt MAIL_CLIENT_ID und das Geheimnis"),
        ("strange", "", "Der Anmeldedienst lässt die App nicht herein (strange)"),
    ],
)
def test_a_refusal_says_what_to_do(endpoint, error, description, sentence):
    endpoint.refusal = {"error": error, "error_description": description}
    with pytest.raises(oauth.NoToken) as caught:
        oauth.access_token(client_of(endpoint))
    assert caught.value.text.startswith(sentence)
    assert endpoint.secret not in caught.value.text


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b"[]", b'{"access_token": 7, "expires_in": "x"}'])
def test_an_endpoint_that_does_not_answer_with_a_token(endpoint, monkeypatch, answer):
    monkeypatch.setattr(json, "dumps", lambda said: answer.decode())
    with pytest.raises(oauth.NoToken, match="antwortet gerade nicht"):
        oauth.access_token(client_of(endpoint))


def test_an_endpoint_that_is_away(endpoint):
    endpoint.is_away = True
    with pytest.raises(oauth.NoToken, match=r"Der Anmeldedienst 127\.0\.0\.1 antwortet gerade nicht"):
        oauth.access_token(client_of(endpoint))
    gone = oauth.Client(token_url="http://127.0.0.1:9/token", client_id=CLIENT, secret="x")
    with pytest.raises(oauth.NoToken, match="antwortet gerade nicht"):
        oauth.access_token(gone)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "Für auth=xoauth2 fehlen MAIL_TOKEN_URL und MAIL_CLIENT_ID."),
        (
            {"token_url": "https://a.example", "secret": "x"},
            "Für auth=xoauth2 fehlen MAIL_TOKEN_URL und MAIL_CLIENT_ID.",
        ),
        ({"token_url": "http://a.example/t", "client_id": "a", "secret": "x"}, "MAIL_TOKEN_URL ist keine Adresse"),
        ({"token_url": "https://[x", "client_id": "a", "secret": "x"}, "MAIL_TOKEN_URL ist keine Adresse"),
        ({"token_url": "https://a.example/t", "client_id": "a"}, "Für auth=xoauth2 gehört genau eines dazu"),
        (
            {"token_url": "https://a.example/t", "client_id": "a", "secret": "x", "certificate": "y"},
            "Für auth=xoauth2 g",
        ),
        ({"token_url": "https://a.example/t", "client_id": "a", "secret_file": "x"}, ""),
    ],
)
def test_incomplete_settings_are_told(given, problem):
    said = oauth.Client(**given).problem()
    assert said.startswith(problem)
    assert bool(said) == bool(problem)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Die Datei, die MAIL_CLIENT_CERTIFICATE nennt, ist nicht lesbar"),
        (b" ", "Die Datei, die MAIL_CLIENT_CERTIFICATE nennt, ist leer."),
        (b"hallo", "MAIL_CLIENT_CERTIFICATE und MAIL_CLIENT_KEY nennen kein Zertifikat"),
    ],
)
def test_a_certificate_that_is_none(endpoint, tmp_path, content, sentence):
    file = tmp_path / "cert.pem"
    if content is not None:
        file.write_bytes(content)
    client = client_of(endpoint, certificate=str(file))
    with pytest.raises(oauth.NoToken) as caught:
        oauth.access_token(client)
    assert caught.value.text.startswith(sentence)
    assert oauth.certificate_end(client, oauth.ZoneInfo("Europe/Berlin")) is None


@pytest.mark.parametrize("token", ["", "a.b", "a.%%%.c", f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c"])
def test_a_token_that_is_no_jwt_has_no_roles(token):
    assert oauth.roles(token) is None
