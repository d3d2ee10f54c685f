"""An act of sending: the decision is one short transaction, the mails are written after it, then a window to stop.

Every mail is one item; `writing` writes them.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from mailroom.models import OutboxMail
from mailroom.services import addresses, outbox
from meetings.enums import BulkKind, Decision, MailingKind, State
from meetings.models import BulkAct, BulkItem, Change, Facts, Invitation, Mailing, MailingItem, Meeting
from meetings.services import writing
from partners.models import Contact, Organisation
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

AT_ONCE = 200  # mails up to which an act is written while she who decided waits

_BEGUN = (OutboxMail.State.SENDING, OutboxMail.State.SENT, OutboxMail.State.UNCERTAIN)


class NotStoppable(ValueError):
    """The act was stopped before, or its mails are on their way; the sentence says which."""


@dataclass(frozen=True)
class Progress:
    """How far an act is: items written of all, items with a problem, mails by state (`OutboxMail.State`)."""

    total: int
    written: int
    problems: list[MailingItem]
    fates: dict[str, int]

    @property
    def stopped(self) -> "Stopped":
        """What stopping the act has achieved, once it is stopped."""
        return _stopped(self.total, self.fates)


@dataclass(frozen=True)
class Stopped:
    """What stopping an act achieved: mails that had begun to leave before, and those that never will."""

    left: int
    kept: int

    def __str__(self) -> str:
        if not self.left:
            return "Keine Mail dieser Sendung geht hinaus."
        if not self.kept:
            return "Alle Mails waren schon unterwegs."
        gone = "1 Mail war schon unterwegs" if self.left == 1 else f"{self.left} Mails waren schon unterwegs"
        return f"{gone}, {self.kept} {'geht' if self.kept == 1 else 'gehen'} nicht hinaus."


def start(
    meeting: Meeting,
    invitations: Sequence[Invitation],
    *,
    kind: MailingKind,
    by: User,
    word: str = "",
    made_planned: bool = False,
    bulk: BulkAct | None = None,
) -> Mailing:
    """Note that these invitations want a mail each; nothing is written yet. Call it inside the decision's transaction.

    A large act is left to the workers, who are nudged on commit; a small one to `finish_small`. One that is part of a
    decision about many meetings is released with the others.
    """
    mailing = Mailing.objects.create(
        meeting=meeting, kind=kind, by=by, word=word, made_planned=made_planned, total=len(invitations), bulk=bulk
    )
    MailingItem.objects.bulk_create(MailingItem(mailing=mailing, invitation=one) for one in invitations)
    if not bulk:  # a decision about many has seen to it before it began
        addresses.stop_tokens(invitation.email for invitation in invitations)
    if mailing.total > AT_ONCE:
        transaction.on_commit(nudge)
    return mailing


def persons(number: int) -> str:
    """„einer Person“, „12 Personen“."""
    return "einer Person" if number == 1 else f"{number} Personen"


def _as_is(value: Any) -> Any:
    return value


# What a decision may change of a meeting, and how it is read from what was stored.
_KEPT: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("state", "sequence", "facts_version", "format", "place", "online_link"), _as_is),
    **dict.fromkeys(("host_id", "responsible_id"), _as_is),
    **dict.fromkeys(("starts_at", "ends_at"), datetime.fromisoformat),
    "answer_deadline_on": date.fromisoformat,
}


def snapshot(meeting: Meeting) -> dict[str, Any]:
    """What a decision may change of a meeting, as it is before it, to be stored."""
    return {name: _stored(getattr(meeting, name)) for name in _KEPT}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def kept(before: dict[str, Any], meeting: Meeting) -> dict[str, Any]:
    """What `put_back` needs, to be stored; `before` is a snapshot, `meeting` is as the decision left it."""
    return {"before": before, "version": meeting.version, "facts_version": meeting.facts_version}


OF_THE_WITHDRAWN = ("withdrawn_at", "extra_sequence", "answer", "mode", "comment", "answered_at", "answered_via")


def snapshot_of(invitation: Invitation) -> dict[str, Any]:
    """What inviting somebody again who had been taken off the list changes of her row, as it is before."""
    return {"pk": str(invitation.pk), **{name: _stored(getattr(invitation, name)) for name in OF_THE_WITHDRAWN}}


def remember_withdrawn(mailing: Mailing, rows: Sequence[dict[str, Any]]) -> None:
    """Note who stands on the list again by this act, for who stops it."""
    if rows:
        mailing.put_back = {"withdrawn": rows}
        Mailing.objects.filter(pk=mailing.pk).update(put_back=mailing.put_back)


def finish_small(mailing: Mailing) -> None:
    """Write the mails of a small act now; a large one is left to the workers. Call it after the decision's commit."""
    if mailing.total <= AT_ONCE:
        while writing.render_batch(mailing):
            pass
        mailing.refresh_from_db()


