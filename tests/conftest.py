"""Fixtures for all tests: a coordinator, a lead, a stranger and a partner, and their browsers."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.test import override_settings

from tests import libical, statements

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
_missing: set[str] = set()

# No deadline: durations are measured by `make bench`, and a busy machine must not fail a test.
hypothesis.settings.register_profile("netzwerk", deadline=None)
hypothesis.settings.load_profile("netzwerk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(statements.NOTE, type=Path, help="a folder: note the tests that send a new statement")
    parser.addoption(
        statements.ONLY, type=Path, help="that folder: of the tests with a database, run what PostgreSQL needs"
    )


def pytest_configure(config: pytest.Config) -> None:
    if folder := config.getoption(statements.NOTE):
        config.pluginmanager.register(statements.NewStatements(folder))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --only-new-statements keep the tests that PostgreSQL has to run after SQLite."""
    if folder := config.getoption(statements.ONLY):
        noted = statements.noted(folder)
        kept = [item for item in items if _uses_database(item) and statements.runs_on_both(item, noted)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _uses_database(item: pytest.Item) -> bool:
    """Return whether a fixture or a mark of the test opens a database; pytest-django forbids it to other tests."""
    return item.get_closest_marker("django_db") is not None or "django_db_setup" in getattr(item, "fixturenames", ())


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("program"):
        (name,) = mark.args
        is_there = libical.is_there() if name == "libical" else any(map(shutil.which, name.split("|")))
        if not is_there:
            leave_out(f"{name} fehlt auf diesem Rechner")


def leave_out(reason: str) -> None:
    """Skip the test with the reason, or fail it if REQUIRE_ALL=1."""
    if REQUIRE_ALL:
        pytest.fail(reason)
    _missing.add(reason)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if report.longrepr
    }
    for reason in sorted(reasons):
        terminalreporter.write_line(f"ausgelassen: {reason}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with the partner list and the corpus; leave the test out if it is missing."""
    if not SHARED.is_dir():
        leave_out("der Ordner shared/ mit Beispieldaten fehlt")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _use_plain_static_files() -> Iterator[None]:
    """Serve static files without a manifest, and hash passwords quickly."""
    folder = settings.DATA_DIR / "static"
    folder.mkdir(exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(
        STORAGES={**settings.STORAGES, "staticfiles": plain}, STATIC_ROOT=folder, PASSWORD_HASHERS=[hasher]
    ):
        yield


@pytest.fixture(autouse=True)
def _restart_factory_sequences() -> None:
    """Restart the factories' sequences, so that names and addresses do not depend on the order of the tests."""
    from tests.factories import start_numbers_at

    start_numbers_at(0)


@pytest.fixture
def coordinator(db):
    """Return a team member who is not the lead."""
    from tests.factories import UserFactory

    return UserFactory(email="sommer@servicestelle.example", first_name="Katja", last_name="Sommer")


@pytest.fixture
def lead(db):
    """Return the team member who also manages members."""
    from tests.factories import UserFactory

    return UserFactory(email="winter@servicestelle.example", first_name="Jens", last_name="Winter", is_lead=True)


@pytest.fixture
def stranger(client):
    """Return a test client without a login."""
    return client


@pytest.fixture
def team(client_for, coordinator):
    """Return the coordinator's logged-in test client."""
    return client_for(coordinator)


@pytest.fixture
def lead_client(client_for, lead):
    """Return the lead's logged-in test client."""
    return client_for(lead)


@pytest.fixture
def client_for():
    """Return a function that gives a logged-in test client: client_for(user)."""
    from tests.sessions import logged_in

    return logged_in


@pytest.fixture
def partner(db):
    """Return a contact at an organisation; contacts have no login."""
    from tests.factories import ContactFactory

    return ContactFactory(salutation="ms", first_name="Gesa", last_name="Ahrens", role="Schulleitung")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return a TLS context with a self-signed certificate for 127.0.0.1, and the certificate's path."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"
