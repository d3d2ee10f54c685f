"""Incoming mail: store it, read it and apply it once.

A handler (INBOX_HANDLERS, for instance `meetings.inbound.handle`) is called as `handle(mail, reading)` inside the
transaction that holds the row's lock. It returns an Outcome when it is responsible for the mail, else None.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from mailroom import mail_text, mime, reader
from mailroom.enums import MailKind
from mailroom.models import InboxMail
from mailroom.reader import Reading
from mailroom.services import addresses

logger = logging.getLogger(__name__)

MOST_BYTES = mime.MAX_BYTES
MOST_ATTEMPTS = 3
_PATIENCE = timedelta(days=1)

_SAID_BY_SOMEBODY = (MailKind.REPLY, MailKind.COUNTER, MailKind.REFRESH, MailKind.HUMAN)

_NOBODY = "Diese Mail hat das Programm nicht zuordnen können. Bitte lesen Sie sie."
_UNREADABLE = "Diese Mail war nicht zu lesen. Sie liegt im Postfach im Ordner „Failed“."
_TOO_LARGE = "Diese Mail ist größer als 10 MB und wurde nicht ausgewertet. Bitte sehen Sie sie im Postfach an."
_GIVEN_UP = "Beim Auswerten dieser Mail ging dreimal etwas schief. Bitte lesen Sie sie, und sagen Sie es der Technik."


@dataclass(frozen=True)
class Outcome:
    """Outcome of applying a mail: its state, a German sentence, and the page of the thing that it is about."""

    state: str = InboxMail.State.APPLIED
    sentence: str = ""
    about_url: str = ""
    about_label: str = ""


_FOUND_OUT = ("kind", "sender", "sender_name", "subject", "state", "outcome", "about_url", "about_label", "search_text")


def store(raw: bytes, *, place: str, received_at: datetime, size: int | None = None) -> InboxMail:
    """Return the row of these bytes, found by their SHA-256; create it when there is none.

    Stores and hashes at most MOST_BYTES (10 MiB). `size` is the full size in bytes, for a `raw` that is already cut. A
    row that exists stays as it is. On SQLite the commit waits for the disk.
    """
    kept = raw[:MOST_BYTES]
    digest = hashlib.sha256(kept).hexdigest()
    if found := next(iter(InboxMail.objects.filter(digest=digest).order_by()), None):  # unique
        return found
    mail = InboxMail(
        digest=digest,
        raw=kept,
        size=max(len(raw), size or 0),
        place=_fitting(place, "place"),
        received_at=min(received_at, timezone.now()),
    )
    try:
        with _wait_for_disk(), transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:  # another reader was faster
        return InboxMail.objects.get(digest=digest)
    return mail


def left_over() -> list[InboxMail]:
    """Return the stored mails that are not applied yet, oldest first, without `raw`.

    A process that ended early leaves them, and so does a failed attempt.
    """
    return list(InboxMail.objects.unread().defer("raw"))


def apply(mail: InboxMail) -> InboxMail:
    """Read and apply the mail unless that is done, and return its row. Raises only database errors.

    After a failed attempt the row is still NEW; a mail that fails MOST_ATTEMPTS (3) times waits for a person. An
    attempt that fails since the database is locked or unreachable is not counted during the mail's first day here.
    """
    unread = InboxMail.objects.filter(pk=mail.pk, state=InboxMail.State.NEW)
    if not unread.update(attempts=F("attempts") + 1, updated_at=timezone.now()):
        return InboxMail.objects.get(pk=mail.pk)
    mail.attempts += 1
    reading = None
    try:
        if mail.attempts > MOST_ATTEMPTS:  # each former attempt killed its process
            raise RuntimeError("too many attempts")
        reading = reader.read(bytes(mail.raw))
        return _settle(mail.pk, reading)
    except Exception as error:
        logger.error("incoming mail %s, attempt %d: %s", mail.pk, mail.attempts, type(error).__name__)
        is_the_database = isinstance(error, (OperationalError, InterfaceError))
        if is_the_database and mail.created_at > timezone.now() - _PATIENCE:
            unread.filter(attempts__gt=0).update(attempts=F("attempts") - 1, updated_at=timezone.now())
            mail.attempts -= 1
            return mail
        if mail.attempts < MOST_ATTEMPTS:
            return mail
        return _give_up(mail.pk, reading)


def has_failed(mail: InboxMail) -> bool:
    """Return whether the mail was unreadable or given up, so that it goes into the mailbox's folder „Failed“."""
    return mail.kind == MailKind.UNREADABLE or mail.outcome == _GIVEN_UP


def _settle(key: UUID, reading: Reading) -> InboxMail:
    """Offer the mail to the handlers and store its outcome, under the row's lock; leave a mail that is not NEW.

    A personal mail or an answer from a calendar clears a temporary disturbance of its sender's address first.
    """
    with transaction.atomic():
        mail = InboxMail.objects.select_for_update().defer("raw").get(pk=key)
        if mail.state != InboxMail.State.NEW:
            return mail
        if reading.kind in _SAID_BY_SOMEBODY:
            addresses.clear_disturbance(reading.sender, at=mail.received_at)
        return _write_outcome(mail, reading, _outcome(mail, reading))


def _give_up(key: UUID, reading: Reading | None) -> InboxMail:
    """Let the mail wait for a person after too many failed attempts, under the row's lock; leave one that is not NEW.

    `reading` is None when the mail could not even be read.
    """
    with transaction.atomic():
        mail = InboxMail.objects.select_for_update().get(pk=key)
        if mail.state != InboxMail.State.NEW:
            return mail
        return _write_outcome(mail, reading, Outcome(InboxMail.State.WAITING, _GIVEN_UP))


def _outcome(mail: InboxMail, reading: Reading) -> Outcome:
    """Return the outcome of the first handler that is responsible; without one the mail waits for a person.

    A mail that is too large or unreadable waits, too, and reaches no handler.
    """
    if mail.size > MOST_BYTES:
        return Outcome(InboxMail.State.WAITING, _TOO_LARGE)
    if reading.kind == MailKind.UNREADABLE:
        return Outcome(InboxMail.State.WAITING, _UNREADABLE)
    for path in settings.INBOX_HANDLERS:
        outcome: Outcome | None = import_string(path)(mail, reading)
        if outcome is not None:
            return outcome
    return Outcome(InboxMail.State.WAITING, _NOBODY)


def _write_outcome(mail: InboxMail, reading: Reading | None, outcome: Outcome) -> InboxMail:
    """Save the outcome and, if the mail was read, its kind, sender and subject. Called with the row locked."""
    if reading is not None:
        mail.kind = reading.kind
        mail.sender = _fitting(reading.sender, "sender")
        mail.sender_name = _fitting(reading.sender_name, "sender_name")
        mail.subject = _fitting(reading.subject, "subject")
    mail.state = outcome.state
    mail.outcome = mail_text.storable(outcome.sentence)
    mail.about_url = _fitting(outcome.about_url, "about_url")
    mail.about_label = _fitting(outcome.about_label, "about_label")
    mail.save(update_fields=[*_FOUND_OUT, "updated_at"])
    return mail


def _fitting(text: str, name: str) -> str:
    """Return the text without what the database refuses, cut to the length of the InboxMail field `name`."""
    field = InboxMail._meta.get_field(name)
    return mail_text.storable(text)[: getattr(field, "max_length", None)]


@contextmanager
def _wait_for_disk() -> Iterator[None]:
    """On SQLite, make the commits of the block wait for the disk; do nothing inside a transaction.

    Else a power cut may lose the last commits after the mail has been moved out of the inbox folder.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=NORMAL")
