"""Who comes: how many seats that takes, and which organisations, as other invitees may see it (never people)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from common.models.prepared import Prepared
from meetings.enums import Answer
from meetings.models import Invitation, Meeting


@dataclass(frozen=True)
class Coming:
    """`organisations`: names that may be shown, in German order. `taken`: seats by mode, hers not among them.

    Who accepted the former date keeps the seat and is not shown until she answers anew.
    """

    organisations: list[str]
    taken: Counter[str]


def _accepted(meeting: UUID, now: datetime) -> QuerySet[Invitation, Any]:
    """How often each organisation accepted, by mode and by whether it was for the former date."""
    accepted = Invitation.objects.filter(meeting=meeting).valid(now).accepted().marked()
    organisation = "contact__organisation"
    rows = accepted.order_by(f"{organisation}__sort_key", organisation).values_list(
        organisation, "mode", "is_former", f"{organisation}__name", f"{organisation}__is_shown_to_invitees"
    )
    return rows.annotate(seats=Count("pk"))


_accepted_of: Prepared[Any] = Prepared(_accepted, UUID, datetime)


def coming(meeting: Meeting, *, besides: Invitation) -> Coming:
    """Who accepted, as the person of the invitation `besides` sees it; one query."""
    shown: dict[int, str] = {}
    taken: Counter[str] = Counter()
    for key, mode, is_former, name, is_shown, seats in _accepted_of(meeting.pk, timezone.now()):
        if is_shown and not is_former:
            shown[key] = name
        taken[mode] += seats
    if besides.answer == Answer.ACCEPTED and besides.meeting_id == meeting.pk:
        taken[besides.mode] -= 1
    return Coming(list(shown.values()), +taken)  # the plus leaves out what came down to none
