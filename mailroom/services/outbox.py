"""Outbox: store a message as a row with finished bytes and nudge the worker.

Mails in the outbox can be released, stopped, superseded or, once they have failed, sent again.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TypedDict, Unpack

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from common.addresses import mailbox
from common.folding import email_key
from mailroom.models import HANDED_OVER_AT_MOST, Act, OutboxMail, two_days_from_now
from mailroom.services import addresses
from mailroom.wire import WIRE as WIRE  # re-exported for callers that build a message
from mailroom.wire import Copy, as_bytes
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

_CHUNK = 500  # values in one IN
_State = OutboxMail.State
_Reason = OutboxMail.Reason
# Mails that are not sent again automatically, but that a person may send again.
_RESENDABLE = (
    Q(state=_State.FAILED)
    | Q(state=_State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
    | Q(state=_State.SENT, returned__in=OutboxMail.CAME_BACK)
)


class NotResendable(ValueError):
    """The mail cannot be sent again; the German sentence says why."""


class Row(TypedDict, total=False):
    """Fields of `OutboxMail` that a caller may set beside the mail itself."""

    lane: str
    version: int
    key: str | None
    act: Act | None
    is_sequel: bool
    about_url: str
    about_label: str


def prepare(
    message: EmailMessage | Copy,
    *,
    kind: str,
    recipient: str,
    is_held: bool = False,
    expires_at: datetime | None = None,
    id: uuid.UUID | None = None,
    **row: Unpack[Row],
) -> OutboxMail:
    """Freeze the message's bytes in an unsaved row for this one recipient. Touches no database.

    Adds From (MAIL_FROM), To and Date to a message that lacks them, and always sets our own Message-ID; a Copy gets
    only Message-ID and Date. The envelope sender carries the row's id. A held row waits for `release_act`; a sequel
    leaves only when an earlier mail of its lane may have arrived. `expires_at` of None is two days from now. Raises
    ValueError for a recipient that no envelope can carry.
    """
    id, now, to = id or uuid.uuid4(), timezone.now(), mailbox(recipient)
    message_id = f"<{uuid.uuid4()}@{mailbox(settings.MAIL_FROM).domain}>"
    if isinstance(message, Copy):
        date = format_datetime(timezone.localtime())
        subject, raw = message.subject, message.as_bytes(("Message-ID", message_id), ("Date", date))
    else:
        _add_missing_headers(message, to, message_id)
        subject, raw = str(message["Subject"] or ""), as_bytes(message)
    row["about_url"], row["about_label"] = row.get("about_url", "")[:300], row.get("about_label", "")[:300]
    return OutboxMail(
        id=id,
        kind=kind,
        message_id=message_id,
        envelope_from=addresses.tagged(f"b-{id.hex}"),
        recipient=to.addr_spec,
        subject=subject.replace("\x00", "")[:500],
        raw=raw,
        next_attempt_at=now,
        not_before=None if is_held else now,
        expires_at=expires_at or two_days_from_now(),
        **row,
    )


def _add_missing_headers(message: EmailMessage, to: Mailbox, message_id: str) -> None:
    """Set our Message-ID and add Date, From and To where they are missing."""
    del message["Message-ID"]
    message.set_raw("Message-ID", message_id)  # our own values need no parsing
    if "Date" not in message:
        message.set_raw("Date", format_datetime(timezone.localtime()))
    for name, value in (("From", mailbox(settings.MAIL_FROM)), ("To", to)):
        if name not in message:
            message[name] = str(value)


@transaction.atomic
def insert(mails: Sequence[OutboxMail]) -> None:
    """Insert prepared rows in the caller's transaction; skip a row whose key exists already.

    Supersedes lower versions of the same lane that have not left. Nudges the worker on commit unless every row is
    held.
    """
    if not mails:
        return
    OutboxMail.objects.bulk_create(mails, batch_size=_CHUNK, ignore_conflicts=any(mail.key for mail in mails))
    supersede(sorted({mail.lane for mail in mails if mail.lane}))
    if free := sum(mail.not_before is not None for mail in mails):
        transaction.on_commit(lambda: nudge(free))


def queue(message: EmailMessage, *, kind: str, recipient: str, **options: object) -> OutboxMail:
    """Prepare and insert one mail, with the options of `prepare`, and return its row."""
    mail = prepare(message, kind=kind, recipient=recipient, **options)  # type: ignore[arg-type]
    insert([mail])
    return mail


def supersede(lanes: Sequence[str]) -> None:
    """Supersede, in each lane, the mails below the highest version that is not stopped, unless they have left.

    Mails that were set aside for that version's act get it as their `superseded_by`.
    """
    for start in range(0, len(lanes), _CHUNK):
        by_lane: dict[str, list[OutboxMail]] = defaultdict(list)
        mails = OutboxMail.objects.filter(lane__in=lanes[start : start + _CHUNK]).exclude(state=_State.CANCELLED)
        for mail in mails.only("lane", "version", "state", "act", "superseded_by", "superseded_by_act"):
            by_lane[mail.lane].append(mail)
        for found in by_lane.values():
            newest = max(found, key=lambda mail: (mail.version, mail.pk))
            older = [mail for mail in found if mail.version < newest.version]
            if stale := [mail.pk for mail in older if mail.state in OutboxMail.SUPERSEDABLE]:
                rows = OutboxMail.objects.filter(pk__in=stale)
                _supersede(rows, _Reason.NEWER, superseded_by=newest, superseded_by_act=newest.act_id)
            if for_this := [mail.pk for mail in older if newest.act_id and mail.superseded_by_act_id == newest.act_id]:
                restorable = OutboxMail.objects.filter(pk__in=for_this, state=_State.SUPERSEDED, superseded_by=None)
                restorable.update(superseded_by=newest)


def supersede_by_act(lanes: Sequence[str], *, act: Act) -> int:
    """Supersede the mails of these lanes that have not left, in favour of the act; return how many.

    Called in the decision's transaction; the act's own mails are written later and are not touched. Mails that failed,
    came back or are finally uncertain can no longer be sent again. `cancel_act(act)` restores all of them, except mails
    that were out of date before.
    """
    count = 0
    for start in range(0, len(lanes), _CHUNK):
        others = OutboxMail.objects.filter(lane__in=lanes[start : start + _CHUNK]).exclude(act=act)
        count += _supersede(others, _Reason.ACT, superseded_by_act=act)
        others.filter(_RESENDABLE, superseded_reason="").update(superseded_reason=_Reason.ACT, superseded_by_act=act)
    return count


def supersede_without_mail(lanes: Sequence[str], *, reason: OutboxMail.Reason, until_stopped: Act | None = None) -> int:
    """Supersede the mails of these lanes that have not left, for a decision that sends no mail; return how many.

    Mails that failed, came back or are finally uncertain can no longer be sent again. Stopping the act `until_stopped`
    restores all of them; without an act the mails stay superseded.
    """
    count = 0
    for start in range(0, len(lanes), _CHUNK):
        mails = OutboxMail.objects.filter(lane__in=lanes[start : start + _CHUNK])
        count += _supersede(mails, reason, superseded_by_act=until_stopped)
        ended = mails.filter(_RESENDABLE, superseded_reason="")
        ended.update(superseded_reason=reason, superseded_by_act=until_stopped)
    return count


def mark_resendable_outdated(
    lanes: Sequence[str], *, kinds: Sequence[str], reason: OutboxMail.Reason, until_stopped: Act | None = None
) -> None:
    """Mark the failed, returned and finally uncertain mails of these lanes and kinds as outdated: nobody resends them.

    Mails that wait or are marked already are not touched. Stopping the act `until_stopped` removes the mark; without
    an act it stays.
    """
    for start in range(0, len(lanes), _CHUNK):
        ended = OutboxMail.objects.filter(_RESENDABLE, lane__in=lanes[start : start + _CHUNK], kind__in=kinds)
        ended.filter(superseded_reason="").update(superseded_reason=reason, superseded_by_act=until_stopped)


def _supersede(
    mails: QuerySet[OutboxMail], reason: OutboxMail.Reason, **by: OutboxMail | Act | uuid.UUID | None
) -> int:
    """Supersede those of these mails that have not left; return how many. `by` holds the columns `superseded_by…`.

    Claimed mails are included: a worker checks the row once more before it sends the first byte. Uncertain ones are
    included, too: they are not repeated.
    """
    waiting = mails.filter(state__in=OutboxMail.SUPERSEDABLE)
    now = timezone.now()
    return waiting.update(state=_State.SUPERSEDED, superseded_reason=reason, claimed_until=None, updated_at=now, **by)


def release_act(act: Act, *, not_before: datetime) -> int:
    """Let the act's held mails leave from `not_before` on; return how many. Nudges the worker if that is not later.

    Includes held mails that are superseded, since stopping another act may restore them.
    """
    now = timezone.now()
    count = (
        OutboxMail.objects.filter(act=act)
        .filter(state__in=[_State.QUEUED, _State.SUPERSEDED], not_before=None)  # a superseded mail may be restored
        .update(not_before=not_before, next_attempt_at=not_before, updated_at=now)
    )
    if count and not_before <= now:
        transaction.on_commit(lambda: nudge(count))
    return count


@transaction.atomic
def cancel_act(act: Act, *, gives_back: bool = True) -> int:
    """Stop the act's mails that have not begun to leave; return how many.

    Claimed mails are included: a worker checks the row once more before it sends the first byte. Mails that are being
    sent or may have arrived stay as they are. Mails that the act had superseded are restored, and the worker is nudged
    on commit, unless `gives_back` is False since they are out of date.
    """
    now = timezone.now()
    mails = OutboxMail.objects.filter(act=act)
    count = mails.filter(state__in=OutboxMail.STOPPABLE).update(
        state=_State.CANCELLED, claimed_until=None, updated_at=now
    )
    mails.filter(state=_State.SUPERSEDED).update(
        superseded_by_act=None
    )  # mails of a stopped act must not be restored by another act's stop
    if gives_back and (is_back := _give_back(act)):
        transaction.on_commit(lambda: nudge(is_back))
    return count


def _give_back(act: Act) -> int:
    """Restore the mails that the act had superseded; return how many wait again.

    A failed, returned or finally uncertain mail can be sent again by a person. A mail stays superseded when the act has
    a mail in the same lane that is not stopped.
    """
    if not OutboxMail.objects.filter(superseded_by_act=act).exists():
        return 0
    bare = {"superseded_reason": "", "superseded_by_act": None}
    free = {**bare, "superseded_by": None, "updated_at": timezone.now()}
    has_left = OutboxMail.objects.filter(act=act).exclude(lane="").exclude(state=_State.CANCELLED)
    mine = OutboxMail.objects.filter(superseded_by_act=act).exclude(lane__in=has_left.values("lane"))
    mine.filter(_RESENDABLE).update(**bare)
    restorable = mine.filter(state=_State.SUPERSEDED)
    count = restorable.filter(unanswered__gt=0).update(state=_State.UNCERTAIN, **free)  # it may have arrived
    return count + restorable.filter(unanswered=0).update(state=_State.QUEUED, **free)


def cancel_waiting(lane: str, *, kind: str) -> int:
    """Stop the mails of this lane and kind that have not begun to leave, claimed ones included; return how many."""
    waiting = OutboxMail.objects.in_lane(lane).filter(kind=kind, state__in=OutboxMail.STOPPABLE)
    return waiting.update(state=_State.CANCELLED, claimed_until=None, updated_at=timezone.now())


def fates(act: Act) -> dict[str, int]:
    """Return the number of the act's mails by state, in one query; states without a mail are left out."""
    counted = OutboxMail.objects.of_act(act).order_by().values_list("state").annotate(Count("pk"))
    return dict(counted)


