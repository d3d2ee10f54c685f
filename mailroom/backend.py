"""Django's EMAIL_BACKEND: what Django or allauth sends goes through the outbox."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class OutboxBackend(BaseEmailBackend):
    """Puts account mails into the outbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise RuntimeError
