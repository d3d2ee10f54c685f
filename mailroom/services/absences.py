"""Inbox handler for automatic replies: stores absence notes at the address and changes nothing else."""

from datetime import timedelta

from django.utils import timezone

from common.folding import email_key
from mailroom.mail_text import storable
from mailroom.models import Address, InboxMail
from mailroom.reader import Reading
from mailroom.services.inbox import Outcome

_WITHOUT_END = timedelta(days=14)


def handle(mail: InboxMail, reading: Reading) -> Outcome | None:
    """Store an absence note that has not expired at its sender's address, if that address is known.

    Returns None when the mail is not an automatic reply; every other outcome is applied, so nobody has to look at it. A
    note without an end counts for 14 days. Called with the mail's row locked.
    """
    note = reading.auto_reply
    if note is None:
        return None
    if not note.is_absence:
        return Outcome(InboxMail.State.APPLIED, "Eine automatische Antwort. Es ist nichts zu tun.")
    today = timezone.localdate()
    until = note.absent_until or today + _WITHOUT_END
    known = Address.objects.filter(key=storable(email_key(reading.sender)))
    text = " ".join(storable(reading.text).split())[:500]
    if until >= today:
        known.update(absent_until=until, absence_text=text, updated_at=timezone.now())
    end = f"bis {note.absent_until:%d.%m.%Y}" if note.absent_until else "ohne genanntes Ende"
    return Outcome(InboxMail.State.APPLIED, f"Eine Abwesenheitsnotiz, {end}. Es ist nichts zu tun.")
