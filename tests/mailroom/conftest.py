"""Mails that wait, and a server that takes them."""

from email.message import EmailMessage

import pytest

from mailroom.models import OutboxMail
from mailroom.services import outbox
from tests.mail_server import mail_server


@pytest.fixture(autouse=True)
def _outbox(settings) -> None:
    """Django's test runner puts its own backend here."""
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"


@pytest.fixture
def server(settings):
    """A running mail server that EMAIL_URL points to."""
    with mail_server() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


@pytest.fixture
def queued(db):
    """Make a waiting mail: queued(recipient, **fields of the row)."""

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
