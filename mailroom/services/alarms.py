"""Alarm that stops the outbox while EMAIL_URL is wrong. Stored in the cache, so that every process sees it.

A mail server that gets wrong credentials repeatedly locks the account, so the next attempt waits for PAUSE. The alarm
belongs to one EMAIL_URL: a changed URL is tried at once.
"""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

PAUSE = timedelta(minutes=5)
_REMEMBERED = 24 * 3600  # seconds


def raise_alarm(text: str) -> None:
    """Stop the outbox for PAUSE (5 minutes). `text` tells the team why, in the mail server's words or ours.

    The text stays for a day or until `clear`, longer than the pause.
    """
    cache.set(_key(), (text, timezone.now() + PAUSE), _REMEMBERED)


def clear() -> None:
    """Clear the alarm. Called when the mail server has taken a mail; does nothing without an alarm."""
    if cache.get(_key()):
        cache.delete(_key())


def text() -> str:
    """Return the text of the alarm, also after its pause; "" when there is none."""
    found: tuple[str, datetime] | None = cache.get(_key())
    return found[0] if found else ""


def is_pausing() -> bool:
    """Return whether the pause after an alarm still runs, in which `delivery.deliver_all` contacts no mail server."""
    found: tuple[str, datetime] | None = cache.get(_key())
    return found is not None and timezone.now() < found[1]


def _key() -> str:
    return f"mailroom-alarm-{hashlib.sha256(settings.EMAIL_URL.encode()).hexdigest()[:16]}"
