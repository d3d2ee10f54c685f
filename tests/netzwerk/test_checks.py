"""Bad configuration is told at start, with a hint."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from netzwerk.checks import refuse_wrong_settings, settings_are_usable


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("BASE_URL", "netzwerk.example", "netzwerk.E001"),
        ("BASE_URL", "ftp://netzwerk.example", "netzwerk.E001"),
        ("BASE_URL", "http://netzwerk.example:99999", "netzwerk.E001"),
        ("BASE_URL", "http://", "netzwerk.E001"),
        ("MAIL_FROM", "Servicestelle", "netzwerk.E002"),
        ("MAIL_FROM", "Büro ‹büro@amt.example>", "netzwerk.E002"),
        ("MAIL_FROM", "a@amt.example, b@amt.example", "netzwerk.E002"),
        ("EMAIL_URL", "ftp://mail.example", "netzwerk.E003"),
        ("EMAIL_URL", "smtp://mail.example:abc", "netzwerk.E003"),
        ("EMAIL_URL", "smtp://", "netzwerk.E003"),
        ("EMAIL_URL", "smtp://[x", "netzwerk.E003"),
        ("EMAIL_URL", "smtp://mail.example/?tls=foo", "netzwerk.E003"),
        ("EMAIL_URL", "smtp://amt:geheim@mail.example:587", "netzwerk.E003"),
        ("INBOX_URL", "pop3://amt:geheim@mail.example", "netzwerk.E005"),
        ("INBOX_URL", "imap://amt:geheim@mail.example", "netzwerk.E005"),
        ("INBOX_URL", "imaps://amt:geheim@[x", "netzwerk.E005"),
        ("INBOX_URL", "maildir:inbox", "netzwerk.E005"),
        ("CELERY_BROKER_URL", "fluss://rechner", "netzwerk.E004"),
        ("CELERY_BROKER_URL", "redis://[x", "netzwerk.E004"),
        ("CELERY_BROKER_URL", "redis://rechner:abc", "netzwerk.E004"),
    ],
)
def test_each_wrong_setting_has_its_sentence_and_a_way_out(settings, name, value, code):
    setattr(settings, name, value)
    (problem,) = settings_are_usable(None)
    assert (problem.id, problem.hint.startswith("Zum Beispiel: "), "geheim" in problem.msg) == (code, True, False)
    with pytest.raises(ImproperlyConfigured, match="Zum Beispiel: "):
        refuse_wrong_settings()


@pytest.mark.parametrize("broker", ["filesystem://", "redis://redis:6379/0", "rediss://redis:6380/0"])
def test_what_is_right_says_nothing(settings, broker):
    settings.CELERY_BROKER_URL = broker
    settings.EMAIL_URL = "smtp://amt:geheim@mail.example:587/?tls=starttls"
    settings.BASE_URL = "https://netzwerk.example:8443"
    settings.INBOX_URL = "imaps://netzwerk%40amt.example:geheim@mail.example/INBOX"
    assert settings_are_usable(None) == []
    refuse_wrong_settings()
