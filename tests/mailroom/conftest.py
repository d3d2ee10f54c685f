"""Mails that wait, and a server that takes them."""

import ssl
import subprocess
from email.message import EmailMessage

import pytest
from django.utils import timezone

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


@pytest.fixture
def sent(queued):
    """A mail that has left."""
    return queued(state=OutboxMail.State.SENT, sent_at=timezone.now(), kind=OutboxMail.Kind.INVITATION)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that its own file vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"
