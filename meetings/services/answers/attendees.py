"""The seats taken and the organisations that come, as other invitees may see them (never people)."""

from collections import Counter
from dataclasses import dataclass

from meetings.enums import Answer
from meetings.models import Invitation, Meeting
from meetings.services.answers import invitee_sql


@dataclass(frozen=True)
class Coming:
    """The acceptances of a meeting: `organisations` are names in German order, `taken` counts seats by mode.

    The viewing invitee's own seat is not counted; their organisation is among the names. Organisations that are not
    shown to invitees are left out. A former acceptance keeps the seat and shows no organisation.
    """

    organisations: list[str]
    taken: Counter[str]


def coming(meeting: Meeting, *, besides: Invitation) -> Coming:
    """Return the acceptances of the meeting as the invitee of the invitation `besides` sees them; one query.

    Acceptances of withdrawn invitations, and this invitee's own, do not count. A former acceptance keeps its seat and
    names no organisation; nor is one named that is not shown to invitees.
    """
    shown: dict[int, str] = {}
    taken: Counter[str] = Counter()
    for key, mode, is_former, name, is_shown, seats in invitee_sql.accepted(meeting.pk):
        if is_shown and not is_former:
            shown[key] = name
        taken[mode] += seats
    if besides.answer == Answer.ACCEPTED and besides.meeting_id == meeting.pk:
        taken[besides.mode] -= 1
    return Coming(list(shown.values()), +taken)  # the plus drops modes whose count is 0
