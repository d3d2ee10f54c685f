"""Mails go into the outbox, as they do in real life."""

import pytest


@pytest.fixture(autouse=True)
def _outbox(settings) -> None:
    """Django's test runner puts its own backend here."""
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"
