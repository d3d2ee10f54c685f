"""One decision about many meetings: call off, postpone, move online or back in person, hand over, or take back.

The decision is one short transaction that writes rows only. The mails are written after it, by workers when there are
many, and released together. Each item keeps its meeting's state from before, so that the act can be stopped or taken
back.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services import addresses, outbox
from mailroom.services.acts import start, write
from mailroom.services.acts.writers import Terms
from meetings.enums import BulkKind, Decision, MailingKind
from meetings.models import BulkAct, BulkItem, Change, Facts, Invitation, Meeting
from meetings.services.bulk.order import Order, apply_order, why_not
from meetings.services.changes import cancel, changes
from meetings.services.sending import dispatch, undo
from team.models import User
from team.services import activity

_DONE = {
    BulkKind.CANCEL: "abgesagt",
    BulkKind.POSTPONE: "verschoben",
    BulkKind.ONLINE: "auf online umgestellt",
    BulkKind.IN_PERSON: "wieder vor Ort angesetzt",
    BulkKind.HAND_OVER: "übergeben",
    BulkKind.TAKE_BACK: "auf den Stand davor gebracht",
}
# The columns that the decision reads; fewer columns keep the write transaction short, during which others wait.
_READ = ("meeting", "email", "contact__email", "contact__email_folded")
_SETTLED = (OutboxMail.State.SENT, OutboxMail.State.SUPERSEDED, OutboxMail.State.CANCELLED)
WRITER = "meetings.bulk"  # in ACT_WRITERS


class NothingToDo(ValueError):
    """None of the chosen meetings can be changed this way."""


class NotTakenBack(ValueError):
    """The act cannot be taken back; the sentence says why."""


def carry_out(meetings: Sequence[Meeting], order: Order, *, by: User) -> BulkAct:
    """Carry out the order for all of these meetings that it can change, and record the reason for each other one.

    The changes are saved and logged, and mailed to the invitees whom a mail may have reached. Missing stop tokens are
    created before the decision's transaction. Up to 200 mails in all are written before this returns, more by the
    workers. Raises NothingToDo.
    """
    addresses.stop_tokens(
        Invitation.objects.filter(meeting__in=[one.pk for one in meetings]).values_list("email", flat=True)
    )
    keys = [meeting.pk for meeting in meetings]
    act = _decide(keys, order, _invited_to(keys), by=by)
    write.write_parts(act.act)
    return act


@dataclass(frozen=True)
class _Invited:
    """The valid invitations and the mailable ones of them, by meeting; `seen` is compared to detect later changes."""

    seen: tuple[Any, ...]
    everybody: dict[uuid.UUID, list[Invitation]]
    mailable: dict[uuid.UUID, list[Invitation]]


def _invited_to(keys: Collection[uuid.UUID]) -> _Invited:
    """Return the valid invitations to these meetings, and who of them can be told by mail (`changes.mailable`).

    Called before the decision's locks where possible: while they are held, every answer waits.
    """
    seen = _seen(keys)
    everybody: dict[uuid.UUID, list[Invitation]] = {key: [] for key in keys}
    for one in Invitation.objects.filter(meeting__in=keys).valid().select_related("contact").only(*_READ):
        everybody[one.meeting_id].append(one)
    return _Invited(seen, everybody, {key: changes.mailable(found) for key, found in everybody.items()})


def _seen(keys: Collection[uuid.UUID]) -> tuple[Any, ...]:
    """Return the values that `_Invited` depends on, without building model instances; two queries."""
    rows = Invitation.objects.filter(meeting__in=keys).valid().order_by("pk")
    invited = list(rows.values_list("pk", "email", "contact__email", "contact__email_folded"))
    arrived = OutboxMail.objects.filter(lane__in=[str(pk) for pk, *_ in invited]).may_have_arrived()
    return invited, set(arrived.values_list("lane", flat=True))


@transaction.atomic
def _decide(
    keys: Sequence[uuid.UUID], order: Order, invited: _Invited, *, by: User, takes_back: BulkAct | None = None
) -> BulkAct:
    """Save the changed meetings, start the acts that tell their invitees, and log it, in one transaction; no mail yet.

    `keys` are those of the meetings, `takes_back` the decision that a TAKE_BACK reverts. Meetings are always locked in
    the order of their keys, so that two decisions cannot deadlock. Without mails the window to stop opens at once.
    Raises NotTakenBack or NothingToDo.
    """
    rows = Meeting.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    meetings = sorted(rows.select_related("host").prefetch_related("networks"), key=lambda one: (one.starts_at, one.pk))
    if takes_back and (problem := why_not_take_back(_locked(takes_back))):
        raise NotTakenBack(problem)  # checked again under the lock: a second press may have waited for it
    act = _begin(order, by=by, takes_back=takes_back)
    earlier = dict(takes_back.items.values_list("meeting", "undo_record")) if takes_back else {}
    if invited.seen != _seen(keys):  # an invitation, an address or a mail has changed before the locks were held
        invited = _invited_to(keys)
    waiting = _with_waiting_mails(meetings)
    items = [
        _do(act, meeting, order, earlier.get(meeting.pk), invited, has_waiting=meeting.pk in waiting, by=by)
        for meeting in meetings
    ]
    done = [item.meeting for item in items if item.undo_record]
    if not done:
        raise NothingToDo
    BulkItem.objects.bulk_create(items)
    told = sum(Act.objects.filter(parent=act.act).values_list("total", flat=True))
    if not told:
        start.release_without_mails(act.act)
    sentence = f"hat {len(done)} Treffen {_DONE[order.kind]}{dispatch.and_notifies(told)}"
    activity.record(sentence, by=by, about=[act])
    return act


def _locked(act: BulkAct) -> BulkAct:
    """Lock the decision's row for this transaction and return it as it is now, with its act."""
    return BulkAct.objects.select_for_update().select_related("act").get(pk=act.pk)


