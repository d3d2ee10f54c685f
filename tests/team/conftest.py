"""Send the team's mails to the outbox, as in the program."""

import pytest


@pytest.fixture(autouse=True)
def _use_outbox(settings) -> None:
    """Use the program's mail backend, which Django's test runner replaces by its own."""
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"
