"""Three kinds of people in every test: a coordinator, a stranger, a partner; and a lead where it matters."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from tests import libical

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
_missing: set[str] = set()

# How long something takes belongs in `make bench`: a busy machine is no failure.
hypothesis.settings.register_profile("netzwerk", deadline=None)
hypothesis.settings.load_profile("netzwerk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="leave out tests that use no database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --only-database keep what uses one: the rest has run on SQLite and would do the same on PostgreSQL."""
    if config.getoption("--only-database"):
        others = [item for item in items if not _uses_database(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if _uses_database(item)]


def _uses_database(item: pytest.Item) -> bool:
    """Whether a fixture or a mark of the test opens a database; pytest-django lets no other test do it."""
    return item.get_closest_marker("django_db") is not None or "django_db_setup" in getattr(item, "fixturenames", ())


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("program"):
        (name,) = mark.args
        is_there = libical.is_there() if name == "libical" else any(map(shutil.which, name.split("|")))
        if not is_there:
            leave_out(f"{name} fehlt auf diesem Rechner")


def leave_out(reason: str) -> None:
    """Skip with the reason, or fail where everything is required."""
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
    """The folder with the partner list and the corpus; left out when it is not there."""
    if not SHARED.is_dir():
        leave_out("der Ordner shared/ mit Beispieldaten fehlt")
    return SHARED


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _numbers_of_rows_start_anew() -> None:
    """A name or an address that a factory counts is the same in a test that runs alone, first or last."""
    from tests.factories import start_numbers_at

    start_numbers_at(0)


@pytest.fixture
def coordinator(db):
    """A member of the team."""
    from tests.factories import UserFactory

    return UserFactory(email="sommer@servicestelle.example", first_name="Katja", last_name="Sommer")


@pytest.fixture
def lead(db):
    """The member who also manages members."""
    from tests.factories import UserFactory

    return UserFactory(email="winter@servicestelle.example", first_name="Jens", last_name="Winter", is_lead=True)


@pytest.fixture
def stranger(client):
    """A browser that nobody knows."""
    return client


@pytest.fixture
def team(client_for, coordinator):
    """The coordinator's browser."""
    return client_for(coordinator)


@pytest.fixture
def lead_client(client_for, lead):
    """The lead's browser."""
    return client_for(lead)


@pytest.fixture
def client_for():
    """A browser for any user: client_for(user)."""
    from tests.sessions import logged_in

    return logged_in


@pytest.fixture
def partner(db):
    """Somebody at a school who is invited; has no login."""
    from tests.factories import ContactFactory

    return ContactFactory(salutation="ms", first_name="Gesa", last_name="Ahrens", role="Schulleitung")
