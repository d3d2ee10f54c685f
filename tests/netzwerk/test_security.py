"""What every answer carries, and what production adds."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import ImportJob
from tests.factories import InvitationFactory

PASSWORD = "ein-langes-Kennwort-7"


def production(tmp_path, *names: str) -> dict:
    """Settings as a site behind https has them."""
    code = (
        f"import json; from netzwerk import settings; print(json.dumps({{n: getattr(settings, n) for n in {names!r}}}))"
    )
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, "SECRET_KEY": "x" * 50}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.BASE_DIR,
        env={**given, "BASE_URL": "https://amt.example"},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_cookies_and_transport_of_production(tmp_path):
    wanted = {
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "SECURE_HSTS_SECONDS": 31536000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_SSL_REDIRECT": True,
        "CSRF_TRUSTED_ORIGINS": ["https://amt.example"],
        "ALLOWED_HOSTS": ["amt.example"],
        "DEBUG": False,
    }
    assert production(tmp_path, *wanted) == wanted


@pytest.mark.parametrize("path", ["/", "/partner/", "/impressum/", "/gibt-es-nicht/", "/konto/login/"])
def test_every_answer_carries_the_heads(team, path):
    page = team.get(path)
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["X-Frame-Options"] == "DENY"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in page["Permissions-Policy"]
    policy = page["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, "unsafe" in policy, "*" in policy) == (True, False, False)


@pytest.mark.parametrize(
    "path", ["/", "/partner/", "/partner/personen/", "/treffen/", "/konto/sessions/", "/verwaltung/"]
)
def test_what_the_team_sees_is_stored_nowhere(team, path):
    assert "no-store" in team.get(path)["Cache-Control"]


def test_what_everybody_may_see_may_be_stored(stranger, db):
    assert "Cache-Control" not in stranger.get("/impressum/")


def test_who_was_away_for_three_days_logs_in_again(team, time_machine):
    start = timezone.now()
    for hours in (0, 71, 142):  # each visit counts
        time_machine.move_to(start + timedelta(hours=hours))
        assert team.get("/partner/").status_code == 200
    time_machine.move_to(start + timedelta(hours=142 + 73))
    page = team.get("/partner/", follow=True)
    assert page.redirect_chain == [("/konto/login/?next=/partner/", 302)]
    assert "Sie waren länger nicht hier." in page.text


def test_two_weeks_after_the_login_it_ends_however_often_one_comes(client, coordinator, time_machine):
    start = timezone.now()
    client.post("/konto/login/", {"login": coordinator.email, "password": PASSWORD, "remember": "on"})
    for day in range(0, 14, 2):
        time_machine.move_to(start + timedelta(days=day))
        assert client.get("/partner/").status_code == 200
    time_machine.move_to(start + timedelta(days=14, minutes=1))
    assert client.get("/partner/").status_code == 302


def test_public_pages_look_at_no_session(team, time_machine):
    invitation = InvitationFactory()
    time_machine.move_to(timezone.now() + timedelta(days=4))
    assert team.get(f"/einladung/{invitation.token}/").status_code == 200


def test_logging_in_makes_a_new_session(client, coordinator):
    client.get("/konto/login/")
    client.cookies["sessionid"] = "a" * 32
    client.post("/konto/login/", {"login": coordinator.email, "password": PASSWORD})
    assert client.cookies["sessionid"].value != "a" * 32
    assert client.cookies["sessionid"]["httponly"]


@pytest.mark.parametrize("password", ["kurz", "passwort1234", "123456789012", "katja.sommer1", "Servicestelle2026!"])
def test_weak_passwords_are_refused(coordinator, password):
    with pytest.raises(ValidationError):
        validate_password(password, coordinator)


def test_long_passwords_and_all_characters_are_taken(coordinator):
    for password in ("ä 🌻 " * 30 + "Zaun", PASSWORD, "8274 6638 1193 5520", "Zaunkönig Sommer"):
        validate_password(password, coordinator)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("liste.exe", b"MZ\x00\x01"),
        ("liste.xlsx", b"not a workbook"),
        ("liste.csv", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99),
        ("../../etc/passwd", b"root:x:0:0"),
        ("liste.html", b"<script>alert(1)</script>"),
    ],
)
def test_what_is_no_list_is_not_kept_as_one(team, name, content):
    team.post(reverse("partners:imports"), {"file": SimpleUploadedFile(name, content)})
    assert not (project.MEDIA_ROOT / name).exists()
    assert {"/" in job.file_name for job in ImportJob.objects.all()} <= {False}


def test_a_form_that_is_too_large_is_a_page_and_no_error(team):
    page = team.post("/konto/password/change/", {"oldpassword": "x" * (6 * 1024 * 1024)})
    assert page.status_code == 400


def test_a_form_with_too_many_fields_is_a_page_and_no_error(team):
    assert (
        team.post(reverse("partners:organisation_create"), {f"f{number}": "" for number in range(5001)}).status_code
        == 400
    )


def test_another_site_cannot_post(coordinator):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(coordinator, backend="team.backends.TeamBackend")
    assert browser.post(reverse("public:site_text_update", args=["impressum"]), {"text": "x"}).status_code == 403
