"""Mails to one invitee: back because of a mail of hers, or once more where one came back. Each goes once.

They go to her invited address; to the one that she has now where nothing reaches the other any more.
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
    """Queue the mail; whether there is one now. Nothing happens where a mail of that key was queued before.

    `sequence` is echoed by a DECLINECOUNTER. The mail takes its place in the invitation's lane, but sets aside nothing
    that is still to leave there: then it goes beside the lane, and what waits there tells her the rest.
    """
    meeting = (
        Meeting.objects.select_for_update(no_key=True, of=("self",))
        .select_related("host")
        .get(pk=invitation.meeting_id)
    )
    current = Invitation.objects.select_related("contact", "network").get(pk=invitation.pk)
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
    """Tell her the meeting as it is, since the newest mail to her came back or failed; whether a mail goes.

    None goes where one waits or has arrived since, nobody may answer any more, or nothing reaches her address.
    """
    is_lost = delivery_status.mails_to([invitation])[invitation.pk].is_lost
    if not is_lost or record.over(invitation.meeting, invitation, timezone.now()):
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
    """Whether a mail about it is about to be written, or to leave."""
    unwritten = ActItem.objects.filter(lane=invitation.lane, rendered_at=None)
    if unwritten.filter(act__state=Act.State.RENDERING).exists():
        return True
    mails = OutboxMail.objects.in_lane(invitation.lane)
    return mails.waiting().exists() or mails.filter(state__in=OutboxMail.IN_HAND).exists()


def _first_message_id(invitation: Invitation) -> str | None:
    """What the mail stands below: the first one that may have arrived."""
    arrived = OutboxMail.objects.in_lane(invitation.lane).may_have_arrived().order_by("version", "created_at")
    return arrived.values_list("message_id", flat=True).first()
