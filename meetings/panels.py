"""What the pages of partners show of meetings; named in the settings (PARTNER_PANELS), since partners know none."""

from typing import Any

from meetings.models import Invitation
from partners.models import Contact, Organisation

NEWEST = 20


def for_contact(contact: Contact) -> dict[str, Any]:
    """What she was invited to and what she answered, the latest meeting first; one query."""
    return _panel(Invitation.objects.filter(contact=contact), names_people=False)


def for_organisation(organisation: Organisation) -> dict[str, Any]:
    """What people of this organisation were invited to and what they answered; one query."""
    return _panel(Invitation.objects.filter(contact__organisation=organisation), names_people=True)


def _panel(invitations: Any, *, names_people: bool) -> dict[str, Any]:
    rows = invitations.select_related("meeting", "contact").order_by("-meeting__starts_at", "contact__sort_key", "pk")
    found = list(rows[: NEWEST + 1])
    return {
        "template": "meetings/invitations_panel.html",
        "invitations": found[:NEWEST],
        "names_people": names_people,
        "has_more": len(found) > NEWEST,
    }
