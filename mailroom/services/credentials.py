"""Login data of this installation at mail servers, from the settings: client for tokens, hosts without encryption."""

import hashlib
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from mailroom import oauth, smtp
from mailroom.mailbox_types import Mailbox
from mailroom.mailboxes import mailbox

NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class Ending:
    """Secret or certificate that ends within 30 days or has ended; `name` is German and nominative, with article."""

    name: str
    on: date

    @property
    def is_over(self) -> bool:
        """Whether its last day is past."""
        return self.on < timezone.localdate()

    def __str__(self) -> str:
        happens = "ist abgelaufen" if self.is_over else "läuft ab"
        return f"{self.name} für die Anmeldung am Mailserver {happens}: {self.on:%d.%m.%Y}."


def client() -> oauth.Client:
    """Return the client for tokens as the settings say it; it may be incomplete (`oauth.Client.problem`)."""
    return oauth.Client(
        token_url=settings.MAIL_TOKEN_URL,
        client_id=settings.MAIL_CLIENT_ID,
        scope=settings.MAIL_TOKEN_SCOPE,
        secret=settings.MAIL_CLIENT_SECRET,
        secret_file=settings.MAIL_CLIENT_SECRET_FILE,
        certificate=settings.MAIL_CLIENT_CERTIFICATE,
        key=settings.MAIL_CLIENT_KEY,
    )


def outgoing() -> smtp.Transport:
    """Return the transport for EMAIL_URL. Opens no connection. Raises smtp.Misconfigured."""
    return smtp.transport(
        settings.EMAIL_URL, base_url=settings.BASE_URL, client=client(), plain_hosts=settings.MAIL_PLAIN_HOSTS
    )


def incoming() -> Mailbox:
    """Return the mailbox for INBOX_URL. Opens no connection. Raises mailbox_types.Misconfigured."""
    return mailbox(settings.INBOX_URL, client=client(), plain_hosts=settings.MAIL_PLAIN_HOSTS)


def uses_tokens() -> bool:
    """Return whether mails are sent or read with tokens."""
    return any("auth=xoauth2" in url for url in (settings.EMAIL_URL, settings.INBOX_URL))


def fingerprint() -> str:
    """Return a name for EMAIL_URL with what the login uses, files included: it changes when any of it is corrected."""
    told = [settings.EMAIL_URL, *map(str, settings.MAIL_PLAIN_HOSTS)]
    if uses_tokens():
        found = client()
        told += [*map(str, astuple(found)), *(one.hex() for one in found.contents())]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]


def ending() -> Ending | None:
    """Return the secret or certificate in use if it ends within 30 days or has ended, else None."""
    on = last_day()
    if on is None or on > timezone.localdate() + NOTICE:
        return None
    return Ending("Das Zertifikat" if settings.MAIL_CLIENT_CERTIFICATE else "Das Geheimnis der App", on)


def last_day() -> date | None:
    """Return the last day of the secret or certificate in use; None without one, or when nobody has said it."""
    if not uses_tokens():
        return None
    if settings.MAIL_CLIENT_CERTIFICATE:
        return oauth.certificate_end(client(), ZoneInfo(settings.TIME_ZONE))
    end: date | None = settings.MAIL_SECRET_ENDS
    return end