def _begin(order: Order, *, by: User, takes_back: BulkAct | None) -> BulkAct:
    """Store the decision and its act, the parent of the acts about each meeting, and return the decision."""
    act = BulkAct(kind=order.kind, takes_back=takes_back)
    act.act = start.start_many(writer=WRITER, about=act, by=by, word=order.word)
    act.save()
    return act


def _with_waiting_mails(meetings: Iterable[Meeting]) -> set[uuid.UUID]:
    """Return the keys of the meetings with a mail that still waits, failed or came back; two queries.

    Each of these could still be sent, by a worker or by `outbox.send_again`, although it is out of date.
    """
    rows = Invitation.objects.filter(meeting__in=[meeting.pk for meeting in meetings]).values_list("pk", "meeting")
    by_lane = {str(key): meeting for key, meeting in rows}
    is_settled = Q(state__in=_SETTLED) & ~Q(returned__in=OutboxMail.CAME_BACK)
    unsettled = OutboxMail.objects.filter(~is_settled, lane__in=by_lane)
    return {by_lane[lane] for lane in unsettled.values_list("lane", flat=True)}


def _do(
    act: BulkAct,
    meeting: Meeting,
    order: Order,
    earlier: Mapping[str, Any] | None,
    invited: _Invited,
    *,
    has_waiting: bool,
    by: User,
) -> BulkItem:
    """Change and save one meeting, start the acts that tell its invitees, log it, and return the unsaved item.

    A meeting that stays as it is gets an item without `undo_record`, whose sentence says why. `earlier` is the
    meeting's `undo_record` in the decision that is taken back. `has_waiting`: a mail about the meeting waits, failed
    or came back.
    """
    is_back = order.kind == BulkKind.TAKE_BACK
    if problem := _why_not_back(meeting, earlier) if is_back else why_not(meeting, order):
        return BulkItem(act=act, meeting=meeting, sentence=f"Bleibt, wie es ist. Es {problem}.")
    before, facts, was_draft = undo.snapshot(meeting), Facts.of(meeting), meeting.is_draft
    if is_back and earlier:
        undo.apply_snapshot(meeting, earlier["before"])
    else:
        apply_order(meeting, order)
    if not was_draft:
        changes.note(meeting, facts, by=by)
    meeting.version += 1
    meeting.save()
    told = _tell(act, meeting, facts, invited, word=order.word_for(meeting), has_waiting=has_waiting, by=by)
    done = _DONE[BulkKind(order.kind)]
    activity.record(f"hat „{meeting.title}“ {done}{dispatch.and_notifies(told)}", by=by, about=[meeting])
    sentence = f"{done[0].upper()}{done[1:]}. {dispatch.are_notified(told)}".strip()
    return BulkItem(act=act, meeting=meeting, sentence=sentence, undo_record=undo.undo_record(before, meeting))


def _why_not_back(meeting: Meeting, earlier: Mapping[str, Any] | None) -> str:
    """Say in German why this meeting is not brought back, "" when it is: a predicate whose subject is „Es“.

    `earlier` is its `undo_record` in the decision that is taken back.
    """
    if not earlier:
        return "war nicht dabei"
    if earlier["version"] != meeting.version:
        return "wurde seither geändert"
    if datetime.fromisoformat(earlier["before"]["starts_at"]) < timezone.now():
        return "läge dann in der Vergangenheit"
    return "ist vorbei" if meeting.is_past else ""


