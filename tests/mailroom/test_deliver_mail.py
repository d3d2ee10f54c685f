"""The command `deliver_mail`, in process; tests/flows/test_mail.py runs it for real."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailroom.models import OutboxMail
from mailroom.services import delivery


def deliver() -> str:
    out = StringIO()
    call_command("deliver_mail", "--once", stdout=out)
    return out.getvalue()


def test_once_works_off_everything_that_is_due(queued, server, monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 2)
    monkeypatch.setattr(delivery.deliver_due, "__kwdefaults__", {**delivery.deliver_due.__kwdefaults__, "limit": 2})
    for number in range(5):
        queued(f"p{number}@schule.example")
    assert deliver() == (
        "gesendet 2, später 0, gescheitert 0\n"
        "gesendet 2, später 0, gescheitert 0\n"
        "gesendet 1, später 0, gescheitert 0\n"
    )
    assert len(server.received) == 5


def test_once_says_nothing_when_nothing_is_due(db):
    assert deliver() == ""


def test_once_fails_loudly_when_the_settings_are_wrong(queued, settings):
    settings.EMAIL_URL = "gopher://mail.example"
    mail = queued()
    with pytest.raises(CommandError, match="EMAIL_URL"):
        deliver()
    assert OutboxMail.objects.get(pk=mail.pk).state == OutboxMail.State.QUEUED
