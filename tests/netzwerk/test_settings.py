"""A missing or wrong setting is one readable German sentence at start."""

import os
import runpy
import subprocess
import sys
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import ConnectionHandler
from django.test import RequestFactory


def manage(tmp_path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with nothing in the environment but what is given."""
    return python(tmp_path, "manage.py", *(arguments or ("check",)), **environment)


def python(tmp_path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder with nothing in the environment but what is given."""
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, **environment}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=given, capture_output=True, text=True, check=False)


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read the settings with nothing in the environment but what is given; return them by name."""

    def read(**environment: str) -> dict[str, Any]:
        given = {"DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, **environment}
        with monkeypatch.context() as patch:
            for name in os.environ.keys() - {"PATH", "PYTEST_CURRENT_TEST"}:
                patch.delenv(name)
            for name, value in given.items():
                patch.setenv(name, value)
            return runpy.run_path(str(settings.BASE_DIR / "netzwerk" / "settings.py"))

    return read


@pytest.mark.parametrize(
    ("environment", "beginning"),
    [
        ({}, "SECRET_KEY ist nicht gesetzt."),
        ({"DEMO": "vielleicht"}, "DEMO passt nicht, erwartet wird true oder false"),
        ({"MAIL_LEASE_SECONDS": "zwei"}, "MAIL_LEASE_SECONDS passt nicht, erwartet wird eine ganze Zahl"),
        ({"MAIL_LEASE_SECONDS": "-1"}, "MAIL_LEASE_SECONDS passt nicht, erwartet werden 1 bis 86400 Sekunden."),
        ({"IMPORT_LEASE_SECONDS": "0"}, "IMPORT_LEASE_SECONDS passt nicht, erwartet werden 1 bis 86400 Sekunden."),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES passt nicht, erwartet wird die Zahl der Proxys"),
        ({"SECURE_SSL_REDIRECT": "foo"}, "SECURE_SSL_REDIRECT passt nicht, erwartet wird true oder false"),
        ({"REQUIRE_MFA": "immer"}, "REQUIRE_MFA passt nicht, erwartet wird true oder false"),
        ({"BASE_URL": "http://[x"}, "BASE_URL ist keine Internetadresse."),
        ({"DEMO": "1", "PORT": "abc"}, "PORT passt nicht, erwartet wird eine ganze Zahl"),
        ({"DEMO": "1", "DATABASE_URL": "fluss://name:geheim@rechner/x"}, "DATABASE_URL ist nicht lesbar."),
        ({"DEMO": "1", "CACHE_URL": "fluss://rechner"}, "CACHE_URL ist nicht lesbar."),
        ({"DEMO": "1", "TIME_ZONE": "Berlin"}, "TIME_ZONE kennt „Berlin“ nicht."),
        ({"DEMO": "1", "LOG_LEVEL": "laut"}, "LOG_LEVEL kennt „LAUT“ nicht."),
        ({"DEMO": "1", "SENTRY_DSN": "https://sentry.example/geheim"}, "SENTRY_DSN ist nicht lesbar."),
        ({"DEMO": "1", "LOG_FORMAT": "xml"}, "LOG_FORMAT kennt „xml“ nicht."),
        ({"DEMO": "1", "DATA_DIR": f"{__file__}/unter"}, "DATA_DIR lässt sich nicht anlegen:"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_it_is_told_in_one_sentence(read, environment, beginning):
    with pytest.raises(ImproperlyConfigured) as told:
        read(**environment)
    assert str(told.value).startswith(beginning)
    assert ("geheim" in str(told.value), "\n" in str(told.value)) == (False, False)


def test_manage_py_says_the_sentence_and_nothing_else(tmp_path):
    done = manage(tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("Einstellung fehlt oder ist falsch: SECRET_KEY ist nicht gesetzt.")


def test_what_shows_only_later_is_a_check_with_a_hint(tmp_path):
    done = manage(tmp_path, DEMO="1", MAIL_FROM="Servicestelle")
    assert (done.returncode, "netzwerk.E002" in done.stderr, "HINT: Zum Beispiel: " in done.stderr) == (1, True, True)


def test_settings_may_stand_in_a_file(tmp_path):
    (tmp_path / "settings").write_text("SECRET_KEY=kurz\nTIME_ZONE=Berlin\n")
    done = manage(tmp_path, ENV_FILE=str(tmp_path / "settings"))
    assert done.stderr.startswith("Einstellung fehlt oder ist falsch: TIME_ZONE")


def test_the_address_follows_the_port_unless_it_is_given(read):
    by_port, given = read(DEMO="1", PORT="8123"), read(DEBUG="1", PORT="8123", BASE_URL="http://amt.example/")
    assert by_port["BASE_URL"] == "http://127.0.0.1:8123"
    assert by_port["ALLOWED_HOSTS"] == ["127.0.0.1", "127.0.0.1", "localhost"]
    assert (given["BASE_URL"], given["ALLOWED_HOSTS"]) == ("http://amt.example", ["amt.example"])


@pytest.mark.parametrize(
    "process",
    [
        ("gunicorn", "netzwerk.wsgi", "--check-config"),
        ("celery", "--app", "netzwerk", "--quiet", "worker", "--pool", "solo"),
        ("celery", "--app", "netzwerk", "--quiet", "beat"),
    ],
    ids=lambda process: process[0] + process[-1],
)
@pytest.mark.parametrize("environment", [{"DEMO": "1", "EMAIL_URL": "quatsch://"}, {"BASE_URL": "http://[x"}])
def test_no_process_starts_with_a_wrong_setting(tmp_path, process, environment):
    done = python(tmp_path, "-m", *process, **environment)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    (name,) = environment.keys() - {"DEMO"}
    assert f"Einstellung fehlt oder ist falsch: {name}" in done.stderr


def test_a_folder_for_data_is_made_for_its_owner_only(tmp_path):
    done = manage(tmp_path, DEMO="1", DATA_DIR=str(tmp_path / "data"))
    assert (done.returncode, (tmp_path / "data").stat().st_mode & 0o777) == (0, 0o700)


@pytest.mark.parametrize(("proxies", "address"), [("0", "10.0.0.1"), ("1", "203.0.113.2"), ("2", "203.0.113.1")])
def test_who_tries_to_log_in_is_told_apart_behind_proxies(read, settings, proxies, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = read(DEMO="1", TRUSTED_PROXIES=proxies)["ALLAUTH_TRUSTED_PROXY_COUNT"]
    headers = {"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers=headers)
    assert get_adapter().get_client_ip(request) == address


@pytest.mark.parametrize(
    ("url", "kept"), [("postgresql://name:geheim@rechner/netzwerk", (60, True)), ("sqlite:///x.sqlite3", (0, False))]
)
def test_a_connection_to_postgresql_is_kept_between_requests(read, url, kept):
    database = ConnectionHandler(read(DEMO="1", DATABASE_URL=url)["DATABASES"])["default"].settings_dict
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == kept


@pytest.mark.parametrize(
    ("environment", "is_demanded"),
    [
        ({"SECRET_KEY": "x" * 60}, True),
        ({"DEMO": "1"}, False),
        ({"DEBUG": "1"}, False),
        ({"DEMO": "1", "REQUIRE_MFA": "true"}, True),
        ({"SECRET_KEY": "x" * 60, "REQUIRE_MFA": "false"}, False),
    ],
)
def test_a_second_factor_is_demanded_unless_it_is_for_trying_out(read, environment, is_demanded):
    assert read(**environment)["REQUIRE_MFA"] is is_demanded


def test_the_folder_for_incoming_mail_is_made_where_no_mailbox_is_named(read, tmp_path):
    assert read(DEMO="1")["INBOX_URL"] == f"maildir:{tmp_path}/inbox"
    assert sorted(path.name for path in (tmp_path / "inbox").iterdir()) == ["cur", "new", "tmp"]
