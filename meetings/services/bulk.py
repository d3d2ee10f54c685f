"""One decision about many meetings: called off, postponed, online, back in person, handed over, and taken back.

The decision is one short transaction: rows only. The mails are written after it, by workers when there are many, and
released together. What each meeting was before stands at its item, for who stops the act or takes it back later.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from mailroom.models import OutboxMail
from mailroom.services import addresses, outbox
from meetings.enums import BulkKind, Decision, MailingKind
from meetings.models import BulkAct, BulkItem, Change, Facts, Invitation, Mailing, MailingItem, Meeting
from meetings.services import cancellations, changes, mailings
from meetings.services.orders import Order, changed, why_not
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
# What the decision reads of an invitation and its contact; the fewer, the shorter everybody waits for the writer.
_READ = ("meeting", "email", "contact__email", "contact__email_folded")
_SETTLED = (OutboxMail.State.SENT, OutboxMail.State.SUPERSEDED, OutboxMail.State.CANCELLED)
_BUSY = (*OutboxMail.WAITING, *OutboxMail.IN_HAND)


class NothingToDo(ValueError):
    """None of the chosen meetings can be changed this way."""


class NotStoppable(ValueError):
    """The act was stopped or taken back before, or its mails are on their way; the sentence says which."""


def carry_out(meetings: Sequence[Meeting], order: Order, *, by: User) -> BulkAct:
    """Do it to all of these that can be changed this way; those that cannot are noted with the reason.

    Few mails are written when this returns, many by the workers. Raises NothingToDo.
    """
    addresses.stop_tokens(
        Invitation.objects.filter(meeting__in=[one.pk for one in meetings]).values_list("email", flat=True)
    )
    keys = [meeting.pk for meeting in meetings]
    act = _decide(keys, order, _invited_to(keys), by=by)
    _finish(act)
    return act


def _finish(act: BulkAct) -> None:
    """Write the mails now when they are few, else ask the workers; an act without a mail is done."""
    waiting = MailingItem.objects.filter(mailing__bulk=act, rendered_at=None).count()
    if waiting > mailings.AT_ONCE:
        mailings.nudge()
        return
    for mailing in Mailing.objects.filter(bulk=act):
        mailings.finish_small(mailing)
    act.refresh_from_db()


@dataclass(frozen=True)
class _Invited:
    """Who is invited, and who of them can be told, by meeting; `seen` shows whether that still holds."""

    seen: tuple[Any, ...]
    everybody: dict[uuid.UUID, list[Invitation]]
    mailable: dict[uuid.UUID, list[Invitation]]


def _invited_to(keys: Collection[uuid.UUID]) -> _Invited:
    """Read it before the decision: from its locks on, whoever answers waits until it is over."""
    seen = _seen(keys)
    everybody: dict[uuid.UUID, list[Invitation]] = {key: [] for key in keys}
    for one in Invitation.objects.filter(meeting__in=keys).valid().select_related("contact").only(*_READ):
        everybody[one.meeting_id].append(one)
    return _Invited(seen, everybody, {key: changes.mailable(found) for key, found in everybody.items()})


def _seen(keys: Collection[uuid.UUID]) -> tuple[Any, ...]:
    """What `_Invited` depends on, without a model for each row; two queries."""
    rows = Invitation.objects.filter(meeting__in=keys).valid().order_by("pk")
    invited = list(rows.values_list("pk", "email", "contact__email", "contact__email_folded"))
    arrived = OutboxMail.objects.filter(lane__in=[str(pk) for pk, *_ in invited]).may_have_arrived()
    return invited, set(arrived.values_list("lane", flat=True))


@transaction.atomic
def _decide(
    keys: Sequence[uuid.UUID], order: Order, invited: _Invited, *, by: User, takes_back: BulkAct | None = None
) -> BulkAct:
    """The decision: rows, no mails. Always locks meetings in one order, so that two decisions never wait in a ring."""
    rows = Meeting.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    meetings = sorted(rows.select_related("host").prefetch_related("networks"), key=lambda one: (one.starts_at, one.pk))
    if takes_back and (problem := why_not_take_back(BulkAct.objects.select_for_update().get(pk=takes_back.pk))):
        raise NotStoppable(problem)  # asked once more under its lock: a second press comes later
    act = BulkAct.objects.create(kind=order.kind, by=by, word=order.word, takes_back=takes_back)
    earlier = dict(takes_back.items.values_list("meeting", "put_back")) if takes_back else {}
    if invited.seen != _seen(keys):  # somebody was invited, or a mail arrived, while we waited for the locks
        invited = _invited_to(keys)
    waiting = _with_waiting_mails(meetings)
    items = [
        _do(act, meeting, order, earlier.get(meeting.pk), invited, has_waiting=meeting.pk in waiting, by=by)
        for meeting in meetings
    ]
    done = [item.meeting for item in items if item.put_back]
    if not done:
        raise NothingToDo
    BulkItem.objects.bulk_create(items)
    told = sum(Mailing.objects.filter(bulk=act).values_list("total", flat=True))
    if not told:
        leaves_at = timezone.now() + timedelta(seconds=settings.MAIL_GRACE_SECONDS)
        BulkAct.objects.filter(pk=act.pk).update(state=BulkAct.State.RELEASED, leaves_at=leaves_at)
    activity.record(f"hat {len(done)} Treffen {_DONE[order.kind]}{_and_tells(told)}", by=by, about=[act])
    return act


def _with_waiting_mails(meetings: Iterable[Meeting]) -> set[uuid.UUID]:
    """The meetings of which a mail has not left yet, or has failed, by key; two queries for all."""
    rows = Invitation.objects.filter(meeting__in=[meeting.pk for meeting in meetings]).values_list("pk", "meeting")
    by_lane = {str(key): meeting for key, meeting in rows}
    unsettled = OutboxMail.objects.filter(lane__in=by_lane).exclude(state__in=_SETTLED)
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
    """One meeting: change it, and start the acts for who has to be told."""
    is_back = order.kind == BulkKind.TAKE_BACK
    if problem := _why_not_back(meeting, earlier) if is_back else why_not(meeting, order):
        return BulkItem(act=act, meeting=meeting, sentence=f"Bleibt, wie es ist. Es {problem}.")
    before, facts, was_draft = mailings.snapshot(meeting), Facts.of(meeting), meeting.is_draft
    if is_back and earlier:
        mailings.set_back(meeting, earlier["before"])
    else:
        changed(meeting, order)
    if not was_draft:
        changes.note(meeting, facts, by=by)
    meeting.version += 1
    meeting.save()
    told = _tell(act, meeting, facts, invited, word=order.word_for(meeting), has_waiting=has_waiting, by=by)
    said = f"{_DONE[BulkKind(order.kind)]}{_and_tells(told)}"
    activity.record(f"hat „{meeting.title}“ {said}", by=by, about=[meeting])
    sentence = f"{said[0].upper()}{said[1:]}."
    return BulkItem(act=act, meeting=meeting, sentence=sentence, put_back=mailings.kept(before, meeting))


def _why_not_back(meeting: Meeting, earlier: Mapping[str, Any] | None) -> str:
    """Say in German why this meeting is not brought back, "" when it is."""
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
    """Start the acts that the change needs; how many people get a mail. Nobody where nothing they know is different."""
    after = Facts.of(meeting)
    if meeting.is_draft or not before.differences(after):
        return 0
    everybody, people = invited.everybody[meeting.pk], invited.mailable[meeting.pk]
    kind = MailingKind.CANCELLATION if after.is_cancelled else MailingKind.UPDATE
    start = partial(changes.start, meeting, kind=kind, by=by, word=word, bulk=act, is_settled=not has_waiting)
    acts = [start(people)] if people else []
    Change.objects.filter(meeting=meeting).undecided().update(decision=Decision.TOLD, mailing=acts[0] if acts else None)
    if after.is_cancelled and has_waiting:
        outbox.set_aside([one.lane for one in everybody], act=acts[0].pk if acts else act.pk)
    if not after.is_cancelled:
        acts += changes.renew_waiting(meeting, by=by, bulk=act) if has_waiting else []
        if before.is_cancelled:
            acts += cancellations.invite_the_unheard(meeting, by=by, word=word, bulk=act)
    return sum(one.total for one in acts)


def _and_tells(number: int) -> str:
    return f" und sagt es {mailings.persons(number)}" if number else ""


# --- Stopping, and taking back


def can_stop(act: BulkAct) -> bool:
    """Whether nothing of the act has left yet: its mails are being written, or its window is open."""
    if act.state == BulkAct.State.RELEASED:
        return act.leaves_at is not None and timezone.now() < act.leaves_at
    return act.state == BulkAct.State.RENDERING


@transaction.atomic
def stop(act: BulkAct, *, by: User) -> int:
    """Undo the whole act while its window runs: no mail leaves, every meeting is as it was. Returns how many are not.

    A meeting that somebody has changed meanwhile keeps that; what it would tell is open again. Raises NotStoppable.
    """
    meetings = _locked(act)
    act = BulkAct.objects.select_for_update().get(pk=act.pk)
    if act.state == BulkAct.State.STOPPED:
        raise NotStoppable("Diese Sammelaktion ist schon angehalten.")
    if not can_stop(act):
        raise NotStoppable("Die Mails sind schon auf dem Weg. Sie können die Sammelaktion aber zurücknehmen.")
    act.state, act.stopped_at = BulkAct.State.STOPPED, timezone.now()
    act.save(update_fields=["state", "stopped_at", "updated_at"])
    for mailing in Mailing.objects.select_for_update().filter(bulk=act).exclude(state=Mailing.State.STOPPED):
        mailings.take_back(mailing, meetings[mailing.meeting_id])
        if mailings.has_begun(mailing):
            raise NotStoppable("Die ersten Mails sind schon auf dem Weg. Nehmen Sie die Sammelaktion bitte zurück.")
    outbox.cancel(act.pk)  # gives back what nobody had heard of
    items = BulkItem.objects.filter(act=act).exclude(put_back=None)
    left = [item for item in items if not mailings.put_back(meetings[item.meeting_id], item.put_back)]
    if act.takes_back:
        _let_it_be_taken_back(act.takes_back, [meetings[item.meeting_id] for item in items if item not in left])
    later = Mailing.objects.filter(meeting__in=meetings, created_at__gt=act.created_at, bulk=None)
    for key in set(later.exclude(state=Mailing.State.STOPPED).values_list("meeting", flat=True)):
        for renewed in changes.renew_waiting(meetings[key], by=by):  # who was invited meanwhile hears what is true now
            transaction.on_commit(partial(mailings.finish_small, renewed))
    sentence = f"hat die Sammelaktion „{act.get_kind_display()}“ angehalten"
    activity.record(sentence, by=by, about=[act, *meetings.values()])
    return len(left)


def _let_it_be_taken_back(act: BulkAct, meetings: Iterable[Meeting]) -> None:
    """These are again as the act left them, only counted on."""
    for meeting in meetings:
        item = act.items.get(meeting=meeting)
        item.put_back["version"] = meeting.version
        item.save(update_fields=["put_back"])


def _locked(act: BulkAct) -> dict[uuid.UUID, Meeting]:
    keys = BulkItem.objects.filter(act=act).exclude(put_back=None).values("meeting")
    rows = Meeting.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return {meeting.pk: meeting for meeting in rows}


def why_not_take_back(act: BulkAct) -> str:
    """Say in German why the act cannot be taken back, "" when it can."""
    if act.state == BulkAct.State.STOPPED:
        return "Diese Sammelaktion ist angehalten. Es ist alles, wie es war."
    if can_stop(act):
        return "Solange noch keine Mail unterwegs ist, halten Sie die Sammelaktion einfach an."
    return "Diese Sammelaktion ist schon zurückgenommen." if act.taken_back_by else ""


def take_back(act: BulkAct, *, by: User, word: str = "") -> BulkAct:
    """Bring the meetings of an act back to what they were, as a new act; who was told is told again.

    What has been changed since stays. Raises NotStoppable with a sentence, or NothingToDo.
    """
    if problem := why_not_take_back(act):
        raise NotStoppable(problem)
    keys = list(act.items.exclude(put_back=None).values_list("meeting", flat=True))
    new = _decide(keys, Order(kind=BulkKind.TAKE_BACK, word=word), _invited_to(keys), by=by, takes_back=act)
    _finish(new)
    return new


# --- How far it is


@dataclass(frozen=True)
class Progress:
    """Mails to be written, written, and by state; per meeting its item and its own numbers."""

    total: int
    written: int
    fates: dict[str, int]
    problems: int

    @property
    def is_busy(self) -> bool:
        """Whether something still happens by itself."""
        return self.written < self.total or any(self.fates.get(state) for state in _BUSY)


def progress(act: BulkAct) -> Progress:
    """How far the act is, in three queries, however many meetings."""
    items = MailingItem.objects.filter(mailing__bulk=act)
    counted = items.aggregate(total=Count("pk"), written=Count("rendered_at"))
    acts = list(Mailing.objects.filter(bulk=act).values_list("pk", flat=True))
    fates = OutboxMail.objects.filter(act__in=acts).order_by().values_list("state").annotate(Count("pk"))
    return Progress(fates=dict(fates), problems=items.exclude(problem="").count(), **counted)
