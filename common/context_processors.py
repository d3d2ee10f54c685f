"""What every template may say."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest


def office(request: HttpRequest | None = None) -> dict[str, object]:
    """Name of the office (from MAIL_FROM) and whether this is the demo."""
    return {"office_name": parseaddr(settings.MAIL_FROM)[0] or "Netzwerk", "is_demo": settings.DEMO}
