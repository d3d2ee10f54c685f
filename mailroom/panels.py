"""Sections of the pages of mails that apps above mailroom contribute.

INBOX_PANELS in the settings names modules. Each has `for_mail(mail)`, which returns a dict with `template` and the
values that this template reads as `panel`, or an empty dict when it has nothing to show. OUTBOX_PANELS likewise names
modules with `for_sent_mail(mail)`; the first that has something to show is shown.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from mailroom.models import InboxMail, OutboxMail


def for_mail(mail: InboxMail) -> list[dict[str, Any]]:
    """Return the non-empty sections of this mail's page, in the order of INBOX_PANELS."""
    found = [import_string(f"{module}.for_mail")(mail) for module in settings.INBOX_PANELS]
    return [panel for panel in found if panel]


def for_sent_mail(mail: OutboxMail) -> dict[str, Any]:
    """Return the section about the recipient of an outgoing mail, from the first of OUTBOX_PANELS that has one, or {}.

    Mails about accounts have none.
    """
    if mail.kind == OutboxMail.Kind.ACCOUNT:
        return {}
    found = (import_string(f"{module}.for_sent_mail")(mail) for module in settings.OUTBOX_PANELS)
    return next((panel for panel in found if panel), {})