def nudge(mails: int = 1) -> None:
    """Ask workers to deliver now: one per mail, at most MAIL_CONNECTIONS.

    When the broker is unreachable, this logs a warning; beat's next run finds the rows.
    """
    try:
        for _ in range(min(mails, settings.MAIL_CONNECTIONS)):
            current_app.send_task("mailroom.deliver")
    except (OperationalError, ChannelError, OSError) as error:
        logger.warning("broker away, the mail waits for the next sweep: %s", type(error).__name__)


def why_not_again(mail: OutboxMail) -> str:
    """Say in German why the mail cannot be sent again, "" when it can. At most two queries; binding under its lock.

    It did not fail, its address is undeliverable, its lane has a newer mail that is not stopped, it is out of date, or
    it is in a lane and has expired.
    """
    if not mail.can_be_sent_again:
        return "Diese Mail ist nicht gescheitert und wird deshalb nicht noch einmal gesendet."
    newer = OutboxMail.objects.in_lane(mail.lane).filter(version__gt=mail.version).exclude(state=_State.CANCELLED)
    if mail.lane and newer.exists():
        return "Es gibt eine neuere Mail an diese Person. Bitte senden Sie, wenn nötig, jene noch einmal."
    if mail.kind not in OutboxMail.WHATEVER_THE_ADDRESS and addresses.broken([email_key(mail.recipient)]):
        return (
            "An diese Adresse kommt nichts an. Bitte berichtigen Sie sie bei der Person, oder geben Sie sie dort frei."
        )
    if mail.superseded_reason:
        return "Was in dieser Mail steht, gilt nicht mehr. Bitte schreiben Sie der Person eine neue."
    if mail.lane and mail.expires_at <= timezone.now():
        return "Die Zeit für diese Mail ist abgelaufen, sie würde nichts mehr nützen."
    return ""


@transaction.atomic
def send_again(mail: OutboxMail, *, by: User) -> None:
    """Queue the same bytes of a failed, returned or finally uncertain mail again, under its lock; record the activity.

    Clears its attempts and report, and nudges the worker on commit; a mail without a lane gets two more days. Raises
    NotResendable with the German sentence of `why_not_again`.
    """
    now = timezone.now()
    mail = OutboxMail.objects.select_for_update().defer("raw").get(pk=mail.pk)
    if reason := why_not_again(mail):
        raise NotResendable(reason)
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=_State.QUEUED,
        attempts=0,
        unanswered=0,
        next_attempt_at=now,
        not_before=now,
        expires_at=mail.expires_at if mail.lane else two_days_from_now(),
        last_code=None,
        last_error="",
        returned="",
        returned_at=None,
        returned_reason="",
        settled_at=None,
        settled_by=None,
        updated_at=now,
    )
    activity.record(f"hat die Mail „{mail.subject}“ noch einmal auf den Weg gebracht", by=by, about=[mail])
    transaction.on_commit(nudge)
