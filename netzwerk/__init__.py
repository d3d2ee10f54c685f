"""The top package: settings, addresses, background jobs. No other package imports it."""

from netzwerk.celery import app as celery_app

__all__ = ["celery_app"]
