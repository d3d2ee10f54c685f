"""Handlers for tests: each stands in INBOX_HANDLERS by its name."""

import os
import signal

from django.db import OperationalError

from mailroom.models import Address, InboxMail
from mailroom.reader import Reading
from mailroom.services.inbox import Outcome


def take(mail: InboxMail, reading: Reading) -> Outcome:
    """Apply each mail, once: writes one row."""
    Address.objects.create(key=f"{mail.pk}@applied.example")
    return Outcome(sentence="Übernommen.", about_url="/treffen/", about_label="Netzwerktreffen")


def count(mail: InboxMail, reading: Reading) -> Outcome:
    """As `take`, but a second time would be seen: another row for each."""
    number = Address.objects.filter(key__startswith=str(mail.pk)).count()
    Address.objects.create(key=f"{mail.pk}-{number}@applied.example")
    return Outcome(sentence="Übernommen.")


def decline(mail: InboxMail, reading: Reading) -> None:
    """Not its business."""


def stumble(mail: InboxMail, reading: Reading) -> Outcome:
    """Write something and fail, for a mail that says so in its subject."""
    if "stolpern" not in reading.subject:
        return count(mail, reading)
    Address.objects.create(key="half@applied.example")
    raise ValueError("gesa.ahrens@schule.example")


def locked(mail: InboxMail, reading: Reading) -> Outcome:
    """What SQLite says while somebody else writes."""
    raise OperationalError("database is locked")


def die(mail: InboxMail, reading: Reading) -> Outcome:
    """Write something and be killed before the commit."""
    count(mail, reading)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def odd(mail: InboxMail, reading: Reading) -> Outcome:
    """What databases do not take."""
    return Outcome(sentence="Eins\0zwei\udc80", about_label="x" * 400)
