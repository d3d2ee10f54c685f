"""Report bad configuration at start, with a hint: from Django's checks, the web server and the workers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES
from kombu.utils.url import url_to_parts

from common.addresses import mailbox
from mailroom import mailbox_types, smtp
from mailroom.services import credentials


@register()
def settings_are_usable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error with a German sentence and a hint for each unusable one of five settings; open no connection.

    MAIL_FROM, EMAIL_URL and INBOX_URL are parsed by the code that uses them later; BASE_URL and CELERY_BROKER_URL are
    only checked for form: a broker whose library is missing passes.
    """
    return [problem for look in (_base_url, _mail_from, _email_url, _inbox_url, _broker) if (problem := look())]


def refuse_wrong_settings() -> None:
    """Raise ImproperlyConfigured with the sentences of the checks. For processes that do not run Django's checks."""
    problems = settings_are_usable(None)
    if problems:
        raise ImproperlyConfigured(" ".join(f"{problem.msg} {problem.hint}" for problem in problems))


def _base_url() -> CheckMessage | None:
    def read() -> None:
        url = urlsplit(settings.BASE_URL)
        if url.scheme not in ("http", "https") or not url.hostname or url.port == 0 or " " in url.netloc:
            raise ValueError

    return _problem(
        read, "BASE_URL ist keine Internetadresse.", hint="Zum Beispiel: https://netzwerk.example", id="netzwerk.E001"
    )


def _mail_from() -> CheckMessage | None:
    return _problem(
        lambda: mailbox(settings.MAIL_FROM),
        "MAIL_FROM nennt keine Adresse, von der wir Mails schicken können, oder mehr als eine.",
        hint="Zum Beispiel: Servicestelle <post@amt.example>",
        id="netzwerk.E002",
    )


def _email_url() -> CheckMessage | None:
    try:
        credentials.outgoing()
    except smtp.Misconfigured as error:
        hint = "Zum Beispiel: smtp://name:kennwort@mail.example:587/?tls=starttls"
        return Error(error.text, hint=hint, id="netzwerk.E003")
    return None


def _inbox_url() -> CheckMessage | None:
    try:
        credentials.incoming()
    except mailbox_types.Misconfigured as error:
        hint = "Zum Beispiel: imaps://name:kennwort@mail.example/INBOX"
        return Error(error.text, hint=hint, id="netzwerk.E005")
    return None


def _broker() -> CheckMessage | None:
    def read() -> None:
        if urlsplit(settings.CELERY_BROKER_URL).scheme not in TRANSPORT_ALIASES:
            raise ValueError
        url_to_parts(settings.CELERY_BROKER_URL)

    return _problem(
        read,
        "CELERY_BROKER_URL nennt keinen Vermittler, den es gibt.",
        hint="Zum Beispiel: redis://rechner:6379/0; ohne Angabe ein Ordner in DATA_DIR.",
        id="netzwerk.E004",
    )


def _problem(read: Callable[[], object], sentence: str, *, hint: str, id: str) -> CheckMessage | None:
    """Return an error with this sentence if `read` raises ValueError, whose own text may hold a password."""
    try:
        read()
    except ValueError:
        return Error(sentence, hint=hint, id=id)
    return None
