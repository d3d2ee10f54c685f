"""The contents of an invitee's page, about the one meeting that their link opens. Reads, never writes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Field, Model
from django.utils import timezone

from mailroom.services import addresses
from meetings.enums import Answer, Format, Mode, State
from meetings.models import AgendaItem, Change, Difference, Facts, Invitation, Meeting
from meetings.services.answers import attendees, invitee_sql, record

DOOR_OPENS_BEFORE = timedelta(minutes=15)
_YES = {
    Format.IN_PERSON: {Mode.IN_PERSON: "Ja, ich komme"},
    Format.ONLINE: {Mode.ONLINE: "Ja, ich bin dabei"},
    Format.HYBRID: {Mode.IN_PERSON: "Ja, vor Ort", Mode.ONLINE: "Ja, online"},
}
_WISHES = {Answer.ACCEPTED: "Ja", Answer.TENTATIVE: "Vielleicht", Answer.DECLINED: "Nein"}


class Point(NamedTuple):
    """One point of the agenda; `starts_at` in UTC."""

    starts_at: datetime
    title: str
    speaker: str


class Person(NamedTuple):
    """The team member who answers questions about the meeting."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class About:
    """The part of the page that is the same for all invitees of the meeting. `text` is Markdown."""

    theme: str
    text: str
    agenda: tuple[Point, ...]
    organisations: tuple[str, ...]


@dataclass(frozen=True)
class Button:
    """One button of the form: pressing it posts `name=value` as the answer."""

    name: str
    value: str
    label: str
    answer: str
    is_chosen: bool  # by the link in the mail


@dataclass(frozen=True)
class Shown:
    """Everything that the page shows except the words that name the invitee.

    Invitees with equal values see the same page, apart from those words. Instants are in UTC; `stage` is a value of
    `stage()`, `wish` and `full` are German words.
    """

    stage: str
    title: str
    starts_at: datetime
    ends_at: datetime
    location: str
    has_in_person: bool
    has_online: bool
    dial_in: str
    answer_deadline_on: date | None
    sequence: int
    responsible: Person | None
    about: About
    network: str
    has_stop: bool
    answer: str
    mode: str
    comment: str
    is_former: bool
    differences: tuple[Difference, ...]
    wish: str
    buttons: tuple[Button, ...]
    full: tuple[str, ...]
    opens_at: datetime


def stage(meeting: Meeting) -> str:
    """Return the meeting's stage for an invitee: "open", "late", "running", "past", "cancelled" or "draft".

    Late: the last day for answers has passed, and the meeting has not begun.
    """
    now = timezone.now()
    if meeting.state != State.PLANNED:
        return "cancelled" if meeting.is_cancelled else "draft"
    if meeting.is_past:
        return "past"
    if meeting.starts_at <= now:
        return "running"
    return "late" if meeting.is_deadline_over(now) else "open"


def door_opens_at(meeting: Meeting) -> Any:
    """Return the instant (UTC) from which invitees may enter the online room, whether or not there is one."""
    return meeting.starts_at - DOOR_OPENS_BEFORE  # 15 minutes


def is_door_open(meeting: Meeting) -> bool:
    """Return whether the meeting has the link of an online room, and invitees may enter it now.

    They may from 15 minutes before the start to the end, of a planned meeting. Its format is not checked.
    """
    return (
        stage(meeting) in ("open", "late", "running")
        and bool(meeting.online_link)
        and (door_opens_at(meeting) <= timezone.now())
    )


def by_token(token: str) -> Invitation | None:
    """Return the invitation that the link opens, with all rows that its pages show; None when it opens none. One query.

    The link of a withdrawn invitation opens none. The objects are new for each call, so a caller may change them. While
    the responsible person is absent, an active deputy replaces them as the meeting's `responsible`.
    """
    for *values, stop_token in invitee_sql.by_token(token):
        rest = iter(values)
        made = {name: _made(model, fields, rest) for name, (model, fields) in invitee_sql.PARTS.items()}
        invitation, meeting, deputy = made["invitation"], made["meeting"], made["deputy"]
        invitation.contact, invitation.network, invitation.meeting = made["contact"], made["network"], meeting
        meeting.host = made["host"]
        meeting.responsible = deputy if deputy and deputy.is_active else made["responsible"]
        invitation.stop_token = stop_token
        return cast(Invitation, invitation)
    return None


def _made(model: type[Model], fields: Sequence[Field], rest: Iterator[Any]) -> Any:
    """Return a model instance of the next columns of `rest`, other fields deferred; None when the first is NULL."""
    values = [in_python(field, next(rest)) for field in fields]
    names = [field.attname for field in fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values) if values[0] is not None else None


