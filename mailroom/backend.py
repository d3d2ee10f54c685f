"""Django's EMAIL_BACKEND: queue the mails of Django and allauth in the outbox."""

from collections.abc import Sequence
from email.message import EmailMessage as Message

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from common.addresses import mailbox
from mailroom.models import OutboxMail
from mailroom.services import outbox


class OutboxBackend(BaseEmailBackend):
    """Backend that queues account mails in the outbox, one row per recipient, without a waiting time."""

    @transaction.atomic
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue the messages in one transaction and return their number.

        Raises ValueError for a line break in a header or an address.
        """
        for source in email_messages:
            for recipient in source.recipients():
                outbox.queue(build(source, recipient), kind=OutboxMail.Kind.ACCOUNT, recipient=recipient)
        return len(email_messages)


def build(source: EmailMessage, recipient: str) -> Message:
    """Build the message for one recipient. It names no other recipient: To, Cc and Bcc of the source are not copied.

    Raises TypeError for an attachment that is a ready-made MIME part: no code of this project attaches one.
    """
    message = Message(policy=outbox.WIRE)
    message["Subject"] = str(source.subject)
    message["From"] = mailbox(str(source.from_email))
    message["To"] = mailbox(recipient)
    if source.reply_to:
        message["Reply-To"] = [mailbox(str(address)) for address in source.reply_to]
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5: asks for no automatic answers
    message["X-Auto-Response-Suppress"] = "All"
    for name, value in source.extra_headers.items():
        message[name] = str(value)
    message.set_content(str(source.body), subtype=source.content_subtype)
    if isinstance(source, EmailMultiAlternatives):
        for content, media_type in source.alternatives:
            message.add_alternative(str(content), subtype=str(media_type).removeprefix("text/"))
    for attachment in source.attachments:
        name, content, media_type = attachment
        kind, _, subtype = (media_type or "application/octet-stream").partition("/")
        data = content if isinstance(content, bytes) else str(content).encode()
        message.add_attachment(data, maintype=kind, subtype=subtype, filename=name)
    return message
