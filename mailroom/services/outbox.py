"""Into the outbox: a message becomes a row with finished bytes, and the worker is nudged."""

import logging
import uuid
from email import policy
from email.message import EmailMessage

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from common.fields import mailbox
from mailroom.models import OutboxMail, two_days_from_now
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

# CRLF, and no 8bit part: not every server takes one (RFC 6152).
WIRE = policy.SMTP.clone(cte_type="7bit")


class NotResendable(ValueError):
    """Only a failed mail can be sent again."""


def queue(message: EmailMessage, *, kind: str, recipient: str) -> OutboxMail:
    """Freeze the message's bytes in a row for this one recipient and nudge the worker on commit.

    From, To and Date are added where they are missing. Message-ID is always ours and stays the same however often
    the mail is sent. Raises ValueError for a recipient that no envelope can carry and for a line break in a header.
    """
    sender, to = mailbox(settings.MAIL_FROM), mailbox(recipient)
    message_id = f"<{uuid.uuid4()}@{sender.domain}>"
    del message["Message-ID"]
    message["Message-ID"] = message_id
    for name, value in (("From", sender), ("To", to), ("Date", timezone.localtime())):
        if name not in message:
            message[name] = value
    mail = OutboxMail.objects.create(
        kind=kind,
        message_id=message_id,
        envelope_from=sender.addr_spec,
        recipient=to.addr_spec,
        subject=str(message["Subject"] or "").replace("\x00", "")[:500],
        raw=message.as_bytes(policy=WIRE),
    )
    transaction.on_commit(nudge)
    return mail


def nudge() -> None:
    """Ask a worker to look into the outbox now. When the broker is away, beat's next sweep finds the row."""
    try:
        current_app.send_task("mailroom.deliver")
    except (OperationalError, ChannelError, OSError) as error:
        logger.warning("broker away, the mail waits for the next sweep: %s", type(error).__name__)


@transaction.atomic
def send_again(mail: OutboxMail, *, by: User) -> None:
    """Put a failed mail back into the queue, the same bytes. Raises NotResendable unless it has failed."""
    now = timezone.now()
    changed = OutboxMail.objects.filter(pk=mail.pk, state=OutboxMail.State.FAILED).update(
        state=OutboxMail.State.QUEUED,
        attempts=0,
        next_attempt_at=now,
        expires_at=two_days_from_now(),
        last_error="",
        updated_at=now,
    )
    if not changed:
        raise NotResendable
    activity.record(f"hat die Mail „{mail.subject}“ noch einmal auf den Weg gebracht", by=by, about=[mail])
    transaction.on_commit(nudge)
