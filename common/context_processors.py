"""Context variables that every template can use."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest


def office(request: HttpRequest | None = None) -> dict[str, object]:
    """Return the office's name (from MAIL_FROM, else „Netzwerk“) and whether this installation is the demo."""
    return {"office_name": parseaddr(settings.MAIL_FROM)[0] or "Netzwerk", "is_demo": settings.DEMO}