def nudge() -> None:
    """Ask two workers to write; when the broker is away, beat's next look finds the items."""
    try:
        for _ in range(2):
            current_app.send_task("meetings.render")
    except (OperationalError, ChannelError, OSError) as error:
        logger.warning("broker away, the mails wait for the next look: %s", type(error).__name__)


def can_stop(mailing: Mailing) -> bool:
    """Whether nothing of the act has left yet: it is being written, or its window is open."""
    if mailing.state == Mailing.State.RELEASED:
        return mailing.leaves_at is not None and timezone.now() < mailing.leaves_at
    return mailing.state == Mailing.State.RENDERING


@transaction.atomic
def stop(mailing: Mailing, *, by: User) -> Stopped:
    """Stop the act: no further mail leaves, who was invited by it alone is not invited, a draft is a draft again.

    Whom it was to remind stays invited, and her next mail simply has a higher version. What took the place of its mails
    because the meeting was changed meanwhile is stopped with it. Raises NotStoppable with a sentence for the person.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=mailing.meeting_id)
    mailing = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if problem := _why_it_goes_on(mailing, meeting):
        raise NotStoppable(problem)
    for renewed in _renewed(mailing):
        stop(renewed, by=by)
    take_back(mailing, meeting)
    if _takes_back(mailing) and has_begun(mailing):
        raise NotStoppable("Die ersten Mails sind schon auf dem Weg, deshalb lässt sich das nicht mehr anhalten.")
    if mailing.put_back and "before" in mailing.put_back:
        put_back(meeting, mailing.put_back)
    sentence = f"hat die Sendung „{mailing.get_kind_display()}“ an {persons(mailing.total)} angehalten"
    activity.record(sentence, by=by, about=[meeting])
    return _stopped(mailing.total, outbox.fates(mailing.pk))


def concerned(mailing: Mailing) -> list[Contact | Organisation]:
    """The people that the act writes to and where they are, for the log; one query."""
    people = Contact.objects.filter(invitations__mailing_items__mailing=mailing).select_related("organisation")
    return [row for contact in people for row in (contact, contact.organisation)]


def take_back(mailing: Mailing, meeting: Meeting) -> None:
    """Stop the act's mails and undo what it did to invitations. In the caller's transaction, under its locks."""
    mailing.state, mailing.stopped_at = Mailing.State.STOPPED, timezone.now()
    mailing.save(update_fields=["state", "stopped_at", "updated_at"])
    # Where the decision stands, what it set aside says what is true no more.
    outbox.cancel(mailing.pk, gives_back=_takes_back(mailing) and not _has_changed_since(mailing))
    mailing.changes.update(decision=Decision.OPEN, mailing=None)
    _untell(mailing)
    if mailing.kind == MailingKind.INVITATION:
        _uninvite(mailing)
        _withdraw_again(mailing)
    elif mailing.kind == MailingKind.WITHDRAWAL:
        _unwithdraw(mailing)
    if mailing.made_planned and meeting.state == State.PLANNED and not meeting.invitations.exists():
        meeting.state = State.DRAFT
        meeting.version += 1
        meeting.save(update_fields=["state", "version", "updated_at"])


def _takes_back(mailing: Mailing) -> bool:
    """Whether stopping it also takes back a decision about the meeting, or about who is on its list."""
    is_kept = mailing.bulk_id is not None or "before" in (mailing.put_back or {})
    return is_kept or mailing.kind == MailingKind.WITHDRAWAL


def _has_changed_since(mailing: Mailing) -> bool:
    return Change.objects.filter(meeting=mailing.meeting_id, at__gt=mailing.created_at).exists()


def has_begun(mailing: Mailing) -> bool:
    """Whether one of its mails may have left."""
    return OutboxMail.objects.of_act(mailing.pk).may_have_left().exists()


def _why_it_goes_on(mailing: Mailing, meeting: Meeting) -> str:
    """Say in German why the act cannot be stopped any more, "" when it can."""
    if mailing.state == Mailing.State.STOPPED:
        return "Diese Sendung ist schon angehalten."
    if mailing.bulk_id:
        return "Diese Sendung gehört zu einer Sammelaktion und lässt sich nur mit ihr anhalten."
    if not can_stop(mailing):
        return "Die Mails sind schon auf dem Weg und lassen sich nicht mehr anhalten."
    if mailing.kind == MailingKind.WITHDRAWAL and meeting.is_cancelled:
        return "Das Treffen ist inzwischen abgesagt, deshalb bleibt die Einladung zurückgenommen."
    set_aside = OutboxMail.objects.filter(superseded_act=mailing.pk, state=OutboxMail.State.SUPERSEDED)
    if mailing.kind == MailingKind.CANCELLATION and set_aside.exists() and _has_changed_since(mailing):
        return "Das Treffen wurde seitdem geändert. Bitte nehmen Sie die Absage zurück: Dann erfahren alle, was gilt."
    return ""


def _renewed(mailing: Mailing) -> list[Mailing]:
    """The acts that say anew what this one said, since the meeting was changed before its mails had left."""
    mails = OutboxMail.objects.of_act(mailing.pk).filter(state=OutboxMail.State.SUPERSEDED)
    newer = Mailing.objects.filter(pk__in=mails.values("superseded_act"), kind=mailing.kind)
    return list(newer.filter(meeting=mailing.meeting_id).exclude(state=Mailing.State.STOPPED))


def _untell(mailing: Mailing) -> None:
    """Whose mail has not left knows what she knew before."""
    mails, items = OutboxMail.objects.of_act(mailing.pk), mailing.items.filter(problem="").exclude(told_before=None)
    if mails.exclude(state=OutboxMail.State.CANCELLED).exists():
        kept = mails.filter(state=OutboxMail.State.CANCELLED).values_list("lane", flat=True)
        items = items.filter(invitation__in=[uuid.UUID(lane) for lane in kept])
    known: dict[int, list[uuid.UUID]] = {}
    for invitation, told in items.values_list("invitation", "told_before"):
        known.setdefault(told or 0, []).append(invitation)
    for told, invitations in known.items():
        Invitation.objects.filter(pk__in=invitations).update(told_version=told)


def _unwithdraw(mailing: Mailing) -> None:
    """She stands on the list again; SEQUENCE goes back with it, since no mail has left with the higher one."""
    withdrawn = Invitation.objects.filter(mailing_items__mailing=mailing)
    withdrawn.update(withdrawn_at=None, extra_sequence=F("extra_sequence") - 1, updated_at=timezone.now())


def _withdraw_again(mailing: Mailing) -> None:
    """Whoever had been taken off the list is so again, unless she has answered since or the mail had left."""
    rows = {row["pk"]: row for row in (mailing.put_back or {}).get("withdrawn", [])}
    left = OutboxMail.objects.of_act(mailing.pk).filter(lane__in=rows).exclude(state=OutboxMail.State.CANCELLED)
    for invitation in Invitation.objects.filter(pk__in=rows, answer="").exclude(
        pk__in=[lane for (lane,) in left.values_list("lane")]
    ):
        before = {name: value for name, value in rows[str(invitation.pk)].items() if name in OF_THE_WITHDRAWN}
        for name, value in before.items():
            field: Any = Invitation._meta.get_field(name)
            setattr(invitation, name, field.to_python(value))
        invitation.save(update_fields=[*before, "updated_at"])


def put_back(meeting: Meeting, kept: dict[str, Any]) -> bool:
    """Give the meeting back what the decision took, unless somebody has changed it since: then only its state.

    What was told is undone with it; where the meeting stays changed, the change is open again. Returns whether all of
    it was put back.
    """
    before, is_as_left = kept["before"], kept["version"] == meeting.version
    is_alone = meeting.facts_version == kept["facts_version"]  # else somebody else has counted, too
    changes = Change.objects.filter(meeting=meeting, number__gt=before["facts_version"]).order_by("number")
    _set(meeting, before, _KEPT if is_as_left else ["state"])
    first, now = changes.first(), Facts.of(meeting)
    is_undone = is_as_left or (is_alone and first is not None and not first.facts_before.differences(now))
    if is_undone:
        _set(meeting, before, ["sequence", "facts_version"])
        changes.delete()
    else:
        changes.filter(decision=Decision.TOLD).update(decision=Decision.OPEN, mailing=None)
    meeting.version += 1
    meeting.save()
    _forget_what_is_undone(meeting)
    if meeting.is_cancelled:
        _let_no_invitation_leave(meeting)
    return is_as_left


def _forget_what_is_undone(meeting: Meeting) -> None:
    """Nobody knows, or has answered to, more than there is: what is counted anew later is another change."""
    rows = Invitation.objects.filter(meeting=meeting)
    rows.filter(told_version__gt=meeting.facts_version).update(told_version=meeting.facts_version)
    rows.filter(answered_sequence__gt=meeting.sequence).update(answered_sequence=meeting.sequence)


def _let_no_invitation_leave(meeting: Meeting) -> None:
    """Who was to be invited to what takes place after all is not, now that it stays called off."""
    lanes = [str(pk) for pk in meeting.invitations.values_list("pk", flat=True)]
    waiting = OutboxMail.objects.filter(lane__in=lanes, kind=MailingKind.INVITATION, state__in=OutboxMail.SUPERSEDABLE)
    outbox.set_aside(list(waiting.values_list("lane", flat=True)), act=meeting.pk)


def set_back(meeting: Meeting, before: dict[str, Any]) -> None:
    """Set on the unsaved object what the snapshot says; what counts changes goes on counting."""
    _set(meeting, before, [name for name in _KEPT if name not in ("sequence", "facts_version")])


def _set(meeting: Meeting, before: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        setattr(meeting, name, _KEPT[name](before[name]) if before[name] is not None else None)


def _stopped(total: int, fates: dict[str, int]) -> Stopped:
    left = sum(fates.get(state, 0) for state in _BEGUN)
    return Stopped(left=left, kept=total - left)


def _uninvite(mailing: Mailing) -> None:
    """Take back the invitations of the act that nobody outside knows of: no mail left, no answer, no call.

    Whom an earlier act has invited stays so even though no mail of hers has arrived, unless this one took its place.
    """
    earlier = MailingItem.objects.exclude(mailing=mailing).filter(mailing__meeting=mailing.meeting_id)
    unwritten = earlier.filter(Q(rendered_at=None) | ~Q(problem="")).exclude(mailing__state=Mailing.State.STOPPED)
    new = Invitation.objects.filter(mailing_items__mailing=mailing, answer="", responses=None, call_notes=None)
    new = new.exclude(pk__in=[row["pk"] for row in (mailing.put_back or {}).get("withdrawn", [])])
    by_lane = {invitation.lane: invitation.pk for invitation in new.exclude(pk__in=unwritten.values("invitation"))}
    never_left = Q(state__in=[OutboxMail.State.CANCELLED, OutboxMail.State.SUPERSEDED], unanswered=0)
    mails = OutboxMail.objects.filter(lane__in=by_lane).exclude(never_left)
    for lane in {*mails.values_list("lane", flat=True), *_called_off_before_it_left(mailing, by_lane)}:
        by_lane.pop(lane, None)
    Invitation.objects.filter(pk__in=by_lane.values()).delete()


def _called_off_before_it_left(mailing: Mailing, lanes: Iterable[str]) -> Iterable[str]:
    """Return those of the lanes whose earlier invitation was stopped by calling the meeting off.

    They were invited before this act, which says it again since the meeting takes place after all.
    """
    called_off = Mailing.objects.filter(meeting=mailing.meeting_id, kind=MailingKind.CANCELLATION).values("pk")
    in_bulk = BulkItem.objects.filter(meeting=mailing.meeting_id, act__kind=BulkKind.CANCEL).values("act")
    by = Q(superseded_act=mailing.meeting_id) | Q(superseded_act__in=called_off) | Q(superseded_act__in=in_bulk)
    invited = OutboxMail.objects.filter(by, lane__in=lanes, kind=MailingKind.INVITATION)
    return invited.filter(state=OutboxMail.State.SUPERSEDED).values_list("lane", flat=True)


def progress(mailing: Mailing) -> Progress:
    """How far the act is, in three queries."""
    counted = MailingItem.objects.filter(mailing=mailing).aggregate(written=Count("rendered_at"))
    problems = MailingItem.objects.filter(mailing=mailing).exclude(problem="")
    return Progress(
        total=mailing.total,
        written=counted["written"],
        problems=list(problems.select_related("invitation__contact__organisation")),
        fates=outbox.fates(mailing.pk),
    )
