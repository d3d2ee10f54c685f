"""What a decision about a meeting has changed is recorded before it, and given back when its act is stopped."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypedDict

from django.db.models import F, Q
from django.utils import timezone

from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import outbox
from meetings.enums import BulkKind, Decision, MailingKind, State
from meetings.models import BulkAct, Change, Facts, Invitation, Meeting


class Record(TypedDict):
    """The meeting before the decision, and the counters as the decision left them."""

    before: dict[str, Any]
    version: int
    facts_version: int


def _as_is(value: Any) -> Any:
    return value


# What a decision may change of a meeting, and how it is read from what was stored.
_FIELDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("state", "sequence", "facts_version", "format", "place", "online_link"), _as_is),
    **dict.fromkeys(("host_id", "responsible_id"), _as_is),
    **dict.fromkeys(("starts_at", "ends_at"), datetime.fromisoformat),
    "answer_deadline_on": date.fromisoformat,
}
# What inviting somebody again who had been taken off the list changes of the invitation.
OF_THE_WITHDRAWN = ("withdrawn_at", "extra_sequence", "answer", "mode", "comment", "answered_at", "answered_via")


def snapshot(meeting: Meeting) -> dict[str, Any]:
    """Return what a decision may change of a meeting, as it is now, to be stored."""
    return {name: _stored(getattr(meeting, name)) for name in _FIELDS}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def undo_record(before: dict[str, Any], meeting: Meeting) -> Record:
    """Return what `restore` needs, to be stored; `before` is a snapshot, `meeting` is as the decision left it."""
    return {"before": before, "version": meeting.version, "facts_version": meeting.facts_version}


def snapshot_of_withdrawn(invitation: Invitation) -> dict[str, Any]:
    """Return what inviting somebody again changes of a withdrawn invitation, as it is now, to be stored."""
    return {"pk": str(invitation.pk), **{name: _stored(getattr(invitation, name)) for name in OF_THE_WITHDRAWN}}


def apply_snapshot(meeting: Meeting, before: dict[str, Any]) -> None:
    """Set on the unsaved object what the snapshot says; the counters of changes go on counting."""
    _set(meeting, before, [name for name in _FIELDS if name not in ("sequence", "facts_version")])


def _set(meeting: Meeting, before: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        setattr(meeting, name, _FIELDS[name](before[name]) if before[name] is not None else None)


def restore(meeting: Meeting, record: Record) -> bool:
    """Give the meeting back what the decision took, unless somebody has changed it since: then only its state.

    What was told is undone with it; where the meeting stays changed, the change is open again. Returns whether all of
    it was restored.
    """
    before, is_as_left = record["before"], record["version"] == meeting.version
    is_alone = meeting.facts_version == record["facts_version"]  # else somebody else has counted, too
    changes = Change.objects.filter(meeting=meeting, number__gt=before["facts_version"]).order_by("number")
    _set(meeting, before, _FIELDS if is_as_left else ["state"])
    first, now = changes.first(), Facts.of(meeting)
    is_undone = is_as_left or (is_alone and first is not None and not first.facts_before.differences(now))
    if is_undone:
        _set(meeting, before, ["sequence", "facts_version"])
        changes.delete()
    else:
        changes.filter(decision=Decision.TOLD).update(decision=Decision.OPEN, act=None)
    meeting.version += 1
    meeting.save()
    _lower_counters(meeting)
    if meeting.is_cancelled:
        _drop_waiting_invitations(meeting)
    return is_as_left


def _lower_counters(meeting: Meeting) -> None:
    """Let nobody know, or have answered to, more than there is: what is counted anew later is another change."""
    rows = Invitation.objects.filter(meeting=meeting)
    rows.filter(told_version__gt=meeting.facts_version).update(told_version=meeting.facts_version)
    rows.filter(answered_sequence__gt=meeting.sequence).update(answered_sequence=meeting.sequence)


def _drop_waiting_invitations(meeting: Meeting) -> None:
    """Let no invitation leave that was written when the meeting was to take place after all: it stays called off."""
    lanes = [str(pk) for pk in meeting.invitations.values_list("pk", flat=True)]
    waiting = OutboxMail.objects.filter(lane__in=lanes, kind=MailingKind.INVITATION, state__in=OutboxMail.SUPERSEDABLE)
    outbox.drop(list(waiting.values_list("lane", flat=True)), reason=OutboxMail.Reason.CALLED_OFF)


# --- What an act did to invitations


def undo_invitations(act: Act) -> None:
    """Undo what the stopped act did to invitations and changes. In the transaction of the stop, under its locks."""
    Change.objects.filter(act=act).update(decision=Decision.OPEN, act=None)
    _restore_told_versions(act)
    if act.kind == MailingKind.INVITATION:
        _uninvite(act)
        _withdraw_again(act)
    elif act.kind == MailingKind.WITHDRAWAL:
        _unwithdraw(act)
    if act.undo_record.get("made_planned"):
        _make_draft_again(act)


def _restore_told_versions(act: Act) -> None:
    """Note that the people whose mail has not left know what they knew before."""
    mails, items = OutboxMail.objects.filter(act=act), act.items.filter(problem="").exclude(memo=None)
    if mails.exclude(state=OutboxMail.State.CANCELLED).exists():
        items = items.filter(lane__in=mails.filter(state=OutboxMail.State.CANCELLED).values("lane"))
    known: dict[int, list[uuid.UUID]] = {}
    for lane, told in items.values_list("lane", "memo"):
        known.setdefault(told or 0, []).append(uuid.UUID(lane))
    for told, invitations in known.items():
        Invitation.objects.filter(pk__in=invitations).update(told_version=told)


def _keys_of(act: Act) -> list[uuid.UUID]:
    return [uuid.UUID(lane) for lane in act.items.values_list("lane", flat=True)]


def _unwithdraw(act: Act) -> None:
    """Put the person back on the list; SEQUENCE goes back with it, since no mail has left with the higher one."""
    withdrawn = Invitation.objects.filter(pk__in=_keys_of(act))
    withdrawn.update(withdrawn_at=None, extra_sequence=F("extra_sequence") - 1, updated_at=timezone.now())


def _withdraw_again(act: Act) -> None:
    """Take those off the list again who had been taken off, unless they have answered since or the mail had left."""
    rows = {row["pk"]: row for row in act.undo_record.get("withdrawn", [])}
    if not rows:
        return
    left = OutboxMail.objects.filter(act=act, lane__in=rows).exclude(state=OutboxMail.State.CANCELLED)
    for invitation in Invitation.objects.filter(pk__in=rows, answer="").exclude(
        pk__in=[lane for (lane,) in left.values_list("lane")]
    ):
        before = {name: value for name, value in rows[str(invitation.pk)].items() if name in OF_THE_WITHDRAWN}
        for name, value in before.items():
            field: Any = Invitation._meta.get_field(name)
            setattr(invitation, name, field.to_python(value))
        invitation.save(update_fields=[*before, "updated_at"])


def _uninvite(act: Act) -> None:
    """Delete the invitations of the act that nobody outside knows of: no mail left, no answer, no call.

    Whoever was invited by an earlier act stays invited even though no mail has arrived, unless this act took its place.
    """
    keys = set(_keys_of(act)) - {uuid.UUID(row["pk"]) for row in act.undo_record.get("withdrawn", [])}
    new = Invitation.objects.filter(pk__in=keys, answer="", responses=None, call_notes=None)
    by_lane = {invitation.lane: invitation.pk for invitation in new}
    others = ActItem.objects.filter(lane__in=by_lane).exclude(act=act).exclude(act__state=Act.State.STOPPED)
    unwritten = others.filter(Q(rendered_at=None) | ~Q(problem=""))
    never_left = Q(state__in=[OutboxMail.State.CANCELLED, OutboxMail.State.SUPERSEDED], unanswered=0)
    mails = OutboxMail.objects.filter(lane__in=by_lane).exclude(never_left)
    invited_before = _called_off_before_it_left(by_lane)
    for lane in {*unwritten.values_list("lane", flat=True), *mails.values_list("lane", flat=True), *invited_before}:
        by_lane.pop(lane, None)
    Invitation.objects.filter(pk__in=by_lane.values()).delete()


def _called_off_before_it_left(lanes: Iterable[str]) -> Iterable[str]:
    """Return those of the lanes whose earlier invitation was stopped by calling the meeting off.

    They were invited before the act, which says it again since the meeting takes place after all.
    """
    in_bulk = BulkAct.objects.filter(kind=BulkKind.CANCEL).values("act")
    called_off = Q(superseded_reason=OutboxMail.Reason.CALLED_OFF) | Q(superseded_by_act__in=in_bulk)
    called_off |= Q(superseded_by_act__kind=MailingKind.CANCELLATION)
    invited = OutboxMail.objects.filter(called_off, lane__in=lanes, kind=MailingKind.INVITATION)
    return invited.filter(state=OutboxMail.State.SUPERSEDED).values_list("lane", flat=True)


def _make_draft_again(act: Act) -> None:
    """Make the meeting a draft again that the act had made a planned one, where nobody is invited any more."""
    meeting = Meeting.objects.get(pk=act.about_key)
    if meeting.state == State.PLANNED and not meeting.invitations.exists():
        meeting.state = State.DRAFT
        meeting.version += 1
        meeting.save(update_fields=["state", "version", "updated_at"])
