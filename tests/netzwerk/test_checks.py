"""Bad configuration is told at start, with a hint."""

import pytest

from netzwerk.checks import settings_are_usable


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("BASE_URL", "netzwerk.example", "netzwerk.E001"),
        ("BASE_URL", "ftp://netzwerk.example", "netzwerk.E001"),
        ("MAIL_FROM", "Servicestelle", "netzwerk.E002"),
        ("EMAIL_URL", "ftp://mail.example", "netzwerk.E003"),
        ("CELERY_BROKER_URL", "fluss://rechner", "netzwerk.E004"),
    ],
)
def test_each_wrong_setting_has_its_sentence_and_a_way_out(settings, name, value, code):
    setattr(settings, name, value)
    (problem,) = settings_are_usable(None)
    assert (problem.id, problem.hint.startswith("Zum Beispiel: ")) == (code, True)


@pytest.mark.parametrize("broker", ["filesystem://", "redis://redis:6379/0", "rediss://redis:6380/0"])
def test_what_is_right_says_nothing(settings, broker):
    settings.CELERY_BROKER_URL = broker
    assert settings_are_usable(None) == []
