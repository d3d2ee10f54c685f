"""Write invitation mails for the invented upcoming meetings as sent, so that these can be moved and cancelled."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common.folding import email_key
from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import addresses, outbox
from meetings.enums import MailingKind, State
from meetings.mails import Letter
from meetings.models import Invitation, Meeting
from meetings.services.sending import dispatch

AT_MOST = 2000  # mails in total: thousands of meetings are made for measurements, which need no mails


def write(keys: Sequence[UUID]) -> int:
    """Write the invitations to the upcoming ones of these meetings; return the number of mails.

    The mails are built outside of any transaction. Writes none if there are `AT_MOST` already.
    """
    if OutboxMail.objects.filter(kind=MailingKind.INVITATION).count() >= AT_MOST:
        return 0
    ahead = Meeting.objects.filter(pk__in=keys, state=State.PLANNED, starts_at__gt=timezone.now())
    return sum(_write(meeting) for meeting in ahead.select_related("host", "responsible"))


def _write(meeting: Meeting) -> int:
    """Write the meeting's invitations as an act whose mails were sent when they were made; return their number."""
    invitations = list(meeting.invitations.select_related("contact__organisation", "network").order_by("pk"))
    if not invitations:
        return 0
    asked_at = invitations[0].created_at
    act = Act(
        writer=dispatch.WRITER,
        kind=Act.Kind.INVITATION,
        about_kind=meeting._meta.label_lower,
        about_key=str(meeting.pk),
        about_url=meeting.get_absolute_url(),
        about_label=meeting.title,
        state=Act.State.RELEASED,
        total=len(invitations),
        by=meeting.responsible,
        leaves_at=asked_at + timedelta(minutes=1),
    )
    tokens, letter = (
        addresses.stop_tokens(one.email for one in invitations),
        Letter(meeting, kind=MailingKind.INVITATION),
    )
    mails = [
        _sent_mail(act, meeting, letter, one, tokens[email_key(one.email)], number)
        for number, one in enumerate(invitations)
    ]
    with transaction.atomic():
        act.save()
        Act.objects.filter(pk=act.pk).update(created_at=asked_at)
        Invitation.objects.filter(meeting=meeting).update(mail_version=1)
        ActItem.objects.bulk_create(
            ActItem(act=act, recipient=one.lane, lane=one.lane, rendered_at=asked_at, memo=0) for one in invitations
        )
        OutboxMail.objects.bulk_create(mails)
        OutboxMail.objects.of_act(act).update(created_at=asked_at)
    return len(mails)


def _sent_mail(
    act: Act, meeting: Meeting, letter: Letter, invitation: Invitation, stop_token: str, number: int
) -> OutboxMail:
    """Return the mail of this invitation, sent a minute and `number` seconds after it was made."""
    asked_at = invitation.created_at
    invitation.meeting = meeting
    mail = outbox.prepare(
        letter.copy(invitation, stop_token=stop_token, stamp=asked_at),
        kind=MailingKind.INVITATION,
        recipient=invitation.email,
        expires_at=meeting.starts_at,
        lane=invitation.lane,
        version=1,
        key=f"invitation:{invitation.pk}:1",
        act=act,
        about_url=meeting.get_absolute_url(),
        about_label=meeting.title,
    )
    mail.state, mail.attempts = OutboxMail.State.SENT, 1
    mail.sent_at = asked_at + timedelta(seconds=60 + number)
    mail.next_attempt_at = mail.not_before = asked_at
    return mail