def _tell(
    act: BulkAct, meeting: Meeting, before: Facts, invited: _Invited, *, word: str, has_waiting: bool, by: User
) -> int:
    """Start the acts that the change needs, mark the changes as told, and return how many mails are wanted.

    Those whom a mail may have reached are told, waiting mails are superseded or replaced, and at a reinstatement those
    who were never mailed are invited. Does nothing for a draft, or where no fact that invitees know has changed.
    """
    after = Facts.of(meeting)
    if meeting.is_draft or not before.differences(after):
        return 0
    everybody, people = invited.everybody[meeting.pk], invited.mailable[meeting.pk]
    kind = MailingKind.CANCELLATION if after.is_cancelled else MailingKind.UPDATE
    options: dict[str, Any] = {"by": by, "word": word, "parent": act.act}
    acts = [changes.start(meeting, people, kind=kind, is_settled=not has_waiting, **options)] if people else []
    Change.objects.filter(meeting=meeting).undecided().update(decision=Decision.TOLD, act=acts[0] if acts else None)
    if after.is_cancelled and has_waiting:
        outbox.supersede_by_act([one.lane for one in everybody], act=acts[0] if acts else act.act)
    if not after.is_cancelled:
        acts += changes.renew_waiting(meeting, by=by, parent=act.act) if has_waiting else []
        if before.is_cancelled:
            acts += cancel.invite_never_mailed(meeting, **options)
    return sum(one.total for one in acts)


# --- Stopping, and taking back


class BulkReverter:
    """The reverter of a whole decision about many meetings (`mailroom.services.acts.writers.Reverter`)."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def lock(self) -> None:
        """Lock the changed meetings in the order of their keys."""
        self._locked_meetings()

    def _locked_meetings(self) -> dict[uuid.UUID, Meeting]:
        """Lock and return the changed meetings by key."""
        keys = BulkItem.objects.filter(act__act=self.act).exclude(undo_record=None).values("meeting")
        rows = Meeting.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
        return {meeting.pk: meeting for meeting in rows}

    def terms(self) -> Terms:
        """Return terms that never refuse the stop and restore the mails that the decision had superseded."""
        return Terms(gives_back=True)

    def undo(self, *, by: User) -> str:
        """Restore every meeting, and return a German sentence that says how many were changed since the act.

        Such a meeting keeps the later change; whether its invitees are told has to be decided again. Waiting mails of
        later acts are replaced by mails with the current facts. Logs the stop.
        """
        act, meetings = BulkAct.objects.select_related("takes_back").get(act=self.act), self._locked_meetings()
        items = BulkItem.objects.filter(act=act).exclude(undo_record=None)
        left = [item for item in items if not undo.restore(meetings[item.meeting_id], item.undo_record)]
        if act.takes_back:
            _accept_newer_versions(act.takes_back, [meetings[item.meeting_id] for item in items if item not in left])
        later = Act.objects.about(*meetings.values()).filter(created_at__gt=act.created_at, parent=None).not_stopped()
        for key in {uuid.UUID(key) for key in later.values_list("about_key", flat=True)}:
            for renewed in changes.renew_waiting(
                meetings[key], by=by
            ):  # later mails that still wait are replaced by mails with the current facts
                transaction.on_commit(partial(write.write_small, renewed))
        sentence = f"hat die Sammelaktion „{act.get_kind_display()}“ angehalten"
        activity.record(sentence, by=by, about=[act, *meetings.values()])
        rest = f" {len(left)} davon hat inzwischen jemand geändert; dort entscheiden Sie bitte selbst." if left else ""
        return f"Es geht keine Mail hinaus, und die Treffen sind wie vorher.{rest}"


def _accept_newer_versions(act: BulkAct, meetings: Iterable[Meeting]) -> None:
    """Store the current versions of these meetings in the decision's items, so that it can be taken back again.

    They are as the act left them, apart from the raised version.
    """
    for meeting in meetings:
        item = act.items.get(meeting=meeting)
        item.undo_record["version"] = meeting.version
        item.save(update_fields=["undo_record"])


def why_not_take_back(act: BulkAct) -> str:
    """Say in German why the act cannot be taken back, "" when it can."""
    if act.act.is_stopped:
        return "Diese Sammelaktion ist angehalten. Es ist alles, wie es war."
    if act.act.can_be_stopped:
        return "Solange noch keine Mail unterwegs ist, halten Sie die Sammelaktion einfach an."
    return "Diese Sammelaktion ist schon zurückgenommen." if act.taken_back_by else ""


def take_back(act: BulkAct, *, by: User, word: str = "") -> BulkAct:
    """Restore the meetings of an act to their state before it, by a new act that mails the invitees again.

    Meetings changed since stay as they are. Up to 200 mails in all are written before this returns, more by the
    workers. Returns the new decision. Raises NotTakenBack with a sentence, or NothingToDo.
    """
    if problem := why_not_take_back(act):
        raise NotTakenBack(problem)
    keys = list(act.items.exclude(undo_record=None).values_list("meeting", flat=True))
    new = _decide(keys, Order(kind=BulkKind.TAKE_BACK, word=word), _invited_to(keys), by=by, takes_back=act)
    write.write_parts(new.act)
    return new
