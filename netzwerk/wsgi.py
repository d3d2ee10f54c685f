"""WSGI entry point for gunicorn."""

import gc
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netzwerk.settings")
try:
    application = get_wsgi_application()
    from netzwerk.checks import refuse_wrong_settings

    refuse_wrong_settings()
except ImproperlyConfigured as error:
    sys.exit(f"Einstellung fehlt oder ist falsch: {error}")
gc.collect()
gc.freeze()  # loaded modules stay in memory: the garbage collector need not scan them again
