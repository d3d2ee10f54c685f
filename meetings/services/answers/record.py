"""Recording of answers: the only entry point for all ways (link, calendar, telephone).

Every answer that counts, or is refused as late or for lack of seats, is appended to the history. The answer to the
latest SEQUENCE, and of these the newest, is copied to the invitation. Seats are counted under the meeting's lock, so
that two simultaneous answers never get the same seat.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mailroom.models import InboxMail, OutboxMail
from mailroom.services import outbox, settling
from meetings.enums import Answer, Format, Mode, ProposalKind, Refusal, Resolution, State, Via
from meetings.models import Invitation, Meeting, Proposal, Response
from meetings.services.answers import messages
from team.models import User
from team.services import activity

LONGEST_COMMENT = 2000  # characters
# Control characters (a NUL fits into no text column of PostgreSQL) and halves of surrogate pairs.
_UNWANTED = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))} - {"\n", "\t"}


_HELD = (ProposalKind.FULL, ProposalKind.LATE)  # attempts that wait for the team
# The fields of an invitation that the response that counts sets.
_SAID = ("answer", "mode", "comment", "answered_via", "answered_at", "answered_sequence")


class NotRecorded(Exception):
    """The answer does not count; the subclass says why."""


class Cancelled(NotRecorded):
    """The meeting was called off, or is a draft again."""


class Past(NotRecorded):
    """The meeting has begun or is over."""


class Late(NotRecorded):
    """The last day for answers has passed; the attempt is kept in the history."""


class Full(NotRecorded):
    """No seat of that mode is left; the attempt is kept in the history."""


class Withdrawn(NotRecorded):
    """The invitation is withdrawn."""


class ModeMissing(NotRecorded):
    """The acceptance names no mode although two are offered, or a mode that the meeting does not offer."""


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
    """Append an answer to the history, let the newest one count, refresh `invitation` and cancel a waiting reminder.

    Locks the meeting; logs what the team noted; settles older attempts that wait for the team; keeps an invitee's word
    as a message. `at` is an instant (UTC; None or future: now). The later `sequence` of the meeting (None: the current)
    wins, then the later instant, then the later receipt. `comment` None keeps the former one. The team can record at
    any time, and beyond the seats with `over_capacity`. Raises ValueError for an unknown answer or way, NotRecorded for
    one that cannot count (Late and Full are stored).
    """
    now = timezone.now()
    response = Response(invitation=invitation, answer=Answer(answer), via=Via(via), recorded_at=now, by=by)
    response.at, response.comment = min(at or now, now), clean(comment)
    with transaction.atomic():
        current = _locked(invitation)
        meeting = current.meeting
        response.sequence = meeting.sequence if sequence is None else min(sequence, meeting.sequence)
        response.mode = _mode(meeting, response.answer, mode)
        refusal = _refusal(meeting, current, response, over_capacity=over_capacity)
        response.refusal = {Late: Refusal.LATE, Full: Refusal.FULL}.get(refusal, "") if refusal else ""
        if refusal is None or response.refusal:
            response.save()
            _note_message(current, response)
        if refusal is None:
            _count(meeting, current, response, keeps_comment=comment is None)
            outbox.cancel_waiting(current.lane, kind=OutboxMail.Kind.REMINDER)
    _copy(current, invitation)
    if refusal is not None:
        raise refusal
    return response


def _locked(invitation: Invitation) -> Invitation:
    """Lock the meeting's row for this transaction, then return the invitation as it is now, with that meeting."""
    # NO KEY: other transactions can still insert rows that reference the meeting.
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=invitation.meeting_id)
    current = Invitation.objects.get(pk=invitation.pk)
    current.meeting = meeting
    return current


def _note_message(current: Invitation, response: Response) -> None:
    """Store the invitee's word as an open message; not one noted by the team, an empty one, or one stored before."""
    if response.via != Via.TEAM and response.comment != current.comment:
        messages.note(current, response.comment, via=response.via, at=response.at)


def note_joined(invitation: Invitation) -> bool:
    """Record that the invitee enters the online room now, unless recorded before. Return whether it was recorded."""
    now = timezone.now()
    first = Invitation.objects.filter(pk=invitation.pk, joined_at__isnull=True).update(joined_at=now, updated_at=now)
    return bool(first)


def likely_mode(invitation: Invitation) -> str:
    """Return the mode for an acceptance that names none, as those from calendars. Reads `meeting`.

    In a hybrid meeting: the mode that the invitee chose last, else the first of in person and online with a free seat,
    else in person. In other meetings "".
    """
    meeting = invitation.meeting
    if meeting.format != Format.HYBRID:
        return ""
    if mode := chosen_mode(invitation):
        return mode
    free = [mode for mode in (Mode.IN_PERSON, Mode.ONLINE) if _has_seat(meeting, invitation, mode)]
    return free[0] if free else Mode.IN_PERSON


def chosen_mode(invitation: Invitation) -> str:
    """Return the mode that the invitee chose last, also when they have declined since; "" without any."""
    return invitation.mode or _last_mode(invitation)


def _last_mode(invitation: Invitation) -> str:
    """Return the mode of the invitee's last counting acceptance, else ""; no query without an answer."""
    if invitation.answered_at is None:
        return ""
    accepted = invitation.responses.filter(refusal="").exclude(mode="")
    return accepted.values_list("mode", flat=True).first() or ""


