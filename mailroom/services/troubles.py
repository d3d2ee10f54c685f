"""Errors of reading the mailbox, in the cache, for the page „Betrieb“ and for the next run.

The cache may lose them: the next run finds the same errors again.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache

_REMEMBERED = 7 * 24 * 3600  # seconds since the last note
_MOST = 100


def note(text: str) -> None:
    """Note why the mailbox could not be read. `text` is German and names neither user nor password."""
    cache.set(_key("reason"), text, _REMEMBERED)


def clear() -> None:
    """Delete the noted reason. Called when the mailbox has been read."""
    if cache.get(_key("reason")):
        cache.delete(_key("reason"))


def text() -> str:
    """Return why the last run could not read the mailbox, "" when it could or that was more than seven days ago."""
    found: str = cache.get(_key("reason"), "")
    return found


def hanging_places() -> tuple[str, ...]:
    """Return the places of the mails at which the connection broke; they are fetched last, in this order."""
    found: tuple[str, ...] = cache.get(_key("hanging"), ())
    return found


def note_hanging_place(place: str) -> None:
    """Note that the connection broke while the mail at `place` was being fetched; move it to the end.

    Keeps the last 100 places, until seven days after the last note.
    """
    others = [one for one in hanging_places() if one != place]
    cache.set(_key("hanging"), (*others, place)[-_MOST:], _REMEMBERED)


def forget_hanging_place(place: str) -> None:
    """Delete the note about the mail at `place`, since it was fetched after all."""
    cache.set(_key("hanging"), tuple(one for one in hanging_places() if one != place), _REMEMBERED)


def _key(name: str) -> str:
    return f"mailroom-inbox-{name}-{hashlib.sha256(settings.INBOX_URL.encode()).hexdigest()[:16]}"
