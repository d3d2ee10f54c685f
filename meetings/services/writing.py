"""Writing the mails of an act of sending, a few at a time, in the request or by workers.

Who writes takes a hundred items by a conditional UPDATE with a lease, builds the mails outside of any transaction and
then writes them in one. A process that dies loses its lease and nothing else.
"""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.folding import email_key
from mailroom.models import OutboxMail
from mailroom.services import addresses, disk, outbox
from meetings.enums import MailingKind
from meetings.mails import Letter
from meetings.models import BulkAct, Change, Facts, Invitation, Mailing, MailingItem, Meeting

logger = logging.getLogger(__name__)

BATCH = 100  # items in one claim
LEASE = timedelta(minutes=5)
# Who is on her way, or waits in the room, wants to know; an invitation is of no use once it has begun.
_OF_USE_UNTIL_THE_END = (MailingKind.UPDATE, MailingKind.CANCELLATION, MailingKind.WITHDRAWAL)

CANCELLED = "Das Treffen ist inzwischen abgesagt."
_REINSTATED = "Das Treffen findet inzwischen doch statt."
_UNFIT = "An diese Adresse lässt sich keine Mail schreiben."
_WITHDRAWN = "Die Einladung ist inzwischen zurückgezogen."
_ANSWERED = "Hat inzwischen geantwortet."


def render_due() -> int:
    """Write every mail of every act that still waits for it; returns how many items were dealt with.

    What a power cut takes is written anew: nothing of an act leaves before all of it is on the disk.
    """
    done = 0
    with disk.not_waiting():
        while count := render_batch():
            done += count
    return done


def render_batch(mailing: Mailing | None = None) -> int:
    """Claim up to a hundred items (of this act alone, if given) and write their mails; returns how many it claimed."""
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
    while keys := list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        MailingItem.objects.filter(is_free, pk__in=keys).update(claimed_by=worker, claimed_until=now + LEASE)
        mine = MailingItem.objects.filter(pk__in=keys, claimed_by=worker).order_by("pk")
        mine = mine.select_related("invitation__contact").prefetch_related(
            "mailing__meeting__host", "invitation__network"
        )
        if found := list(mine):
            return found  # else another worker was faster: the next ones
    return []


def _rendered(items: list[MailingItem]) -> dict[int, OutboxMail | str]:
    """By item the prepared row, or in one sentence why there is none. Opens no transaction."""
    mailing = items[0].mailing
    letters = _letters(mailing, {item.invitation.told_version for item in items})
    tokens = addresses.stop_tokens(item.invitation.email for item in items)
    first_ids = {} if mailing.kind == MailingKind.INVITATION else _first_message_ids(items)
    return {
        item.pk: _mail(
            item,
            letters[item.invitation.told_version],
            tokens[email_key(item.invitation.email)],
            first_ids.get(item.invitation.lane),
        )
        for item in items
    }


def _letters(mailing: Mailing, told: set[int]) -> dict[int, Letter]:
    """By what somebody was told last the letter to her: an update says what is different since then, the rest is alike.

    An invitation tells everything, so for the others one letter is enough.
    """
    meeting, kind = mailing.meeting, MailingKind(mailing.kind)
    if kind != MailingKind.UPDATE:
        return dict.fromkeys(told, Letter(meeting, kind=kind, word=mailing.word))
    return {
        version: Letter(meeting, kind=kind, word=mailing.word, before=facts)
        for version, facts in known_facts(meeting, told).items()
    }


def known_facts(meeting: Meeting, told: set[int]) -> dict[int, Facts]:
    """By number of the facts what they said: those before the next change, or what is true now; one query."""
    later = dict(Change.objects.filter(meeting=meeting).order_by("number").values_list("number", "before"))
    now = Facts.of(meeting)
    return {
        version: next((Facts.read(before) for number, before in later.items() if number > version), now)
        for version in told
    }


def _mail(item: MailingItem, letter: Letter, stop_token: str, first_message_id: str | None) -> OutboxMail | str:
    mailing, invitation = item.mailing, item.invitation
    invitation.meeting = meeting = mailing.meeting
    if obstacle := _obstacle(mailing, invitation):
        return obstacle
    try:
        copy = letter.copy(invitation, stop_token=stop_token, stamp=timezone.now(), first_message_id=first_message_id)
        return outbox.prepare(
            copy,
            kind=mailing.kind,
            recipient=invitation.email,
            lane=invitation.lane,
            version=invitation.mail_version,
            key=f"invitation:{invitation.pk}:{invitation.mail_version}",
            act=mailing.pk,
            is_held=True,
            is_sequel=mailing.kind in (MailingKind.CANCELLATION, MailingKind.WITHDRAWAL),
            expires_at=meeting.ends_at if mailing.kind in _OF_USE_UNTIL_THE_END else meeting.starts_at,
            about_url=meeting.get_absolute_url(),
            about_label=meeting.title,
        )
    except ValueError as error:
        logger.warning("mail of invitation %s cannot be built: %s", invitation.pk, error)
        return _UNFIT


