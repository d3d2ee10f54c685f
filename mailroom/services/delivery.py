"""Out of the outbox: claim a row by a conditional UPDATE, hand its bytes over, settle its state.

Every write is a conditional UPDATE of its own, so that any number of workers may run at once and none waits for
a mail server inside a transaction. Logs name rows, never people.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from common.folding import email_key
from mailroom import smtp
from mailroom.models import Address, OutboxMail
from mailroom.services import addresses

logger = logging.getLogger(__name__)

BATCH = 100
# Minutes until the next attempt after the first, second, … failed one; the last one repeats.
_DELAYS = (1, 5, 15, 60)
_State = OutboxMail.State


@dataclass
class Report:
    """What one batch did, in mails.

    `due` is how many it found (another worker may have been faster with some). `is_stopped`: our settings are
    wrong, nothing goes before they are mended.
    """

    due: int = 0
    sent: int = 0
    postponed: int = 0
    failed: int = 0
    is_stopped: bool = False

    def __str__(self) -> str:
        return f"gesendet {self.sent}, später {self.postponed}, gescheitert {self.failed}"


def deliver_due(*, limit: int = BATCH, should_stop: Callable[[], bool] = lambda: False) -> Report:
    """Send what is due, at most `limit` mails over one connection; oldest first."""
    release_lapsed()
    keys = list(OutboxMail.objects.due().values_list("pk", flat=True)[:limit])
    report = Report(due=len(keys))
    if not keys:
        return report
    try:
        with smtp.transport(settings.EMAIL_URL, base_url=settings.BASE_URL) as transport:
            for key in keys:
                if should_stop():
                    break
                if not (mail := claim(key)):
                    continue
                if reason := _why_not(mail):
                    report.failed += _settle(mail, state=_State.FAILED, last_error=reason)
                else:
                    _send(mail, transport, report)
    except smtp.Misconfigured as error:
        report.is_stopped = True
        logger.error("mail is stopped: EMAIL_URL is wrong or the server refuses our login (%s)", error)
    return report


def claim(key: UUID) -> OutboxMail | None:
    """Take one due row for ourselves; None when somebody else was faster or it is not due any more."""
    now = timezone.now()
    until = now + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    won = OutboxMail.objects.filter(pk=key, state=_State.QUEUED, next_attempt_at__lte=now).update(
        state=_State.SENDING, claimed_until=until, updated_at=now
    )
    return OutboxMail.objects.get(pk=key) if won else None


def _why_not(mail: OutboxMail) -> str:
    """Say in German why this mail may not leave any more, "" when it may.

    Asked just before sending: an address may have been stopped since the mail was written. Account and test mails go
    wherever they are asked for.
    """
    if mail.expires_at <= timezone.now():
        return "Die Zeit für diese Mail ist abgelaufen, deshalb geht sie nicht mehr hinaus."
    if mail.kind not in OutboxMail.STOPPED_BY_ADDRESS:
        return ""
    key = email_key(mail.recipient)
    address = addresses.states([key]).get(key)
    if address is None or address.state not in (Address.State.HARD, Address.State.STOPPED):
        return ""
    return f"Diese Adresse bekommt keine Einladungen: {address.get_state_display()}."


def release_lapsed() -> int:
    """Put rows back that a killed process left in the middle of sending; the same bytes go again.

    The mail may have arrived: a second copy with the same Message-ID is better than none. Returns how many.
    """
    count = 0
    for mail in OutboxMail.objects.lapsed().defer("raw"):
        attempts = mail.attempts + 1
        now = timezone.now()
        again_at = now if attempts == 1 else now + _delay_after(attempts)
        if again_at >= mail.expires_at:
            fate: dict[str, Any] = {"state": _State.FAILED, "last_error": "Der Versand brach mehrmals ab."}
        else:
            fate = {"state": _State.QUEUED, "next_attempt_at": again_at}
        count += _settle(mail, attempts=attempts, **fate)
        logger.warning("mail %s was left in the middle of sending, attempt %d", mail.pk, attempts)
    return count


def _send(mail: OutboxMail, transport: smtp.Transport, report: Report) -> None:
    """Hand over one claimed row and settle it. Misconfigured gives the row back untouched and goes on up."""
    attempts = mail.attempts + 1
    try:
        reply = transport.send(mail.envelope_from, mail.recipient, bytes(mail.raw))
    except smtp.Misconfigured as error:
        _settle(mail, state=_State.QUEUED, last_error=error.text)
        raise
    except smtp.Refused as error:
        _settle(mail, state=_State.FAILED, attempts=attempts, last_error=error.text)
        logger.warning("mail %s was refused: %s", mail.pk, error)
        report.failed += 1
    except smtp.Postponed as error:
        again_at = timezone.now() + _delay_after(attempts)
        is_over = again_at >= mail.expires_at
        state = _State.FAILED if is_over else _State.QUEUED
        _settle(mail, state=state, attempts=attempts, next_attempt_at=again_at, last_error=error.text)
        logger.warning("mail %s: attempt %d failed: %s", mail.pk, attempts, error)
        report.failed += is_over
        report.postponed += not is_over
    else:
        _settle(mail, state=_State.SENT, attempts=attempts, sent_at=timezone.now(), smtp_reply=reply, last_error="")
        logger.info("mail %s sent", mail.pk)
        report.sent += 1


def _settle(mail: OutboxMail, **fate: Any) -> int:
    """Write the fate of a row that is still ours: the end of the lease tells one claim from the next."""
    for name in ("last_error", "smtp_reply"):
        if name in fate:
            fate[name] = str(fate[name]).replace("\x00", "")[:500]
    ours = OutboxMail.objects.filter(pk=mail.pk, state=_State.SENDING, claimed_until=mail.claimed_until)
    settled = ours.update(claimed_until=None, updated_at=timezone.now(), **fate)
    if not settled:
        logger.warning("mail %s took longer than its lease and was claimed again", mail.pk)
    return settled


def _delay_after(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts."""
    return timedelta(minutes=_DELAYS[min(attempts, len(_DELAYS)) - 1])