def in_python(field: Field, stored: Any) -> Any:
    """Convert a raw column value to the field's Python value; SQLite stores instants as UTC texts without a zone."""
    value = None if stored is None else field.to_python(stored)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def stop_token(invitation: Invitation) -> str:
    """Return the token of the page that stops all invitations to the address; "" when there is none.

    At most one query, none when `by_token` found a token.
    """
    return getattr(invitation, "stop_token", None) or addresses.stop_token(invitation.email)


def page(invitation: Invitation, *, wish: str = "", has_stop: bool = False) -> Shown:
    """Return what the page of the invitation shows; one to three queries.

    `invitation` is one that `by_token` returned. `wish` is the answer that the link in the mail stands for; an unknown
    value counts as none. `has_stop` says whether the invitation has a `stop_token`. To an invitee with a former answer
    a late meeting is open. Full modes have no button.
    """
    meeting, is_former = invitation.meeting, invitation.is_answer_former
    wish = wish if wish in Answer.values else ""
    coming = attendees.coming(meeting, besides=invitation)
    full = _full_modes(invitation, coming.taken)
    who, now_at = meeting.responsible, stage(meeting)
    return Shown(
        stage="open" if is_former and now_at == "late" else now_at,
        title=meeting.title,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        location=meeting.location,
        has_in_person=meeting.has_in_person,
        has_online=meeting.has_online,
        dial_in=meeting.dial_in,
        answer_deadline_on=meeting.answer_deadline_on,
        sequence=meeting.sequence,
        responsible=Person(str(who), who.phone, who.email) if who else None,
        about=About(meeting.theme, meeting.text, _points(meeting), tuple(coming.organisations)),
        network=invitation.network.name if invitation.network else "",
        has_stop=has_stop,
        answer=invitation.answer,
        mode=invitation.mode,
        comment=invitation.comment,
        is_former=is_former,
        differences=tuple(_since_answered(invitation)) if is_former else (),
        wish=_WISHES[Answer(wish)] if wish else "",
        buttons=tuple(one for one in _buttons(meeting, wish, full) if _is_offered(one, invitation, now_at)),
        full=tuple(str(Mode(mode).label) for mode in full),
        opens_at=door_opens_at(meeting),
    )


def _points(meeting: Meeting) -> tuple[Point, ...]:
    """Return the agenda with instants in UTC; at most one query."""
    return tuple(
        Point(meeting.starts_at + timedelta(minutes=minutes), title, speaker)
        for minutes, title, speaker in _agenda(meeting.pk, meeting.version)
    )


@lru_cache(maxsize=64)
def _agenda(meeting: UUID, version: int) -> tuple[tuple[int, str, str], ...]:
    """Return minutes, title and speaker of each point; one query, cached for all invitees.

    `version` is part of the cache key: the transaction that changes the agenda raises it.
    """
    points = AgendaItem.objects.filter(meeting=meeting)
    return tuple(points.values_list("offset_minutes", "title", "speaker"))


def _since_answered(invitation: Invitation) -> list[Difference]:
    """Return the differences between the facts at the invitee's answer and now; one query. There must be an answer."""
    later = Change.objects.filter(meeting=invitation.meeting_id, at__gt=invitation.answered_at)
    first = later.order_by("number").first()
    return first.facts_before.differences(Facts.of(invitation.meeting)) if first else []


def _full_modes(invitation: Invitation, taken: Counter[str]) -> list[str]:
    """Return the offered modes in which no seat is left for this invitee; `taken` are the seats of the others.

    The mode that the invitee has accepted is never full for them.
    """
    meeting = invitation.meeting
    limits = {mode: record.seats(meeting, mode) for mode in _YES[Format(meeting.format)]}
    own = invitation.mode if invitation.answer == Answer.ACCEPTED else ""
    return [mode for mode, limit in limits.items() if limit is not None and taken[mode] >= limit and mode != own]


def _is_offered(button: Button, invitation: Invitation, now_at: str) -> bool:
    """Return whether the invitee can give this answer at the stage `now_at`.

    Every one while it is open, or late with a former answer; those of `record.stays_possible` until the end; then none.
    """
    if now_at == "open" or (now_at == "late" and invitation.is_answer_former):
        return True
    if now_at not in ("late", "running"):
        return False
    mode = button.value if button.name == "mode" else ""
    return record.stays_possible(invitation, button.answer, mode, has_begun=now_at == "running")


def _buttons(meeting: Meeting, wish: str, full: list[str]) -> list[Button]:
    """Return the buttons of the possible answers, first those that the mail's link stands for (`wish`, "" for none).

    There is a „Ja“ for each offered mode that is not in `full`, then „Vielleicht“ and „Nein“.
    """
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
