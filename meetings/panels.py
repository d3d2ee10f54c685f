"""What the pages of partners show of meetings; named in the settings (PARTNER_PANELS), since partners know none."""

from typing import Any
from uuid import UUID

from mailroom.models import Address
from meetings.models import Invitation
from meetings.services import fates
from partners.models import Contact, Organisation

NEWEST = 20


def for_contact(contact: Contact) -> dict[str, Any]:
    """What she was invited to and what she answered, the latest meeting first; three queries at most.

    `again` are the keys of those to whose meeting she can be invited once more, since no mail has reached her.
    """
    panel = _panel(Invitation.objects.filter(contact=contact), names_people=False)
    return panel | {"again": _unreached(contact, panel["invitations"])}


def _unreached(contact: Contact, invitations: list[Invitation]) -> set[UUID]:
    """To a broken address nothing goes before it is mended or released."""
    if contact.address is not None and contact.address.state == Address.State.HARD:
        return set()
    ahead = [one for one in invitations if one.meeting.is_open_for_answers and one.withdrawn_at is None]
    mails = fates.mails_to(ahead) if ahead else {}
    return {one.pk for one in ahead if mails[one.pk].never_arrived}


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
