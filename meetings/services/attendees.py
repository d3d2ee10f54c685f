"""Who comes, as other invitees may see it: organisations, never people."""

from meetings.models import Invitation, Meeting
from partners.models import Organisation


def organisations(meeting: Meeting) -> list[str]:
    """Names of the organisations of which somebody accepted and that may be shown, in German order; one query."""
    accepted = Invitation.objects.filter(meeting=meeting).accepted().values("contact__organisation")
    shown = Organisation.objects.filter(pk__in=accepted, is_shown_to_invitees=True)
    return list(shown.order_by("sort_key", "pk").values_list("name", flat=True))
