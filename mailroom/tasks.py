"""What the worker does for the outbox."""

import hashlib

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from mailroom.services import delivery

# A server that gets wrong credentials three times a minute locks the account.
PAUSE_SECONDS = 300


@shared_task(name="mailroom.deliver")
def deliver() -> None:
    """Send everything that is due. Beat calls it every 20 seconds, a queued mail at once."""
    pause = f"mailroom-stopped-{hashlib.sha256(settings.EMAIL_URL.encode()).hexdigest()[:16]}"
    if cache.get(pause):
        return
    report = delivery.deliver_due()
    while report.due == delivery.BATCH and not report.is_stopped:
        report = delivery.deliver_due()
    if report.is_stopped:
        cache.set(pause, True, PAUSE_SECONDS)
