"""The outbox stands still: our settings are wrong, and no mail would go. Kept where every process sees it.

A server that gets wrong credentials again and again locks the account, so it is asked again only after a pause; a new
EMAIL_URL is another matter and tried at once.
"""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

PAUSE = timedelta(minutes=5)
_REMEMBERED = 24 * 3600  # seconds


def raise_alarm(text: str) -> None:
    """Stop the outbox for a pause; `text` says why, in the mail server's words or ours, for the team."""
    cache.set(_key(), (text, timezone.now() + PAUSE), _REMEMBERED)


def clear() -> None:
    """The server takes mail; harmless when there was no alarm."""
    if cache.get(_key()):
        cache.delete(_key())


def text() -> str:
    """Why the outbox stands still, "" when it does not."""
    found: tuple[str, datetime] | None = cache.get(_key())
    return found[0] if found else ""


def is_pausing() -> bool:
    """Whether the mail server must not be asked now."""
    found: tuple[str, datetime] | None = cache.get(_key())
    return found is not None and timezone.now() < found[1]


def _key() -> str:
    return f"mailroom-alarm-{hashlib.sha256(settings.EMAIL_URL.encode()).hexdigest()[:16]}"
