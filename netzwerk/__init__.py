"""The roof: settings, addresses, background jobs. Imported by nobody."""

from netzwerk.celery import app as celery_app

__all__ = ["celery_app"]
