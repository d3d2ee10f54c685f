"""A few invented incoming mails in different states."""

import hashlib
from datetime import datetime, timedelta
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.folding import email_key
from mailroom.models import Address, InboxMail, OutboxMail
from mailroom.wire import WIRE, as_bytes
from partners.models import Contact

_Kind, _State = InboxMail.Kind, InboxMail.State
_WRITTEN = (
    (_Kind.HUMAN, _State.WAITING, "Frage zur Anfahrt", "Guten Tag,\n\ngibt es vor Ort Parkplätze?\n\nViele Grüße", ""),
    (
        _Kind.AUTO_REPLY,
        _State.APPLIED,
        "Automatische Antwort: Einladung",
        "Ich bin zurzeit nicht im Haus. Ihre Nachricht wird nicht weitergeleitet.",
        "Eine Abwesenheitsnotiz, ohne genanntes Ende. Es ist nichts zu tun.",
    ),
    (
        _Kind.BOUNCE,
        _State.APPLIED,
        "Unzustellbar: Einladung",
        "Ihre Nachricht konnte nicht zugestellt werden.\n\n552 5.2.2 mailbox full",
        "Die Mail kam zurück: Das Postfach ist voll (5.2.2). Die Adresse bleibt in Gebrauch.",
    ),
    (_Kind.HUMAN, _State.SETTLED, "Re: Einladung", "Vielen Dank, ich habe mich über den Link angemeldet.", ""),
)


def write() -> int:
    """Write the incoming mails if an invitation was sent and none came in yet; return their number.

    Also writes what they would have caused: an absence, a mail that came back, and its disturbed address.
    """
    sent = OutboxMail.objects.filter(state=OutboxMail.State.SENT).exclude(lane="").defer("raw").first()
    people = list(Contact.objects.open().exclude(email="").order_by("pk")[: len(_WRITTEN)])
    if sent is None or InboxMail.objects.exists() or len(people) < len(_WRITTEN):
        return 0
    now = timezone.now()
    rows = [
        _row(person, *written, at=now - timedelta(hours=3 + 5 * number))
        for number, (person, written) in enumerate(zip(people, _WRITTEN, strict=True))
    ]
    with transaction.atomic():
        InboxMail.objects.bulk_create(rows)
        _save_address(people[1].email_folded, absent_until=timezone.localdate() + timedelta(days=9))
        reason = "Das Postfach ist voll (5.2.2)"
        OutboxMail.objects.filter(pk=sent.pk).update(returned="soft", returned_at=now, returned_reason=reason)
        _save_address(email_key(sent.recipient), state=Address.State.SOFT, reason=reason)
    return len(rows)


def _save_address(key: str, **known: object) -> None:
    Address.objects.update_or_create(key=key, defaults=known)


def _row(person: Contact, kind: str, state: str, subject: str, text: str, outcome: str, *, at: datetime) -> InboxMail:
    message = EmailMessage(policy=WIRE)
    message["From"] = str(Mailbox(person.full_name, addr_spec=person.email))
    message["To"] = settings.INBOX_ADDRESS
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message.set_content(text)
    raw = as_bytes(message)
    return InboxMail(
        digest=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        size=len(raw),
        received_at=at,
        kind=kind,
        sender=person.email,
        sender_name=person.full_name,
        subject=subject,
        state=state,
        outcome=outcome or ("Wartet auf Sie: eine persönliche Mail." if state == _State.WAITING else ""),
        settled_at=at + timedelta(hours=1) if state == _State.SETTLED else None,
    )
