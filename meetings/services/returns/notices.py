"""Single mails to one invitee: replies to a mail of theirs, and repeats of a mail that came back. Each is sent once.

They go to the invited address; if that is broken, to the contact's current one.
"""

import logging

from django.db import transaction
from django.utils import timezone

from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import addresses, outbox
from meetings.enums import ReplyKind
from meetings.mails import Letter
from meetings.models import Invitation, Meeting
from meetings.services.answers import record
from meetings.services.changes import changes
from meetings.services.sending import delivery_status
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

_TELLS_ALL = (ReplyKind.REFRESH, ReplyKind.AGAIN)


@transaction.atomic
def send(invitation: Invitation, kind: ReplyKind, *, key: str, sequence: int | None = None) -> bool:
    """Queue the mail unless one with this key exists, and return whether it was queued. Locks the meeting.

    `sequence` is the SEQUENCE that a DECLINECOUNTER echoes, None for the others. The mail takes the next version of the
    invitation's lane; while other mails wait there, it is queued outside the lane, so that it does not supersede them.
    A mail that cannot be built is logged and not queued. REFRESH and AGAIN raise `told_version`: they tell all facts. A
    broken address is replaced by the contact's current one, and stays so even if nothing is queued.
    """
    meeting = (
        Meeting.objects.select_for_update(no_key=True, of=("self",))
        .select_related("host")
        .get(pk=invitation.meeting_id)
    )
    current = Invitation.objects.select_related("contact__organisation", "network").get(pk=invitation.pk)
    current.meeting = meeting
    changes.replace_broken_addresses([current])
    if OutboxMail.objects.filter(key=key).exists():
        return False
    row: outbox.Row = {"key": key, "about_url": meeting.get_absolute_url(), "about_label": meeting.title}
    if not waits(current):
        current.mail_version += 1
        row |= {"lane": current.lane, "version": current.mail_version}
    try:
        copy = Letter(meeting, kind=kind).copy(
            current,
            stop_token=addresses.stop_tokens([current.email]).popitem()[1],
            stamp=timezone.now(),
            first_message_id=_first_message_id(current),
            sequence=sequence,
        )
        expires_at = meeting.starts_at
        mail = outbox.prepare(copy, kind=OutboxMail.Kind.UPDATE, recipient=current.email, expires_at=expires_at, **row)
    except ValueError as error:
        logger.warning("reply to invitation %s cannot be built: %s", current.pk, error)
        return False
    told = {"told_version": meeting.facts_version} if kind in _TELLS_ALL else {}
    Invitation.objects.filter(pk=current.pk).update(mail_version=current.mail_version, **told)
    outbox.insert([mail])
    return True


@transaction.atomic
def send_once_more(invitation: Invitation, *, by: User) -> bool:
    """Queue a mail with the current facts if the newest one came back or failed, and return whether it was queued.

    Queues none while another mail waits, when the invitee can no longer answer, or when the contact's current address
    is missing or broken. Logs a queued one.
    """
    is_lost = delivery_status.mails_to([invitation])[invitation.pk].is_lost
    if not is_lost or record.closed_reason(invitation.meeting, invitation, timezone.now()):
        return False
    if addresses.broken([invitation.contact.email_folded]) or not invitation.contact.email:
        return False
    key = f"again:{invitation.pk}:{invitation.mail_version}"
    if not send(invitation, ReplyKind.AGAIN, key=key):
        return False
    contact = invitation.contact
    sentence = f"hat {contact} den Termin „{invitation.meeting}“ noch einmal geschickt"
    activity.record(sentence, by=by, about=[invitation.meeting, contact, contact.organisation])
    return True


def waits(invitation: Invitation) -> bool:
    """Return whether a mail of the invitation is still to be written, sent or retried, or is being sent.

    A finally uncertain mail no longer waits.
    """
    unwritten = ActItem.objects.filter(lane=invitation.lane, rendered_at=None)
    if unwritten.filter(act__state=Act.State.RENDERING).exists():
        return True
    mails = OutboxMail.objects.in_lane(invitation.lane)
    return mails.waiting().exists() or mails.filter(state__in=OutboxMail.IN_HAND).exists()


def _first_message_id(invitation: Invitation) -> str | None:
    """Return the Message-ID of the first mail that may have arrived, as the start of the thread; None without one."""
    arrived = OutboxMail.objects.in_lane(invitation.lane).may_have_arrived().order_by("version", "created_at")
    return arrived.values_list("message_id", flat=True).first()
