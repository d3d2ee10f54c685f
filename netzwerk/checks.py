"""Bad configuration, told at start with a hint."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from kombu.transport import TRANSPORT_ALIASES


@register()
def settings_are_usable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every problem with the settings that would show only later, as a German sentence with a way out."""
    problems: list[CheckMessage] = []
    if urlsplit(settings.BASE_URL).scheme not in ("http", "https") or not urlsplit(settings.BASE_URL).hostname:
        problems.append(
            Error(
                "BASE_URL ist keine Internetadresse.", hint="Zum Beispiel: https://netzwerk.example", id="netzwerk.E001"
            )
        )
    if "@" not in parseaddr(settings.MAIL_FROM)[1]:
        problems.append(
            Error(
                "MAIL_FROM nennt keine Adresse.",
                hint="Zum Beispiel: Servicestelle <post@amt.example>",
                id="netzwerk.E002",
            )
        )
    if urlsplit(settings.EMAIL_URL).scheme not in ("outbox", "smtp", "smtps"):
        problems.append(
            Error(
                "EMAIL_URL beginnt weder mit outbox:// noch mit smtp://.",
                hint="Zum Beispiel: smtp://name:kennwort@mail.example:587/?tls=starttls",
                id="netzwerk.E003",
            )
        )
    if urlsplit(settings.CELERY_BROKER_URL).scheme not in TRANSPORT_ALIASES:
        problems.append(
            Error(
                "CELERY_BROKER_URL nennt keinen Vermittler, den es gibt.",
                hint="Zum Beispiel: redis://rechner:6379/0; ohne Angabe ein Ordner in DATA_DIR.",
                id="netzwerk.E004",
            )
        )
    return problems
