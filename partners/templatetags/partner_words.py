"""Template tags for the state of a contact, an organisation and a row of an import."""

from django import template

from partners.models import Contact, ImportRow, Organisation

register = template.Library()

_OUTCOME_LEVELS = {
    ImportRow.Outcome.NEW: "good",
    ImportRow.Outcome.CHANGED: "good",
    ImportRow.Outcome.UNCHANGED: "muted",
    ImportRow.Outcome.DOUBTFUL: "warning",
    ImportRow.Outcome.REFUSED: "danger",
}


@register.inclusion_tag("ui/state.html")
def mail_state(contact: Contact) -> dict[str, str]:
    """Show whether invitations go to the contact; needs `address_state` (partners.services.people)."""
    if not contact.is_open:
        return {"level": "muted", "text": "früher"}
    if not contact.email:
        return {"level": "muted", "text": "ohne E-Mail"}
    if address_state := getattr(contact, "address_state", ""):
        return {"level": "warning", "text": address_state}
    return {"level": "good", "text": "ja"} if contact.gets_invitations else {"level": "muted", "text": "nein"}


@register.inclusion_tag("ui/state.html")
def row_outcome(row: ImportRow) -> dict[str, str]:
    """Show what the row of an import would do, or did."""
    return {"level": _OUTCOME_LEVELS[ImportRow.Outcome(row.outcome)], "text": row.get_outcome_display()}


@register.filter
def municipality_words(organisation: Organisation) -> str:
    """Return the organisation's municipality, or why it has none."""
    if organisation.is_outside_district:
        return "außerhalb des Landkreises"
    return str(organisation.municipality or "noch nicht zugeordnet")
