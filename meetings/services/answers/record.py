"""Answers: the one door for all roads (link, calendar, telephone).

Every answer is appended to the history; the newest instant counts and stands on the invitation. Seats are counted
under the lock of the meeting, so that two who press at once never get the same one.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mailroom.models import InboxMail, OutboxMail
from mailroom.services import outbox, settling
from meetings.enums import Answer, Format, Mode, ProposalKind, Refusal, Resolution, State, Via
from meetings.models import Invitation, Meeting, Proposal, Response
from team.models import User
from team.services import activity

LONGEST_COMMENT = 2000  # characters
# Control characters (a NUL fits into no text column of PostgreSQL) and halves of surrogate pairs.
_UNWANTED = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))} - {"\n", "\t"}


_HELD = (ProposalKind.FULL, ProposalKind.LATE)  # attempts that wait for the team
# What stands on the invitation of the response that counts.
_SAID = ("answer", "mode", "comment", "answered_via", "answered_at", "answered_sequence")


class NotRecorded(Exception):
    """The answer does not count; the subclass says why."""


class Cancelled(NotRecorded):
    """The meeting was called off, or is a draft again."""


class Past(NotRecorded):
    """The meeting has begun or is over."""


class Late(NotRecorded):
    """The last day for answers has passed; the attempt stands in the history."""


class Full(NotRecorded):
    """No seat of that mode is left; the attempt stands in the history."""


class Withdrawn(NotRecorded):
    """The link opens nothing any more."""


class ModeMissing(NotRecorded):
    """Accepted, but it is open in which way, or in a way that this meeting does not offer."""


def record(
    invitation: Invitation,
    answer: str,
    *,
    via: str,
    at: datetime | None = None,
    by: User | None = None,
    mode: str = "",
    comment: str | None = None,
    over_capacity: bool = False,
    sequence: int | None = None,
) -> Response:
    """Append an answer and let the newest one count; `invitation` is brought up to date.

    `at` is the instant at which it was given (UTC; None or a future one: now); at the same instant the one received
    last wins; what was said to a later `sequence` of the meeting counts more. `comment` None keeps the former one. The
    team may note at any time, and beyond the seats with `over_capacity`. Takes back a waiting reminder. Raises
    ValueError for an unknown word, NotRecorded where it cannot count; Late and Full stand in the history all the same.
    """
    now = timezone.now()
    response = Response(invitation=invitation, answer=Answer(answer), via=Via(via), recorded_at=now, by=by)
    response.at, response.comment = min(at or now, now), clean(comment)
    with transaction.atomic():
        # NO KEY: rows that point at the meeting may still be inserted meanwhile.
        meeting = Meeting.objects.select_for_update(no_key=True).get(pk=invitation.meeting_id)
        current = Invitation.objects.get(pk=invitation.pk)
        current.meeting = meeting
        response.sequence = meeting.sequence if sequence is None else min(sequence, meeting.sequence)
        response.mode = _mode(meeting, response.answer, mode)
        refusal = _refusal(meeting, current, response, over_capacity=over_capacity)
        response.refusal = {Late: Refusal.LATE, Full: Refusal.FULL}.get(refusal, "") if refusal else ""
        if refusal is None or response.refusal:
            response.save()
        if refusal is None:
            _count(meeting, current, response, keeps_comment=comment is None)
            outbox.cancel_waiting(current.lane, kind=OutboxMail.Kind.REMINDER)
    _copy(current, invitation)
    if refusal is not None:
        raise refusal
    return response


def note_joined(invitation: Invitation) -> bool:
    """Note that she went into the online room now; only the first time counts. Returns whether it was the first."""
    now = timezone.now()
    first = Invitation.objects.filter(pk=invitation.pk, joined_at__isnull=True).update(joined_at=now, updated_at=now)
    return bool(first)


def likely_mode(invitation: Invitation) -> str:
    """How somebody takes part whose acceptance does not say it, as no calendar's does; reads `meeting`.

    The way that she chose last, else in person while a seat is left there, else online; "" where there is one way only.
    """
    meeting = invitation.meeting
    if meeting.format != Format.HYBRID:
        return ""
    if mode := invitation.mode or _last_mode(invitation):
        return mode
    free = [mode for mode in (Mode.IN_PERSON, Mode.ONLINE) if _has_seat(meeting, invitation, mode)]
    return free[0] if free else Mode.IN_PERSON


def _last_mode(invitation: Invitation) -> str:
    """No query for who has never answered."""
    if invitation.answered_at is None:
        return ""
    accepted = invitation.responses.filter(refusal="").exclude(mode="")
    return accepted.values_list("mode", flat=True).first() or ""


def seats(meeting: Meeting, mode: str) -> int | None:
    """How many seats there are of that mode; None: no limit."""
    return meeting.capacity_in_person if mode == Mode.IN_PERSON else meeting.capacity_online


def clean(comment: str | None) -> str:
    """Without what no database holds or no page shows, at most `LONGEST_COMMENT` characters."""
    text = (comment or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char not in _UNWANTED).strip()[:LONGEST_COMMENT]


def _mode(meeting: Meeting, answer: str, mode: str) -> str:
    """In which way who accepts takes part; whoever does not accept has none. Raises ModeMissing."""
    if answer != Answer.ACCEPTED:
        return ""
    offered = {Format.IN_PERSON: [Mode.IN_PERSON], Format.ONLINE: [Mode.ONLINE]}.get(
        Format(meeting.format), [Mode.IN_PERSON, Mode.ONLINE]
    )
    if not mode and len(offered) == 1:
        return offered[0]
    if mode not in offered:
        raise ModeMissing
    return mode


def _refusal(
    meeting: Meeting, current: Invitation, response: Response, *, over_capacity: bool
) -> type[NotRecorded] | None:
    """Why this answer cannot count; None when it can."""
    if response.via != Via.TEAM:
        if is_over := over(meeting, current, response.at):
            return is_over
        if meeting.is_deadline_over(response.at) and not current.is_answer_former:  # we asked her anew ourselves
            return Late
    is_older = _is_older(current, response)
    may_exceed = over_capacity and response.via == Via.TEAM
    if response.answer != Answer.ACCEPTED or is_older or may_exceed:
        return None
    return None if _has_seat(meeting, current, response.mode) else Full


def over(meeting: Meeting, invitation: Invitation, at: datetime) -> type[NotRecorded] | None:
    """Why nobody but the team may answer any more: withdrawn, called off (or a draft), begun at that instant."""
    if invitation.withdrawn_at is not None and invitation.withdrawn_at <= timezone.now():
        return Withdrawn
    if meeting.state != State.PLANNED:
        return Cancelled
    return Past if at >= meeting.starts_at else None


def _is_older(current: Invitation, response: Response) -> bool:
    """Whether what stands there counts more (RFC 5546 section 2.1.5): it is about a later SEQUENCE, or it is newer."""
    if current.answered_at is None:
        return False
    return (response.sequence, response.at) < (current.answered_sequence, current.answered_at)


def _has_seat(meeting: Meeting, current: Invitation, mode: str) -> bool:
    """Whether she holds a seat of that mode already, or one is left."""
    limit = seats(meeting, mode)
    if limit is None or (current.answer == Answer.ACCEPTED and current.mode == mode):
        return True
    return Invitation.objects.filter(meeting=meeting, mode=mode).valid().accepted().count() < limit


def _count(meeting: Meeting, current: Invitation, response: Response, *, keeps_comment: bool) -> None:
    """Let the response stand on the invitation, unless a newer one does; tell who noted it on the phone."""
    if response.via == Via.TEAM:
        said = ", ".join(word for word in (response.get_answer_display(), response.get_mode_display()) if word)
        activity.record(
            f"hat eine Antwort von {current.contact} notiert: {said}",
            by=response.by,
            about=[meeting, current.contact, current.contact.organisation],
        )
    if _is_older(current, response):
        return
    current.answer, current.mode = response.answer, response.mode
    current.answered_at, current.answered_via = response.at, response.via
    current.answered_sequence = response.sequence
    if not keeps_comment:
        current.comment = response.comment
    current.save(update_fields=[*_SAID, "updated_at"])
    _let_go_of_attempts(current, response)


def _let_go_of_attempts(current: Invitation, response: Response) -> None:
    """Who says something newer waits no more for what could not count; neither does its mail."""
    outdated = Proposal.objects.filter(invitation=current, kind__in=_HELD, settled_at=None, at__lt=response.at)
    now = response.recorded_at
    if not outdated.update(settled_at=now, resolution=Resolution.OUTDATED, updated_at=now):
        return
    mails = Proposal.objects.filter(invitation=current, resolution=Resolution.OUTDATED).values("mail")
    still_open = Proposal.objects.filter(settled_at=None).exclude(mail=None).values("mail")
    settling.mark(InboxMail.objects.waiting().filter(pk__in=mails).exclude(pk__in=still_open), at=now)


def _copy(current: Invitation, invitation: Invitation) -> None:
    """Bring the caller's object up to date."""
    for name in _SAID:
        setattr(invitation, name, getattr(current, name))
