"""Sections of the page of a person or an organisation that floors above bring along.

PARTNER_PANELS in the settings names modules; each has `for_contact` and `for_organisation`, which return a dict with
`template` and whatever that template reads as `panel`.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from partners.models import Contact, Organisation


def for_contact(contact: Contact) -> list[dict[str, Any]]:
    """The sections of a person's page."""
    return [import_string(f"{module}.for_contact")(contact) for module in settings.PARTNER_PANELS]


def for_organisation(organisation: Organisation) -> list[dict[str, Any]]:
    """The sections of an organisation's page."""
    return [import_string(f"{module}.for_organisation")(organisation) for module in settings.PARTNER_PANELS]
