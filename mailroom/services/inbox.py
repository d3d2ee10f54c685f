"""Into the house: store, read once, apply once.

A handler (INBOX_HANDLERS, for instance `meetings.inbound.handle`) is called as `handle(mail, reading)` inside the
transaction that holds the row's lock, and returns an Outcome when the mail is its business, else None.
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

from mailroom import mime, reader
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
    """What became of a mail: the state, a German sentence, and the page on which it is to be seen."""

    state: str = InboxMail.State.APPLIED
    sentence: str = ""
    about_url: str = ""
    about_label: str = ""


_FOUND_OUT = ("kind", "sender", "sender_name", "subject", "state", "outcome", "about_url", "about_label", "search_text")


def store(raw: bytes, *, place: str, received_at: datetime, size: int | None = None) -> InboxMail:
    """The row of these bytes, made unless it is there. `size` is given where `raw` is already cut."""
    kept = raw[:MOST_BYTES]
    digest = hashlib.sha256(kept).hexdigest()
    if found := InboxMail.objects.filter(digest=digest).first():
        return found
    mail = InboxMail(
        digest=digest,
        raw=kept,
        size=max(len(raw), size or 0),
        place=_fitting(place, "place"),
        received_at=min(received_at, timezone.now()),
    )
    try:
        with _on_disk(), transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:  # another reader was faster
        return InboxMail.objects.get(digest=digest)
    return mail


def left_over() -> list[InboxMail]:
    """What is stored and not worked off, oldest first: left behind by a process that ended too early."""
    return list(InboxMail.objects.unread().defer("raw"))


def apply(mail: InboxMail) -> InboxMail:
    """Work the mail off, unless that is done. Raises only where the database cannot be asked.

    A database that is locked or away is not the mail's fault: for a day, such an attempt is not counted.
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
    """Whether it goes into the folder of those that nobody could read; not where it only waits for somebody."""
    return mail.kind == MailKind.UNREADABLE or mail.outcome == _GIVEN_UP


def _settle(key: UUID, reading: Reading) -> InboxMail:
    """Offer the mail to the handlers and write down what became of it, under the row's lock."""
    with transaction.atomic():
        mail = InboxMail.objects.select_for_update().defer("raw").get(pk=key)
        if mail.state != InboxMail.State.NEW:
            return mail
        if reading.kind in _SAID_BY_SOMEBODY:
            addresses.works_again(reading.sender, at=mail.received_at)
        return _written(mail, reading, _outcome(mail, reading))


def _give_up(key: UUID, reading: Reading | None) -> InboxMail:
    with transaction.atomic():
        mail = InboxMail.objects.select_for_update().get(pk=key)
        if mail.state != InboxMail.State.NEW:
            return mail
        return _written(mail, reading, Outcome(InboxMail.State.WAITING, _GIVEN_UP))


def _outcome(mail: InboxMail, reading: Reading) -> Outcome:
    if mail.size > MOST_BYTES:
        return Outcome(InboxMail.State.WAITING, _TOO_LARGE)
    if reading.kind == MailKind.UNREADABLE:
        return Outcome(InboxMail.State.WAITING, _UNREADABLE)
    for path in settings.INBOX_HANDLERS:
        outcome: Outcome | None = import_string(path)(mail, reading)
        if outcome is not None:
            return outcome
    return Outcome(InboxMail.State.WAITING, _NOBODY)


def _written(mail: InboxMail, reading: Reading | None, outcome: Outcome) -> InboxMail:
    if reading is not None:
        mail.kind = reading.kind
        mail.sender = _fitting(reading.sender, "sender")
        mail.sender_name = _fitting(reading.sender_name, "sender_name")
        mail.subject = _fitting(reading.subject, "subject")
    mail.state = outcome.state
    mail.outcome = mime.storable(outcome.sentence)
    mail.about_url = _fitting(outcome.about_url, "about_url")
    mail.about_label = _fitting(outcome.about_label, "about_label")
    mail.save(update_fields=[*_FOUND_OUT, "updated_at"])
    return mail


def _fitting(text: str, name: str) -> str:
    field = InboxMail._meta.get_field(name)
    return mime.storable(text)[: getattr(field, "max_length", None)]


@contextmanager
def _on_disk() -> Iterator[None]:
    """SQLite may else lose the last commits in a power cut, and the mail would have left its mailbox."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=NORMAL")
