from datetime import timedelta

import pytest
import time_machine

from mailroom.services import alarms


@pytest.fixture(autouse=True)
def _no_alarm(db):
    yield
    alarms.clear()


def test_the_outbox_pauses_and_the_alarm_stays_until_a_mail_is_taken():
    assert (alarms.text(), alarms.is_pausing()) == ("", False)
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        alarms.raise_alarm("535 no")
        assert (alarms.text(), alarms.is_pausing()) == ("535 no", True)
        clock.shift(timedelta(minutes=5))
        assert (alarms.text(), alarms.is_pausing()) == ("535 no", False)
        alarms.clear()
        assert alarms.text() == ""


def test_new_settings_are_tried_at_once(settings):
    settings.EMAIL_URL = "smtp://eins.example"
    alarms.raise_alarm("535 no")
    settings.EMAIL_URL = "smtp://zwei.example"
    assert (alarms.text(), alarms.is_pausing()) == ("", False)
    settings.EMAIL_URL = "smtp://eins.example"
