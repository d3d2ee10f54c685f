"""Recording a meeting's state before a decision, and restoring it when the decision's act is stopped."""

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
    """The fields of the meeting before the decision, and its counters after it."""

    before: dict[str, Any]
    version: int
    facts_version: int


def _as_is(value: Any) -> Any:
    return value


# The fields that a decision may change, with the function that reads the stored value.
_FIELDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("state", "sequence", "facts_version", "format", "place", "online_link"), _as_is),
    **dict.fromkeys(("host_id", "responsible_id"), _as_is),
    **dict.fromkeys(("starts_at", "ends_at"), datetime.fromisoformat),
    "answer_deadline_on": date.fromisoformat,
}
# The fields that inviting a withdrawn person again changes.
OF_THE_WITHDRAWN = ("withdrawn_at", "extra_sequence", "answer", "mode", "comment", "answered_at", "answered_via")


def snapshot(meeting: Meeting) -> dict[str, Any]:
    """Return the current values, as JSON, of the fields that a decision may change."""
    return {name: _stored(getattr(meeting, name)) for name in _FIELDS}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def undo_record(before: dict[str, Any], meeting: Meeting) -> Record:
    """Return the record that `restore` needs; `before` is a snapshot, `meeting` is as the decision left it."""
    return {"before": before, "version": meeting.version, "facts_version": meeting.facts_version}


def snapshot_of_withdrawn(invitation: Invitation) -> dict[str, Any]:
    """Return the current values, as JSON, of the fields that inviting again changes."""
    return {"pk": str(invitation.pk), **{name: _stored(getattr(invitation, name)) for name in OF_THE_WITHDRAWN}}


def apply_snapshot(meeting: Meeting, before: dict[str, Any]) -> None:
    """Set the snapshot's values on the object, except the counters `sequence` and `facts_version`. Saves nothing."""
    _set(meeting, before, [name for name in _FIELDS if name not in ("sequence", "facts_version")])


def _set(meeting: Meeting, before: dict[str, Any], names: Iterable[str]) -> None:
    """Set these fields of the object to the stored values, read back from JSON. Saves nothing."""
    for name in names:
        setattr(meeting, name, _FIELDS[name](before[name]) if before[name] is not None else None)


def restore(meeting: Meeting, record: Record) -> bool:
    """Restore and save the meeting's fields from before the decision, and return whether all were restored.

    A meeting that was changed since gets only its state back. Changes recorded since are deleted if the facts are the
    old ones again; otherwise those that were told have to be decided again. Also lowers the invitees' counters, and
    supersedes waiting invitations if the meeting is called off again. Called under the meeting's lock.
    """
    before, is_as_left = record["before"], record["version"] == meeting.version
    is_alone = meeting.facts_version == record["facts_version"]  # else another change was recorded since
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
    """Lower `told_version` and `answered_sequence` to the restored counters.

    The numbers above are used again by later changes, which these invitees have not been told.
    """
    rows = Invitation.objects.filter(meeting=meeting)
    rows.filter(told_version__gt=meeting.facts_version).update(told_version=meeting.facts_version)
    rows.filter(answered_sequence__gt=meeting.sequence).update(answered_sequence=meeting.sequence)


def _drop_waiting_invitations(meeting: Meeting) -> None:
    """Supersede for good all waiting mails of invitees whose invitation waits: the meeting is called off again."""
    lanes = [str(pk) for pk in meeting.invitations.values_list("pk", flat=True)]
    waiting = OutboxMail.objects.filter(lane__in=lanes, kind=MailingKind.INVITATION, state__in=OutboxMail.SUPERSEDABLE)
    outbox.supersede_without_mail(list(waiting.values_list("lane", flat=True)), reason=OutboxMail.Reason.CALLED_OFF)


# --- What an act did to invitations


def undo_invitations(act: Act) -> None:
    """Undo the stopped act's effects on invitations and changes. Called in the stop's transaction, under its locks.

    Its changes are undecided again, `told_version` goes back, new invitations are deleted, renewed ones withdrawn
    again, a withdrawal is undone, and a meeting that the act made planned is a draft again.
    """
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
    """Save `told_version` of the people whose mail of the act was not sent as it was before (each item's memo)."""
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
    """Make the act's invitations valid again, and lower their SEQUENCE: no mail with the higher one was sent."""
    withdrawn = Invitation.objects.filter(pk__in=_keys_of(act))
    withdrawn.update(withdrawn_at=None, extra_sequence=F("extra_sequence") - 1, updated_at=timezone.now())


def _withdraw_again(act: Act) -> None:
    """Withdraw the invitations again that the act had renewed, with their former answers, from the act's `undo_record`.

    Not where the invitee has answered since or the act's mail was not stopped.
    """
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
    """Delete the invitations of the act that nobody outside knows of: without a sent mail, an answer or a call.

    Those that the act had renewed after a withdrawal are left to `_withdraw_again`. Invitations of an earlier act stay,
    even if no mail has arrived, unless this act replaced it.
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
    """Return the lanes whose earlier invitation was superseded when the meeting was called off.

    These people were invited before the act, which only repeats the invitation of the reinstated meeting.
    """
    in_bulk = BulkAct.objects.filter(kind=BulkKind.CANCEL).values("act")
    called_off = Q(superseded_reason=OutboxMail.Reason.CALLED_OFF) | Q(superseded_by_act__in=in_bulk)
    called_off |= Q(superseded_by_act__kind=MailingKind.CANCELLATION)
    invited = OutboxMail.objects.filter(called_off, lane__in=lanes, kind=MailingKind.INVITATION)
    return invited.filter(state=OutboxMail.State.SUPERSEDED).values_list("lane", flat=True)


def _make_draft_again(act: Act) -> None:
    """Save the meeting as a draft again, as before the act, if it is planned and has no invitations left."""
    meeting = Meeting.objects.get(pk=act.about_key)
    if meeting.state == State.PLANNED and not meeting.invitations.exists():
        meeting.state = State.DRAFT
        meeting.version += 1
        meeting.save(update_fields=["state", "version", "updated_at"])
