"""Withdrawing an invitation: the link stops working and the calendar entry is cancelled."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import write
from meetings.enums import MailingKind
from meetings.models import Invitation, Meeting
from meetings.services.changes import changes
from team.models import User
from team.services import activity


class NotWithdrawable(ValueError):
    """The invitation is withdrawn already, or the meeting is over or called off; the sentence says which."""


def why_not_withdrawn(invitation: Invitation) -> str:
    """Say in German why the invitation cannot be withdrawn, "" when it can. Reads `meeting`."""
    if invitation.withdrawn_at is not None:
        return "Diese Einladung ist schon zurückgenommen."
    if invitation.meeting.is_cancelled or invitation.meeting.is_past:
        return "Dieses Treffen ist abgesagt oder vorbei, da gibt es nichts zurückzunehmen."
    return ""


def has_heard(invitation: Invitation) -> bool:
    """Return whether a mail may have reached the invitee, so that they are mailed when withdrawn; one query."""
    return bool(changes.reached([invitation]))


def withdraw(invitation: Invitation, *, by: User, word: str = "", composed: dict[str, Any] | None = None) -> Act | None:
    """Withdraw the invitation: its link stops working, and the invitee gets a CANCEL if a mail may have reached them.

    Nobody else gets a mail. Waiting mails of the invitation are superseded; the log gets an entry. Returns None when no
    mail is sent. Raises NotWithdrawable. The page for inviting can invite the person again.
    """
    act = _withdraw(invitation, by=by, word=word, composed=composed)
    if act:
        write.write_small(act)
    return act


@transaction.atomic
def _withdraw(invitation: Invitation, *, by: User, word: str, composed: dict[str, Any] | None) -> Act | None:
    """Save the withdrawal, start the act of the CANCEL and log it, under the meeting's lock; writes no mail.

    The invitation's SEQUENCE rises, its waiting mails are superseded. Returns None, with no act, when no mail may have
    reached the invitee. Raises NotWithdrawable.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=invitation.meeting_id)
    person = Invitation.objects.select_related("meeting", "contact__organisation").get(pk=invitation.pk)
    person.meeting = meeting
    if problem := why_not_withdrawn(person):
        raise NotWithdrawable(problem)
    # RFC 5546 section 3.2.5: SEQUENCE rises; the object is this person's alone, so the others' stays.
    Invitation.objects.filter(pk=person.pk).update(
        withdrawn_at=timezone.now(), extra_sequence=F("extra_sequence") + 1, updated_at=timezone.now()
    )
    act = None
    if has_heard(person):
        act = changes.start(meeting, [person], kind=MailingKind.WITHDRAWAL, by=by, word=word, composed=composed)
    else:
        outbox.supersede_without_mail([person.lane], reason=OutboxMail.Reason.WITHDRAWN)
    about = [meeting, person.contact, person.contact.organisation]
    activity.record(f"hat die Einladung von {person.contact} zurückgenommen", by=by, about=about)
    return act
