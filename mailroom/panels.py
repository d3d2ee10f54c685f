"""Sections of the page of an incoming mail that floors above bring along.

INBOX_PANELS in the settings names modules; each has `for_mail(mail)`, which returns a dict with `template` and whatever
that template reads as `panel`, or an empty one where it has nothing to show.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from mailroom.models import InboxMail


def for_mail(mail: InboxMail) -> list[dict[str, Any]]:
    """The sections of a mail's page."""
    found = [import_string(f"{module}.for_mail")(mail) for module in settings.INBOX_PANELS]
    return [panel for panel in found if panel]
