"""Who comes: how many seats that takes, and which organisations, as other invitees may see it (never people)."""

from collections import Counter
from dataclasses import dataclass

from meetings.models import Invitation, Meeting


@dataclass(frozen=True)
class Coming:
    """`organisations`: names that may be shown, in German order. `taken`: seats by mode, hers not among them.

    Who accepted the former date keeps the seat and is not shown until she answers anew.
    """

    organisations: list[str]
    taken: Counter[str]


def coming(meeting: Meeting, *, besides: Invitation) -> Coming:
    """Who accepted, as the person of the invitation `besides` sees it; one query."""
    accepted = Invitation.objects.filter(meeting=meeting).valid().accepted().marked()
    organisation = "contact__organisation"
    rows = accepted.order_by(f"{organisation}__sort_key", organisation).values_list(
        "pk", "mode", "is_former", organisation, f"{organisation}__name", f"{organisation}__is_shown_to_invitees"
    )
    shown: dict[int, str] = {}
    taken: Counter[str] = Counter()
    for pk, mode, is_former, key, name, is_shown in rows:
        if is_shown and not is_former:
            shown[key] = name
        if pk != besides.pk:
            taken[mode] += 1
    return Coming(list(shown.values()), taken)
