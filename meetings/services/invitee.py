"""What an invitee's page shows of the one meeting behind her link. Reads, never writes."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone

from common import markdown
from mailroom.services import addresses
from meetings.enums import Answer, Format, Mode, State
from meetings.models import Change, Difference, Facts, Invitation, Meeting
from meetings.services import attendees, responses

DOOR_OPENS_BEFORE = timedelta(minutes=15)

_rendered = lru_cache(maxsize=64)(markdown.render)  # the same few texts for everybody who is invited
_YES = {
    Format.IN_PERSON: {Mode.IN_PERSON: "Ja, ich komme"},
    Format.ONLINE: {Mode.ONLINE: "Ja, ich bin dabei"},
    Format.HYBRID: {Mode.IN_PERSON: "Ja, vor Ort", Mode.ONLINE: "Ja, online"},
}
_WISHES = {Answer.ACCEPTED: "Ja", Answer.TENTATIVE: "Vielleicht", Answer.DECLINED: "Nein"}


@dataclass(frozen=True)
class Button:
    """One button of the form: `name=value` says the answer."""

    name: str
    value: str
    label: str
    answer: str
    is_chosen: bool  # by the link in the mail


def stage(meeting: Meeting) -> str:
    """Where the meeting stands for an invitee: open, late, running, past, cancelled or draft."""
    now = timezone.now()
    if meeting.state != State.PLANNED:
        return "cancelled" if meeting.is_cancelled else "draft"
    if meeting.is_past:
        return "past"
    if meeting.starts_at <= now:
        return "running"
    return "late" if meeting.is_deadline_over(now) else "open"


def door_opens_at(meeting: Meeting) -> Any:
    """From when on one may go into the online room (UTC)."""
    return meeting.starts_at - DOOR_OPENS_BEFORE


def is_door_open(meeting: Meeting) -> bool:
    """Whether one may go into the online room now, and there is one."""
    return (
        stage(meeting) in ("open", "late", "running")
        and bool(meeting.online_link)
        and (door_opens_at(meeting) <= timezone.now())
    )


def page(invitation: Invitation, *, wish: str = "") -> dict[str, Any]:
    """What the template needs, in three queries, four where her answer was for the former date.

    `invitation` comes with meeting, host, responsible, network.

    `wish` is the answer that the link in the mail was for; an unknown one wishes nothing.
    """
    meeting = invitation.meeting
    wish = wish if wish in Answer.values else ""
    coming = attendees.coming(meeting, besides=invitation)
    full = _full_modes(invitation, coming.taken)
    return {
        "invitation": invitation,
        "meeting": meeting,
        "stage": stage(meeting),
        "is_former": invitation.is_answer_former,
        "differences": _since_answered(invitation) if invitation.is_answer_former else [],
        "wish": _WISHES[Answer(wish)] if wish else "",
        "buttons": _buttons(meeting, wish, full),
        "full": [Mode(mode).label for mode in full],
        "opens_at": door_opens_at(meeting),
        "text": _rendered(meeting.text) if meeting.text else "",
        "agenda": list(meeting.agenda_items.all()),
        "organisations": coming.organisations,
        "stop_token": addresses.stop_token(invitation.email),
    }


def _since_answered(invitation: Invitation) -> list[Difference]:
    """What is different since she answered; empty when all is as it was then. One query."""
    later = Change.objects.filter(meeting=invitation.meeting_id, at__gt=invitation.answered_at)
    first = later.order_by("number").first()
    return first.facts_before.differences(Facts.of(invitation.meeting)) if first else []


def _full_modes(invitation: Invitation, taken: Counter[str]) -> list[str]:
    """In which ways no seat is left for her."""
    meeting = invitation.meeting
    limits = {mode: responses.seats(meeting, mode) for mode in _YES[Format(meeting.format)]}
    own = invitation.mode if invitation.answer == Answer.ACCEPTED else ""
    return [mode for mode, limit in limits.items() if limit is not None and taken[mode] >= limit and mode != own]


def _buttons(meeting: Meeting, wish: str, full: list[str]) -> list[Button]:
    """The answers one can press, what the mail's link was for first."""
    buttons = [
        Button("mode", mode, label, Answer.ACCEPTED, wish == Answer.ACCEPTED)
        for mode, label in _YES[Format(meeting.format)].items()
        if mode not in full
    ]
    buttons += [
        Button("answer", answer, label, answer, wish == answer)
        for answer, label in ((Answer.TENTATIVE, "Vielleicht"), (Answer.DECLINED, "Nein"))
    ]
    return sorted(buttons, key=lambda button: not button.is_chosen)
