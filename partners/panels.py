"""Sections that higher apps add to the pages of contacts and organisations, and our section on an incoming mail.

PARTNER_PANELS in the settings names modules. Each has `for_contact` and `for_organisation`, which return a dict with
`template` and the values that the template reads as `panel`.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from common.folding import email_key
from mailroom.models import InboxMail, OutboxMail
from mailroom.services import bounces
from partners.models import Contact, Organisation


def for_contact(contact: Contact) -> list[dict[str, Any]]:
    """Return the sections that modules in PARTNER_PANELS give for a contact's page, each with a `template`."""
    return [import_string(f"{module}.for_contact")(contact) for module in settings.PARTNER_PANELS]


def for_organisation(organisation: Organisation) -> list[dict[str, Any]]:
    """Return the sections that modules in PARTNER_PANELS give for an organisation's page, each with a `template`."""
    return [import_string(f"{module}.for_organisation")(organisation) for module in settings.PARTNER_PANELS]


def for_mail(mail: InboxMail) -> dict[str, Any]:
    """Return the section with the contacts (at most ten, former ones too) whose address an incoming mail concerns.

    That is the sender's address, or those that a delivery report names. At most two queries. Named in INBOX_PANELS.
    """
    keys = bounces.concerned(mail)
    people = Contact.objects.filter(email_folded__in=keys).select_related("organisation")[:10] if keys else []
    is_report = mail.kind == InboxMail.Kind.BOUNCE
    return {"template": "partners/mail_panel.html", "people": list(people), "is_report": is_report}


def for_sent_mail(mail: OutboxMail) -> dict[str, Any]:
    """Return the section with the contacts (at most ten) who have the address an outgoing mail went to, or {}.

    One query. Named in OUTBOX_PANELS.
    """
    people = list(Contact.objects.filter(email_folded=email_key(mail.recipient)).select_related("organisation")[:10])
    return {"template": "partners/sent_panel.html", "people": people} if people else {}