def _obstacle(mailing: Mailing, invitation: Invitation) -> str:
    """Say in German what has happened since the decision so that she gets no mail, "" when nothing has.

    Reads `meeting`; an answer to the former date does not keep a reminder back.
    """
    meeting = invitation.meeting
    if mailing.kind == MailingKind.WITHDRAWAL:
        return ""
    if mailing.kind == MailingKind.CANCELLATION:
        return "" if meeting.is_cancelled else _REINSTATED
    if meeting.is_cancelled:
        return CANCELLED
    if invitation.withdrawn_at is not None:
        return _WITHDRAWN
    holds = invitation.answer and not invitation.is_answer_former
    return _ANSWERED if mailing.kind == MailingKind.REMINDER and holds else ""


def _first_message_ids(items: list[MailingItem]) -> dict[str, str]:
    """By lane the Message-ID of the first mail that may have arrived: what follows stands below the invitation."""
    arrived = OutboxMail.objects.filter(lane__in=[item.invitation.lane for item in items]).may_have_arrived()
    return dict(arrived.order_by("-version", "-created_at").values_list("lane", "message_id"))


@transaction.atomic
def _write(mailing: Mailing, rendered: dict[int, OutboxMail | str], worker: str) -> None:
    """Only writes: the rows of those items that are still ours, and the end of the act when these were the last.

    Under the lock of the meeting, like answers, so that whoever has answered by now gets no reminder. Has the meeting
    changed since the mails were built, they are built anew.
    """
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=mailing.meeting_id)
    if Mailing.objects.select_for_update().get(pk=mailing.pk).state != Mailing.State.RENDERING:
        return
    ours = MailingItem.objects.filter(pk__in=rendered, claimed_by=worker, rendered_at=None)
    if (meeting.facts_version, meeting.sequence) != (mailing.meeting.facts_version, mailing.meeting.sequence):
        ours.update(claimed_by="", claimed_until=None)
        return
    found = {item: _outcome(mailing, meeting, item, rendered[item.pk]) for item in ours.select_related("invitation")}
    outbox.insert([mail for mail in found.values() if isinstance(mail, OutboxMail)])
    _note_written(meeting, found)
    if not MailingItem.objects.filter(mailing=mailing, rendered_at=None).exists():
        release(mailing)


def _outcome(mailing: Mailing, meeting: Meeting, item: MailingItem, mail: OutboxMail | str) -> OutboxMail | str:
    """The mail, or why there is none after all."""
    item.invitation.meeting = meeting
    return _obstacle(mailing, item.invitation) or mail


def _note_written(meeting: Meeting, found: dict[MailingItem, OutboxMail | str]) -> None:
    """The items are done; what was told before stays at each, for who stops the act."""
    alike: dict[tuple[int, str], list[int]] = {}
    for item, outcome in found.items():
        problem = outcome[:300] if isinstance(outcome, str) else ""
        alike.setdefault((item.invitation.told_version, problem), []).append(item.pk)
    for (told_before, problem), keys in alike.items():  # mostly one: quicker than a bulk_update with a CASE for each
        MailingItem.objects.filter(pk__in=keys).update(
            rendered_at=timezone.now(), claimed_until=None, told_before=told_before, problem=problem
        )
    told = [item.invitation_id for item, outcome in found.items() if isinstance(outcome, OutboxMail)]
    Invitation.objects.filter(pk__in=told).update(told_version=meeting.facts_version)


def release(mailing: Mailing) -> None:
    """The window to stop begins when the last mail is written; whoever changes the row releases, nobody twice.

    Many acts of one decision are released together: the last one to be written releases all.
    """
    if mailing.bulk_id and not _are_all_written(mailing.bulk_id):
        return
    disk.wait()
    leaves_at = timezone.now() + timedelta(seconds=settings.MAIL_GRACE_SECONDS)
    acts = Mailing.objects.filter(bulk=mailing.bulk_id) if mailing.bulk_id else Mailing.objects.filter(pk=mailing.pk)
    for act in acts.filter(state=Mailing.State.RENDERING).values_list("pk", flat=True):
        mine = Mailing.objects.filter(pk=act, state=Mailing.State.RENDERING)
        if mine.update(state=Mailing.State.RELEASED, leaves_at=leaves_at, updated_at=timezone.now()):
            outbox.release(act, not_before=leaves_at)
    BulkAct.objects.filter(mailings=mailing, state=BulkAct.State.RENDERING).update(
        state=BulkAct.State.RELEASED, leaves_at=leaves_at, updated_at=timezone.now()
    )


def _are_all_written(bulk: uuid.UUID) -> bool:
    """Asked under the lock of the decision, so that of two who finish at once the second sees both."""
    BulkAct.objects.select_for_update().get(pk=bulk)
    return not MailingItem.objects.filter(mailing__bulk=bulk, rendered_at=None).exists()
