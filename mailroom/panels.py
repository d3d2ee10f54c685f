"""Sections of the page of an incoming mail that apps above mailroom contribute.

INBOX_PANELS in the settings names modules. Each has `for_mail(mail)`, which returns a dict with `template` and the
values that this template reads as `panel`, or an empty dict when it has nothing to show.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from mailroom.models import InboxMail


def for_mail(mail: InboxMail) -> list[dict[str, Any]]:
    """Return the non-empty sections of this mail's page, in the order of INBOX_PANELS."""
    found = [import_string(f"{module}.for_mail")(mail) for module in settings.INBOX_PANELS]
    return [panel for panel in found if panel]
