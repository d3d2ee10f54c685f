"""Fixtures for waiting mails and a mail server."""

from email.message import EmailMessage

import pytest
from django.utils import timezone

from mailroom.models import OutboxMail
from mailroom.services import outbox
from tests.mail_server import mail_server


@pytest.fixture(autouse=True)
def _use_outbox(settings) -> None:
    """Use the program's mail backend, which Django's test runner replaces by its own."""
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"


@pytest.fixture
def server(settings):
    """Run a mail server that EMAIL_URL points to."""
    with mail_server() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


@pytest.fixture
def queued(db):
    """Return a function that makes a waiting mail: queued(recipient, **fields of the row)."""

    def make(recipient: str = "ahrens@schule.example", *, subject: str = "Ihr Zugang", **fields) -> OutboxMail:
        message = EmailMessage(policy=outbox.WIRE)
        message["Subject"] = subject
        message.set_content("Guten Tag,\n\nhier ist Ihr Link.\n")
        mail = outbox.queue(message, kind=OutboxMail.Kind.ACCOUNT, recipient=recipient)
        if fields:
            OutboxMail.objects.filter(pk=mail.pk).update(**fields)
            mail.refresh_from_db()
        return mail

    return make


@pytest.fixture
def sent(queued):
    """Return an invitation mail that was sent."""
    return queued(state=OutboxMail.State.SENT, sent_at=timezone.now(), kind=OutboxMail.Kind.INVITATION)
