"""Into the house: store, read once, apply once.

A handler (INBOX_HANDLERS, for instance `meetings.inbound.handle`) is called as `handle(mail, reading)` inside the
transaction that holds the row's lock, and returns an Outcome when the mail is its business, else None. Logs name rows,
never people.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from mailroom import mime, reader
from mailroom.enums import MailKind
from mailroom.models import InboxMail
from mailroom.reader import Reading

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
_State = InboxMail.State
_BY_HAND = "Bitte lesen Sie diese Mail selbst."
_TOO_LARGE = "Diese Mail ist zu groß, um sie von selbst zu lesen. Bitte öffnen Sie sie in Ihrem Mailprogramm."
_UNREADABLE = "Diese Mail ist nicht lesbar. Bitte öffnen Sie sie in Ihrem Mailprogramm."
_BROKEN = "Diese Mail ließ sich nicht von selbst übernehmen. Bitte lesen Sie sie und tragen Sie das Nötige ein."


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: the state, a German sentence, and the page on which it is to be seen."""

    state: str = InboxMail.State.APPLIED
    sentence: str = ""
    about_url: str = ""
    about_label: str = ""


Handler = Callable[[InboxMail, Reading], Outcome | None]


def store(raw: bytes, *, size: int | None = None, place: str = "", received_at: datetime | None = None) -> InboxMail:
    """Keep the bytes under their hash before anything is read from them; the row that is there already otherwise.

    `size` is that of the whole mail where `raw` is only its beginning. `received_at` (UTC) is what the mailbox noted;
    None or a future one: now.
    """
    now, whole = timezone.now(), len(raw) if size is None else size
    digest = hashlib.sha256(b"%d:" % whole + raw if whole > len(raw) else raw).hexdigest()
    row = {
        "raw": raw[: mime.MAX_BYTES],
        "size": whole,
        "place": place[:300],
        "received_at": min(received_at or now, now),
    }
    # A second reader at the same time finds the row of the first: the hash is unique.
    mail, _ = InboxMail.objects.get_or_create(digest=digest, defaults=row)
    return mail


def work_off() -> int:
    """Apply whatever was stored and not applied yet; returns how many mails."""
    count = 0
    for key in list(InboxMail.objects.unread().values_list("pk", flat=True)):
        apply(InboxMail.objects.get(pk=key))
        count += 1
    return count


def apply(mail: InboxMail) -> InboxMail:
    """Read the mail and do what it asks for, once, whoever else tries; returns the row as it is now.

    Reading happens outside any transaction. What goes wrong in a handler leaves no trace but a counted attempt; after
    `MOST_ATTEMPTS` the mail waits for a person. A process that dies here leaves it to the next run.
    """
    attempts = InboxMail.objects.filter(pk=mail.pk, state=_State.NEW)
    if not attempts.update(attempts=F("attempts") + 1, updated_at=timezone.now()):
        return InboxMail.objects.get(pk=mail.pk)
    mail.refresh_from_db(fields=["attempts"])
    if mail.attempts > MOST_ATTEMPTS:  # it ended the process that read it
        return _given_up(mail, MailKind.UNREADABLE)
    reading = reader.read(bytes(mail.raw))
    try:
        return _applied(mail, reading)
    except DatabaseError as error:
        if mail.attempts >= MOST_ATTEMPTS:
            return _refused(mail, reading, error)
        logger.warning("mail %s waits for the next run: %s", mail.pk, type(error).__name__)
        return mail
    except Exception as error:  # whatever a mail brings to light, the others go on
        return _refused(mail, reading, error)


def _refused(mail: InboxMail, reading: Reading, error: Exception) -> InboxMail:
    logger.error("mail %s cannot be applied: %s", mail.pk, type(error).__name__, exc_info=True)
    return _given_up(mail, reading.kind)


@transaction.atomic
def _applied(mail: InboxMail, reading: Reading) -> InboxMail:
    """Under the lock of the row; a mail that somebody else has dealt with meanwhile stays as it is."""
    locked = InboxMail.objects.select_for_update().get(pk=mail.pk)
    if locked.state != _State.NEW:
        return locked
    locked.kind, locked.sender = reading.kind, _fitting(reading.sender, 320)
    locked.sender_name, locked.subject = _fitting(reading.sender_name, 200), _fitting(reading.subject, 500)
    outcome = _outcome(locked, reading)
    locked.state, locked.outcome = outcome.state, outcome.sentence
    locked.about_url, locked.about_label = outcome.about_url[:300], outcome.about_label[:300]
    locked.save()
    return locked


def _outcome(mail: InboxMail, reading: Reading) -> Outcome:
    if mail.size > len(mail.raw):
        return Outcome(_State.WAITING, _TOO_LARGE)
    if reading.kind == MailKind.UNREADABLE:
        return Outcome(_State.WAITING, _UNREADABLE)
    handlers: list[Handler] = [import_string(path) for path in settings.INBOX_HANDLERS]
    found = (outcome for handler in handlers if (outcome := handler(mail, reading)))
    return next(found, Outcome(_State.WAITING, _BY_HAND))


def _given_up(mail: InboxMail, kind: MailKind) -> InboxMail:
    InboxMail.objects.filter(pk=mail.pk, state=_State.NEW).update(
        state=_State.WAITING, kind=kind, outcome=_BROKEN, updated_at=timezone.now()
    )
    return InboxMail.objects.get(pk=mail.pk)


def _fitting(text: str, longest: int) -> str:
    """On one line, without what no database holds, cut to its column."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:longest]
