"""Alarm that stops the outbox while no mail can leave. Stored in the cache, so that every process sees it.

A mail server that gets wrong credentials repeatedly locks the account, so the next attempt waits for PAUSE. The alarm
belongs to EMAIL_URL and the credentials in use: after a correction the next attempt comes at once.
"""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from mailroom.services import credentials

PAUSE = timedelta(minutes=5)
PAUSE_WHEN_THROTTLED = timedelta(minutes=1)
_REMEMBERED = 24 * 3600  # seconds


def raise_alarm(text: str, *, pause: timedelta = PAUSE) -> None:
    """Stop the outbox for the pause. `text` tells the team why, in the mail server's words or ours.

    The text stays for a day or until `clear`, longer than the pause.
    """
    cache.set(_key(), (text, timezone.now() + pause), _REMEMBERED)


def clear() -> None:
    """Clear the alarm. Called when the mail server has taken a mail; does nothing without an alarm."""
    if cache.get(_key()):
        cache.delete(_key())


def text() -> str:
    """Return the text of the alarm, also after its pause; "" when there is none."""
    found: tuple[str, datetime] | None = cache.get(_key())
    return found[0] if found else ""


def is_pausing() -> bool:
    """Return whether the pause after an alarm still runs, in which delivery contacts no mail server."""
    return seconds_left() > 0


def seconds_left() -> float:
    """Return the seconds until the end of the pause, 0 without one."""
    found: tuple[str, datetime] | None = cache.get(_key())
    return max(0.0, (found[1] - timezone.now()).total_seconds()) if found else 0.0


def _key() -> str:
    return f"mailroom-alarm-{credentials.fingerprint()}"
