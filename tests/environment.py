"""The environment that every test runs in; loaded as a plugin before Django's settings are read."""

import os
import tempfile

for _name in ("DEMO", "DEBUG", "BASE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM", "CELERY_BROKER_URL", "CACHE_URL"):
    os.environ.pop(_name, None)
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
if "PYTEST_XDIST_WORKER" not in os.environ:  # workers share the folder of the process that started them
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="netzwerk-test-")
