"""Fixtures for several test modules about meetings."""

from datetime import timedelta

import pytest
import time_machine

from tests.factories import InvitationFactory
from tests.meetings.incoming import RECEIVED


@pytest.fixture
def invitation(partner):
    """Return the partner's invitation."""
    return InvitationFactory(contact=partner)


@pytest.fixture
def when_received():
    """Freeze time at a minute after the mail came in."""
    with time_machine.travel(RECEIVED + timedelta(minutes=1), tick=False):
        yield
