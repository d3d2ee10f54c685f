"""An act of sending: the decision is one short transaction, the mails are written after it, then a window to stop.

Every mail is one item. Who writes takes fifty items at a time by a conditional UPDATE with a lease, builds the mails
outside of any transaction and then writes them in one. A process that dies loses its lease and nothing else.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from common.fields import mailbox
from common.folding import email_key
from mailroom.models import OutboxMail
from mailroom.services import addresses, outbox
from meetings.enums import MailingKind, State
from meetings.mails import Letter
from meetings.models import Invitation, Mailing, MailingItem, Meeting
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

BATCH = 50  # items in one claim
AT_ONCE = 200  # mails up to which an act is written while she who decided waits
LEASE = timedelta(minutes=5)

_BEGUN = (OutboxMail.State.SENDING, OutboxMail.State.SENT, OutboxMail.State.UNCERTAIN)
_CANCELLED = "Das Treffen ist inzwischen abgesagt."
_UNFIT = "An diese Adresse lässt sich keine Mail schreiben."
_WITHDRAWN = "Die Einladung ist inzwischen zurückgezogen."
_ANSWERED = "Hat inzwischen geantwortet."


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
) -> Mailing:
    """Note that these invitations want a mail each; nothing is written yet. Call it inside the decision's transaction.

    A large act is left to the workers, who are nudged on commit; a small one to `finish_small`.
    """
    mailing = Mailing.objects.create(
        meeting=meeting, kind=kind, by=by, word=word, made_planned=made_planned, total=len(invitations)
    )
    MailingItem.objects.bulk_create(MailingItem(mailing=mailing, invitation=one) for one in invitations)
    addresses.stop_tokens(invitation.email for invitation in invitations)
    if mailing.total > AT_ONCE:
        transaction.on_commit(nudge)
    return mailing


def finish_small(mailing: Mailing) -> None:
    """Write the mails of a small act now; a large one is left to the workers. Call it after the decision's commit."""
    if mailing.total <= AT_ONCE:
        while render_batch(mailing):
            pass
        mailing.refresh_from_db()


def nudge() -> None:
    """Ask two workers to write; when the broker is away, beat's next look finds the items."""
    try:
        for _ in range(2):
            current_app.send_task("meetings.render")
    except (OperationalError, ChannelError, OSError) as error:
        logger.warning("broker away, the mails wait for the next look: %s", type(error).__name__)


def render_due() -> int:
    """Write every mail of every act that still waits for it; returns how many items were dealt with."""
    done = 0
    while count := render_batch():
        done += count
    return done


def render_batch(mailing: Mailing | None = None) -> int:
    """Claim up to fifty items (of this act alone, when given) and write their mails; returns how many were claimed."""
    worker = uuid.uuid4().hex
    items = _claim(worker, mailing)
    by_act: dict[uuid.UUID, list[MailingItem]] = {}
    for item in items:
        by_act.setdefault(item.mailing_id, []).append(item)
    for act_items in by_act.values():
        _write(act_items[0].mailing, _rendered(act_items), worker)
    return len(items)


def _claim(worker: str, mailing: Mailing | None) -> list[MailingItem]:
    """What the UPDATE changed is ours until the lease ends; the same on PostgreSQL and SQLite."""
    now = timezone.now()
    is_free = Q(rendered_at=None) & (Q(claimed_until=None) | Q(claimed_until__lt=now))
    waiting = MailingItem.objects.filter(is_free, mailing__state=Mailing.State.RENDERING)
    if mailing:
        waiting = waiting.filter(mailing=mailing)
    keys = list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return []
    MailingItem.objects.filter(is_free, pk__in=keys).update(claimed_by=worker, claimed_until=now + LEASE)
    mine = MailingItem.objects.filter(pk__in=keys, claimed_by=worker).order_by("pk")
    return list(
        mine.select_related("mailing__meeting__host", "invitation__contact__organisation", "invitation__network")
    )


def _rendered(items: list[MailingItem]) -> dict[int, OutboxMail | str]:
    """By item the prepared row, or in one sentence why there is none. Opens no transaction."""
    mailing = items[0].mailing
    letter = Letter(mailing.meeting, kind=MailingKind(mailing.kind), word=mailing.word)
    tokens = addresses.stop_tokens(item.invitation.email for item in items)
    first_ids = _first_message_ids(items) if mailing.kind == MailingKind.REMINDER else {}
    return {
        item.pk: _mail(item, letter, tokens[email_key(item.invitation.email)], first_ids.get(item.invitation.lane))
        for item in items
    }


def _mail(item: MailingItem, letter: Letter, stop_token: str, first_message_id: str | None) -> OutboxMail | str:
    mailing, invitation = item.mailing, item.invitation
    invitation.meeting = meeting = mailing.meeting
    if obstacle := _obstacle(mailing, invitation):
        return obstacle
    try:
        mailbox(invitation.email)  # before the standard library's parser falls over it
        message = letter.message(
            invitation, stop_token=stop_token, stamp=timezone.now(), first_message_id=first_message_id
        )
        return outbox.prepare(
            message,
            kind=mailing.kind,
            recipient=invitation.email,
            lane=invitation.lane,
            version=invitation.mail_version,
            key=f"invitation:{invitation.pk}:{invitation.mail_version}",
            act=mailing.pk,
            is_held=True,
            expires_at=meeting.starts_at,
            about_url=meeting.get_absolute_url(),
            about_label=meeting.title,
        )
    except ValueError as error:
        logger.warning("mail of invitation %s cannot be built: %s", invitation.pk, error)
        return _UNFIT


