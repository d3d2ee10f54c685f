"""Set the environment variables of all tests. Loaded as a plugin before Django reads its settings."""

import gc
import os
import shutil
import tempfile

import pytest

_UNSET = (
    *("ALLOWED_HOSTS", "BASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "DEBUG", "DEMO", "EMAIL_URL"),
    *(
        "FIRST_USER_EMAIL",
        "IMPORT_LEASE_SECONDS",
        "INBOX_ADDRESS",
        "INBOX_AUTHSERV_ID",
        "INBOX_PLUS_ADDRESSING",
        "INBOX_URL",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "MAIL_CONNECTIONS",
        "MAIL_FROM",
        "MAIL_GRACE_SECONDS",
        "MAIL_LEASE_SECONDS",
        "MAIL_RATE",
        "MAIL_RESEND_SECONDS",
        "PORT",
        "REQUIRE_MFA",
        "SECURE_SSL_REDIRECT",
        "SENTRY_DSN",
        "TIME_ZONE",
        "TRUSTED_PROXIES",
    ),
)
for _name in _UNSET:
    os.environ.pop(_name, None)
os.environ["ENV_FILE"] = os.devnull  # the developer's .env may name a database that matters
os.environ["REQUIRE_MFA"] = "false"  # tests/team/test_mfa.py switches it on
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
_made: str | None = None
if "PYTEST_XDIST_WORKER" not in os.environ:  # workers share the folder of the process that started them
    os.environ["DATA_DIR"] = _made = tempfile.mkdtemp(prefix="netzwerk-test-")


def pytest_collection_finish() -> None:
    """Make garbage collection rare and exclude imported modules: this saves a fifth of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Remove the data folder if this process made it."""
    if _made:
        shutil.rmtree(_made, ignore_errors=True)
