"""What keeps the mailbox from being read: kept where every process sees it, for „Betrieb“ and for the next look.

Nothing depends on it: where it is lost, the next look finds it out again.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache

_REMEMBERED = 7 * 24 * 3600  # seconds since it was noted last
_MOST = 100


def note(text: str) -> None:
    """The mailbox was not read; `text` says why in German, without name and password."""
    cache.set(_key("reason"), text, _REMEMBERED)


def clear() -> None:
    """It was read."""
    if cache.get(_key("reason")):
        cache.delete(_key("reason"))


def text() -> str:
    """Why the last look failed, "" where it did not."""
    found: str = cache.get(_key("reason"), "")
    return found


def hanging() -> tuple[str, ...]:
    """The places of mails at which the connection broke, to be asked for after all others, in this order."""
    found: tuple[str, ...] = cache.get(_key("hanging"), ())
    return found


def hangs_at(place: str) -> None:
    """The connection broke while this mail was being fetched: the others come first now."""
    others = [one for one in hanging() if one != place]
    cache.set(_key("hanging"), (*others, place)[-_MOST:], _REMEMBERED)


def handed_over(place: str) -> None:
    """This mail came after all."""
    cache.set(_key("hanging"), tuple(one for one in hanging() if one != place), _REMEMBERED)


def _key(name: str) -> str:
    return f"mailroom-inbox-{name}-{hashlib.sha256(settings.INBOX_URL.encode()).hexdigest()[:16]}"