def _obstacle(mailing: Mailing, invitation: Invitation) -> str:
    """Say in German what has happened since the decision so that she gets no mail, "" when nothing has."""
    if invitation.withdrawn_at is not None:
        return _WITHDRAWN
    return _ANSWERED if mailing.kind == MailingKind.REMINDER and invitation.answer else ""


def _first_message_ids(items: list[MailingItem]) -> dict[str, str]:
    """By lane the Message-ID of the first mail that left, so that a reminder stands below the invitation."""
    sent = OutboxMail.objects.filter(lane__in=[item.invitation.lane for item in items], sent_at__isnull=False)
    return dict(sent.order_by("-version", "-created_at").values_list("lane", "message_id"))


@transaction.atomic
def _write(mailing: Mailing, rendered: dict[int, OutboxMail | str], worker: str) -> None:
    """Only writes: the rows of those items that are still ours, and the end of the act when these were the last.

    Under the lock of the meeting, like answers, so that whoever has answered by now gets no reminder.
    """
    now = timezone.now()
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=mailing.meeting_id)
    if Mailing.objects.select_for_update().get(pk=mailing.pk).state != Mailing.State.RENDERING:
        return
    ours = MailingItem.objects.filter(pk__in=rendered, claimed_by=worker, rendered_at=None)
    found = {
        item.pk: _CANCELLED if meeting.is_cancelled else _obstacle(mailing, item.invitation) or rendered[item.pk]
        for item in ours.select_related("invitation")
    }
    outbox.insert([mail for mail in found.values() if isinstance(mail, OutboxMail)])
    MailingItem.objects.filter(pk__in=found).update(rendered_at=now, claimed_until=None)
    for pk, problem in found.items():
        if isinstance(problem, str):
            MailingItem.objects.filter(pk=pk).update(problem=problem[:300])
    if not MailingItem.objects.filter(mailing=mailing, rendered_at=None).exists():
        _release(mailing)


def _release(mailing: Mailing) -> None:
    """The window to stop begins when the last mail is written; whoever changes the row releases, nobody twice."""
    leaves_at = timezone.now() + timedelta(seconds=settings.MAIL_GRACE_SECONDS)
    rendering = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.RENDERING)
    if rendering.update(state=Mailing.State.RELEASED, leaves_at=leaves_at, updated_at=timezone.now()):
        outbox.release(mailing.pk, not_before=leaves_at)


def can_stop(mailing: Mailing) -> bool:
    """Whether nothing of the act has left yet: it is being written, or its window is open."""
    if mailing.state == Mailing.State.RELEASED:
        return mailing.leaves_at is not None and timezone.now() < mailing.leaves_at
    return mailing.state == Mailing.State.RENDERING


@transaction.atomic
def stop(mailing: Mailing, *, by: User) -> Stopped:
    """Stop the act: no further mail leaves, who was invited by it alone is not invited, a draft is a draft again.

    Whom it was to remind stays invited, and her next mail simply has a higher version. Raises NotStoppable with a
    sentence for the person.
    """
    meeting = Meeting.objects.select_for_update().get(pk=mailing.meeting_id)
    mailing = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if mailing.state == Mailing.State.STOPPED:
        raise NotStoppable("Diese Sendung ist schon angehalten.")
    if not can_stop(mailing):
        raise NotStoppable("Die Mails sind schon auf dem Weg und lassen sich nicht mehr anhalten.")
    mailing.state, mailing.stopped_at = Mailing.State.STOPPED, timezone.now()
    mailing.save(update_fields=["state", "stopped_at", "updated_at"])
    outbox.cancel(mailing.pk)
    if mailing.kind == MailingKind.INVITATION:
        _uninvite(mailing)
    if mailing.made_planned and meeting.state == State.PLANNED and not meeting.invitations.exists():
        Meeting.objects.filter(pk=meeting.pk).update(
            state=State.DRAFT, version=F("version") + 1, updated_at=timezone.now()
        )
    sentence = f"hat die Sendung „{mailing.get_kind_display()}“ an {mailing.total} Personen angehalten"
    activity.record(sentence, by=by, about=[meeting])
    return _stopped(mailing.total, outbox.fates(mailing.pk))


def _stopped(total: int, fates: dict[str, int]) -> Stopped:
    left = sum(fates.get(state, 0) for state in _BEGUN)
    return Stopped(left=left, kept=total - left)


def _uninvite(mailing: Mailing) -> None:
    """Take back the invitations of the act that nobody outside knows of: no mail left, no answer, no call.

    Whom an earlier act has invited stays so, even though no mail of hers has arrived.
    """
    earlier = MailingItem.objects.exclude(mailing=mailing).filter(mailing__meeting=mailing.meeting_id)
    new = Invitation.objects.filter(mailing_items__mailing=mailing, answer="", responses=None, call_notes=None)
    by_lane = {invitation.lane: invitation.pk for invitation in new.exclude(pk__in=earlier.values("invitation"))}
    mails = OutboxMail.objects.filter(lane__in=by_lane).exclude(state=OutboxMail.State.CANCELLED)
    for lane in mails.values_list("lane", flat=True).distinct():
        by_lane.pop(lane, None)
    Invitation.objects.filter(pk__in=by_lane.values()).delete()


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
