"""Mails that go back to an invitee because of a mail of hers: to her invited address only, each once."""

import logging

from django.db import transaction
from django.utils import timezone

from mailroom.models import OutboxMail
from mailroom.services import addresses, outbox
from meetings.enums import ReplyKind
from meetings.mails import Letter
from meetings.models import Invitation, Mailing, MailingItem, Meeting

logger = logging.getLogger(__name__)


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
    Invitation.objects.filter(pk=current.pk).update(mail_version=current.mail_version)
    outbox.insert([mail])
    return True


def waits(invitation: Invitation) -> bool:
    """Whether a mail about it is about to be written, or to leave."""
    unwritten = MailingItem.objects.filter(invitation=invitation, rendered_at=None)
    if unwritten.filter(mailing__state=Mailing.State.RENDERING).exists():
        return True
    mails = OutboxMail.objects.in_lane(invitation.lane)
    return mails.waiting().exists() or mails.filter(state__in=OutboxMail.IN_HAND).exists()


def _first_message_id(invitation: Invitation) -> str | None:
    """What the mail stands below: the first one that may have arrived."""
    arrived = OutboxMail.objects.in_lane(invitation.lane).may_have_arrived().order_by("version", "created_at")
    return arrived.values_list("message_id", flat=True).first()