def seats(meeting: Meeting, mode: str) -> int | None:
    """Return the number of seats of that mode; None means no limit."""
    return meeting.capacity_in_person if mode == Mode.IN_PERSON else meeting.capacity_online


def clean(comment: str | None) -> str:
    """Return the text with LF line ends, without other control characters, stripped; "" for None.

    Tabs stay. The text is cut to `LONGEST_COMMENT` (2000) characters.
    """
    text = (comment or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char not in _UNWANTED).strip()[:LONGEST_COMMENT]


def _mode(meeting: Meeting, answer: str, mode: str) -> str:
    """Return the mode of an acceptance, "" for other answers. Where one mode is offered, "" stands for it.

    Raises ModeMissing for a mode that is not offered, and for none where two are.
    """
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
    """Return the reason why this answer cannot count; None when it can. Called under the meeting's lock.

    The team's answer is refused for lack of seats only, and not with `over_capacity`, which nobody else can use. An
    answer that is older than the current one needs no seat.
    """
    if response.via != Via.TEAM and (too_late := _too_late(meeting, current, response)):
        return too_late
    is_older = _is_older(current, response)
    may_exceed = over_capacity and response.via == Via.TEAM
    if response.answer != Answer.ACCEPTED or is_older or may_exceed:
        return None
    return None if _has_seat(meeting, current, response.mode) else Full


def _too_late(meeting: Meeting, current: Invitation, response: Response) -> type[NotRecorded] | None:
    """Return the reason why the invitee's answer comes too late; None while it is in time, or `stays_possible`."""
    is_over = closed_reason(meeting, current, response.at)
    if is_over and is_over is not Past:
        return is_over
    if is_over:
        is_running = response.at < meeting.ends_at
        return None if is_running and stays_possible(current, response.answer, response.mode, has_begun=True) else Past
    is_late = meeting.is_deadline_over(response.at) and not current.is_answer_former  # after a move the team asks again
    return Late if is_late and not stays_possible(current, response.answer, response.mode, has_begun=False) else None


def stays_possible(invitation: Invitation, answer: str, mode: str, *, has_begun: bool) -> bool:
    """Return whether an invitee may give this answer after the last day for answers or, with `has_begun`, the start.

    They can always decline. Before the start those who have accepted can take the other mode, or the same with a word;
    after it everybody can join online. Whether a seat is free is not asked here.
    """
    if answer == Answer.DECLINED:
        return True
    if answer != Answer.ACCEPTED:
        return False
    return mode == Mode.ONLINE if has_begun else invitation.answer == Answer.ACCEPTED


def closed_reason(meeting: Meeting, invitation: Invitation, at: datetime) -> type[NotRecorded] | None:
    """Return the reason why only the team may answer at that instant; None when the invitee may.

    Reasons: the invitation is withdrawn now, the meeting is called off or a draft, or it has begun at that instant.
    """
    if invitation.withdrawn_at is not None and invitation.withdrawn_at <= timezone.now():
        return Withdrawn
    if meeting.state != State.PLANNED:
        return Cancelled
    return Past if at >= meeting.starts_at else None


def _is_older(current: Invitation, response: Response) -> bool:
    """Return whether the invitation's answer wins: it has a later SEQUENCE, or is newer (RFC 5546 section 2.1.5)."""
    if current.answered_at is None:
        return False
    return (response.sequence, response.at) < (current.answered_sequence, current.answered_at)


def _has_seat(meeting: Meeting, current: Invitation, mode: str) -> bool:
    """Return whether the invitee already holds a seat of that mode, or one is left.

    Acceptances from before the meeting moved keep their seats. Binding only under the meeting's lock.
    """
    limit = seats(meeting, mode)
    if limit is None or (current.answer == Answer.ACCEPTED and current.mode == mode):
        return True
    return Invitation.objects.filter(meeting=meeting, mode=mode).valid().accepted().count() < limit


def _count(meeting: Meeting, current: Invitation, response: Response, *, keeps_comment: bool) -> None:
    """Copy the response to the invitation, save it and settle the attempts that it outdates.

    Does none of this while the answer there wins (later SEQUENCE, or newer). Logs what the team noted in either case.
    """
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
    _settle_outdated_attempts(current, response)


def _settle_outdated_attempts(current: Invitation, response: Response) -> None:
    """Close the invitee's open late or full proposals older than the answer as outdated.

    Their waiting mails are settled, too, where no other proposal of the mail is open.
    """
    outdated = Proposal.objects.filter(invitation=current, kind__in=_HELD, settled_at=None, at__lt=response.at)
    now = response.recorded_at
    if not outdated.update(settled_at=now, resolution=Resolution.OUTDATED, updated_at=now):
        return
    mails = Proposal.objects.filter(invitation=current, resolution=Resolution.OUTDATED).values("mail")
    still_open = Proposal.objects.filter(settled_at=None).exclude(mail=None).values("mail")
    settling.mark(InboxMail.objects.waiting().filter(pk__in=mails).exclude(pk__in=still_open), at=now)


def _copy(current: Invitation, invitation: Invitation) -> None:
    """Copy the answer fields of `current` to the caller's object in memory."""
    for name in _SAID:
        setattr(invitation, name, getattr(current, name))
