"""Delivery from the outbox: claim rows by a conditional UPDATE, hand over their bytes, settle their state.

Every write is a conditional UPDATE of its own, so that any number of workers may run at once and none waits for a mail
server inside a transaction. A row is `claimed` until its recipient is accepted, and `sending` from just before its
bytes leave until the server's answer is stored. A process that dies while a row is `sending` leaves it unknown whether
the mail arrived. Logs name rows, never people.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.folding import email_key
from mailroom import login_errors, smtp
from mailroom.models import HANDED_OVER_AT_MOST, Address, Connection, OutboxMail, OutboxQuerySet
from mailroom.services import addresses, alarms, connections, credentials, disk, outbox

logger = logging.getLogger(__name__)

BATCH = 100  # mails over one connection
_LONGEST_BATCH = 60  # seconds; mails left over then go back into the queue
# Minutes until the next attempt after the first, second, … failed one; the last one repeats.
_DELAYS = (1, 5, 15, 60)
_State = OutboxMail.State
_NOTHING_TO_FOLLOW = "Die Mail davor hat diese Person nicht erreicht, deshalb ist hierzu nichts zu sagen."


@dataclass
class Report:
    """Result of one batch, counted in mails.

    `due` is how many it claimed. `failed` counts every mail that was ended, even as finally uncertain; `uncertain` the
    attempts without an answer. A superseded mail counts only in `due`. `is_waiting`: mails are due that it could not
    claim, since the rate is used up, all connections are in use or another worker was faster. `is_stopped`: no
    mail can leave before the end of the alarm's pause.
    """

    due: int = 0
    sent: int = 0
    postponed: int = 0
    failed: int = 0
    uncertain: int = 0
    is_waiting: bool = False
    is_stopped: bool = False

    def __str__(self) -> str:
        said = f"gesendet {self.sent}, später {self.postponed}, gescheitert {self.failed}"
        return f"{said}, ungewiss {self.uncertain}" if self.uncertain else said


def deliver_all(*, should_stop: Callable[[], bool] = lambda: False) -> None:
    """Send batches until no mail is due or none can be claimed; do nothing while the outbox pauses after an alarm."""
    while True:
        report = deliver_due(should_stop=should_stop)
        if not report.due or report.is_waiting or report.is_stopped or should_stop():
            return


def deliver_due(*, limit: int = BATCH, should_stop: Callable[[], bool] = lambda: False) -> Report:
    """Send the due mails, oldest first and at most `limit`, over one connection, for about a minute.

    Frees rows of dead processes first. Sends nothing when all connections are in use. Commits do not wait for the disk.
    Raises the alarm when no mail can leave, and sends nothing during its pause.
    """
    release_lapsed()
    report = Report()
    if not OutboxMail.objects.due().exists():
        return report
    if alarms.is_pausing():
        report.is_stopped = True
        return report
    with connections.held() as held:
        if held is None:
            report.is_waiting = True
        else:
            with disk.lazy_commits():
                _deliver(held, limit, should_stop, report)
    return report


def _deliver(held: connections.Held, limit: int, should_stop: Callable[[], bool], report: Report) -> None:
    """Claim a batch, send, end or supersede each mail, and count that in `report`.

    After _LONGEST_BATCH (60 seconds), on `should_stop()` or an error, the rest goes back into the queue. A mail that
    the server has taken clears the alarm; wrong settings and a server that takes no more mails raise it.
    """
    mails = claim(limit=limit, by=held.by, window=held.number)
    report.due, report.is_waiting = len(mails), not mails
    ends_at = time.monotonic() + _LONGEST_BATCH
    try:
        asked = (mail for mail in mails if mail.kind not in mail.WHATEVER_THE_ADDRESS)
        states = addresses.states(email_key(mail.recipient) for mail in asked)
        with credentials.outgoing() as transport:
            for mail in mails:
                if should_stop() or time.monotonic() > ends_at:
                    break
                held.keep()
                if mail.is_sequel and not _has_begun(mail.lane, mail.version):
                    _settle(mail, state=_State.SUPERSEDED, last_error=_NOTHING_TO_FOLLOW)
                elif reason := _why_not(mail, states.get(email_key(mail.recipient))):
                    report.failed += _end(mail, last_error=reason)
                else:
                    _send(mail, transport, report)
        if report.sent:
            alarms.clear()
    except smtp.Misconfigured as error:
        report.is_stopped = True
        alarms.raise_alarm(error.text)
        logger.error("mail is stopped: EMAIL_URL is wrong or the server refuses our login (%s)", error)
    except smtp.Throttled as error:
        report.is_stopped = True
        alarms.raise_alarm(f"{login_errors.THROTTLED} ({error.text})", pause=alarms.PAUSE_WHEN_THROTTLED)
        logger.warning("mail pauses: the server takes no more for now (%s)", error)
    finally:
        _give_back(OutboxMail.objects.filter(claimed_by=held.by, state=_State.CLAIMED))


def claim(*, limit: int = BATCH, by: str = "", window: int = 0) -> list[OutboxMail]:
    """Claim due rows for this worker, oldest first, at most `limit`, BATCH (100) and what MAIL_RATE still allows now.

    `by` names the claim, any text that no other worker uses; without it a random one is made. Parallel workers take
    different windows of `limit` rows: `window` (from 0) says which, so that they do not claim the same rows. Rows that
    another transaction has locked are skipped.
    """
    by = by or uuid.uuid4().hex
    with _claim_alone():
        limit = min(limit, _allowed())
        now = timezone.now()
        keys = list(OutboxMail.objects.due().values_list("pk", flat=True)[: limit * (window + 1)])
        keys = keys[limit * window :] or keys[:limit]
        due = OutboxMail.objects.waiting().filter(pk__in=keys, next_attempt_at__lte=now, not_before__lte=now)
        with transaction.atomic():
            OutboxMail.objects.filter(pk__in=_lock_free(due)).filter(state__in=OutboxMail.WAITING).update(
                state=_State.CLAIMED,
                claimed_by=by,
                claimed_until=now + timedelta(seconds=settings.MAIL_LEASE_SECONDS),
                updated_at=now,
            )
    return list(
        OutboxMail.objects.filter(pk__in=keys, claimed_by=by, state=_State.CLAIMED).order_by(
            "next_attempt_at", "created_at"
        )
    )


def _lock_free(mails: OutboxQuerySet) -> list[uuid.UUID]:
    """Lock the mails that no other transaction has locked and return their ids.

    Skipping locked rows avoids deadlocks with decisions that lock the same rows. SQLite has one writer at a time and
    no row locks.
    """
    return list(mails.select_for_update(skip_locked=True).values_list("pk", flat=True))


@contextmanager
def _claim_alone() -> Iterator[None]:
    """If MAIL_RATE is set, run the block in a transaction that locks connection 0: one worker at a time claims."""
    if not settings.MAIL_RATE:
        yield
        return
    with transaction.atomic():
        Connection.objects.select_for_update().filter(number=0).first()
        yield


def _allowed() -> int:
    """Return how many mails MAIL_RATE still allows now; BATCH without a rate.

    Mails sent in the last minute and mails in hand (claimed or being sent) count.
    """
    if not settings.MAIL_RATE:
        return BATCH
    a_minute_ago = timezone.now() - timedelta(minutes=1)
    used = OutboxMail.objects.filter(sent_at__gt=a_minute_ago).count()
    used += OutboxMail.objects.filter(state__in=OutboxMail.IN_HAND).count()
    return max(0, settings.MAIL_RATE - used)


def _why_not(mail: OutboxMail, address: Address | None) -> str:
    """Return in German why this mail may not leave any more, "" when it may. An `address` of None is in order.

    Called just before sending, since an address may have been stopped after the mail was written. The state of the
    address does not stop account and test mails, which somebody has just asked for; a stop by its owner stops only
    invitations, reminders and letters.
    """
    if mail.expires_at <= timezone.now():
        return "Die Zeit für diese Mail ist abgelaufen, deshalb geht sie nicht mehr hinaus."
    if address is None or mail.kind in OutboxMail.WHATEVER_THE_ADDRESS:
        return ""
    if address.state == Address.State.HARD:
        return f"An diese Adresse kommt nichts an: {address.reason or address.get_state_display()}."
    if address.state == Address.State.STOPPED and mail.kind in OutboxMail.STOPPED_BY_ADDRESS:
        return f"Diese Adresse bekommt keine Einladungen: {address.get_state_display()}."
    return ""


def _has_begun(lane: str, version: int) -> bool:
    """Return whether a mail of the lane with a lower version may have arrived."""
    return OutboxMail.objects.in_lane(lane).filter(version__lt=version).may_have_arrived().exists()


def release_lapsed() -> int:
    """Free the rows whose lease has ended, left by a killed process; return how many.

    A claimed mail waits again. A mail that was being sent may have arrived: the same bytes go once more after
    MAIL_RESEND_SECONDS, since a second copy with the same Message-ID is better than none, but not a third time.
    """
    lapsed = OutboxMail.objects.lapsed()
    count = 0
    for mail in lapsed.filter(state=_State.SENDING).defer("raw"):
        count += _note_unanswered(mail, "Der Versand wurde mittendrin unterbrochen.")
        logger.warning("mail %s was left in the middle of sending", mail.pk)
    claimed = lapsed.filter(state=_State.CLAIMED)
    return count + _give_back(claimed) if claimed.exists() else count


def _give_back(claimed: OutboxQuerySet) -> int:
    """Put claimed rows back into the queue, as uncertain where an attempt was not answered; return how many.

    Rows that a decision has locked are skipped.
    """
    free = {"claimed_by": "", "claimed_until": None, "updated_at": timezone.now()}
    with transaction.atomic():
        mine = OutboxMail.objects.filter(pk__in=_lock_free(claimed), state=_State.CLAIMED)
        count = mine.filter(unanswered=0).update(state=_State.QUEUED, **free)
        return count + mine.filter(unanswered__gt=0).update(state=_State.UNCERTAIN, **free)


def _send(mail: OutboxMail, transport: smtp.Transport, report: Report) -> None:
    """Hand over one claimed row, settle it by the server's answer and count that in `report`.

    A row that is no longer ours does not leave. On Misconfigured and Throttled, which say nothing about this mail,
    store the error, free the row without counting an attempt and raise again.
    """
    try:
        transport.offer(mail.envelope_from, mail.recipient, size=len(mail.raw), envid=mail.pk.hex)
        if not _mark_sending(mail):
            transport.withdraw()
            return
        reply = transport.hand_over(bytes(mail.raw))
    except (smtp.Misconfigured, smtp.Throttled) as error:
        state = _State.UNCERTAIN if mail.unanswered else _State.QUEUED
        _settle(mail, state=state, last_code=error.code or None, last_error=error.text)
        raise
    except smtp.Refused as error:
        _end(mail, attempts=mail.attempts + 1, last_code=error.code or None, last_error=error.text)
        logger.warning("mail %s was refused: %s", mail.pk, error)
        report.failed += 1
    except smtp.Unanswered as error:
        report.uncertain += _note_unanswered(mail, error.text)
    except smtp.Postponed as error:
        is_over = _postpone(mail, error)
        report.failed += is_over
        report.postponed += not is_over
    else:
        sent = {"state": _State.SENT, "sent_at": timezone.now(), "attempts": mail.attempts + 1}
        _settle(mail, smtp_reply=_stored(reply), last_error="", **sent)
        logger.info("mail %s sent", mail.pk)
        report.sent += 1


def _mark_sending(mail: OutboxMail) -> bool:
    """Mark the row as sending; return False when it was stopped, superseded or claimed by another worker."""
    ours = OutboxMail.objects.filter(pk=mail.pk, state=_State.CLAIMED, claimed_by=mail.claimed_by)
    return bool(ours.update(state=_State.SENDING, updated_at=timezone.now()))


def _postpone(mail: OutboxMail, error: smtp.Postponed) -> bool:
    """Schedule the next attempt, or end the mail when that would be too late; return whether it ended.

    A newer mail of its lane supersedes a postponed one.
    """
    attempts = mail.attempts + 1
    again_at = timezone.now() + _delay_after(attempts)
    fate = {"attempts": attempts, "last_code": error.code or None, "last_error": error.text}
    logger.warning("mail %s: attempt %d failed: %s", mail.pk, attempts, error)
    if again_at >= mail.gives_up_at:
        _end(mail, **fate)
        return True
    _settle(mail, state=_State.RETRY, next_attempt_at=again_at, **fate)
    _supersede_by_newer(mail)
    return False


def _note_unanswered(mail: OutboxMail, text: str) -> int:
    """Note that the mail may have arrived and schedule its repetition; return 0 when the row is not ours any more.

    A mail that was handed over HANDED_OVER_AT_MOST (2) times stays uncertain and is not repeated. A newer mail of its
    lane supersedes the repetition.
    """
    settled = _settle(
        mail,
        state=_State.UNCERTAIN,
        attempts=mail.attempts + 1,
        unanswered=mail.unanswered + 1,
        next_attempt_at=timezone.now() + timedelta(seconds=settings.MAIL_RESEND_SECONDS),
        last_error=text,
    )
    logger.warning("mail %s: nobody knows whether it arrived", mail.pk)
    _supersede_by_newer(mail)
    return settled


def _supersede_by_newer(mail: OutboxMail) -> None:
    """Supersede the mail if a newer one of its lane was written while it was being sent."""
    if mail.lane:
        outbox.supersede([mail.lane])


def _end(mail: OutboxMail, **fate: Any) -> int:
    """End the mail: failed, or finally uncertain when an earlier attempt was not answered.

    `fate` holds further columns. Returns 0 when the row is not ours any more, else 1.
    """
    if mail.unanswered:
        return _settle(mail, state=_State.UNCERTAIN, unanswered=HANDED_OVER_AT_MOST, **fate)
    return _settle(mail, state=_State.FAILED, **fate)


def _settle(mail: OutboxMail, **fate: Any) -> int:
    """Store the fate of a row under our claim and free it; return 0 when another process settled or claimed it."""
    if "last_error" in fate:
        fate["last_error"] = _stored(fate["last_error"])
    ours = OutboxMail.objects.filter(pk=mail.pk, state__in=OutboxMail.IN_HAND, claimed_by=mail.claimed_by)
    settled = ours.update(claimed_by="", claimed_until=None, updated_at=timezone.now(), **fate)
    if not settled:
        logger.warning("mail %s was stopped, or took longer than its lease", mail.pk)
    return settled


def _stored(words: str) -> str:
    """Return the mail server's words as the columns take them: without NUL, at most 500 characters."""
    return words.replace("\x00", "")[:500]


def _delay_after(attempts: int) -> timedelta:
    """Return the time to wait after that many (1 or more) failed attempts: 1, 5, 15, then always 60 minutes."""
    return timedelta(minutes=_DELAYS[min(attempts, len(_DELAYS)) - 1])
