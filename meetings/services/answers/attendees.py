"""Who comes: how many seats that takes, and which organisations, as other invitees may see it (never people)."""

from collections import Counter
from dataclasses import dataclass

from meetings.enums import Answer
from meetings.models import Invitation, Meeting
from meetings.services.answers import invitee_sql


@dataclass(frozen=True)
class Coming:
    """`organisations`: names that may be shown, in German order. `taken`: seats by mode, hers not among them.

    Who accepted the former date keeps the seat and is not shown until she answers anew.
    """

    organisations: list[str]
    taken: Counter[str]


def coming(meeting: Meeting, *, besides: Invitation) -> Coming:
    """Who accepted, as the person of the invitation `besides` sees it; one query."""
    shown: dict[int, str] = {}
    taken: Counter[str] = Counter()
    for key, mode, is_former, name, is_shown, seats in invitee_sql.accepted(meeting.pk):
        if is_shown and not is_former:
            shown[key] = name
        taken[mode] += seats
    if besides.answer == Answer.ACCEPTED and besides.meeting_id == meeting.pk:
        taken[besides.mode] -= 1
    return Coming(list(shown.values()), +taken)  # the plus leaves out what came down to none
