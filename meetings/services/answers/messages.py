"""Store the messages of invitees to the team, sent beside an answer or alone, and settle them."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from meetings.enums import Via
from meetings.models import Invitation, Message
from team.models import User
from team.services import activity


def note(invitation: Invitation, text: str, *, via: str, at: datetime | None = None) -> Message | None:
    """Store the message and return it; None for an empty one, and for one that the invitee has sent before.

    It is open until `settle`. `at` is an instant (UTC, None: now). A page shows the former message to be changed, so it
    often comes again. The caller has cleaned the text (`record.clean`).
    """
    if not text or Message.objects.filter(invitation=invitation, text=text).exists():
        return None
    return Message.objects.create(invitation=invitation, text=text, via=Via(via), at=at or timezone.now())


@transaction.atomic
def settle(message: Message, *, by: User) -> bool:
    """Mark the message as settled and log it; return False, and do nothing, if somebody has done it before."""
    mine = Message.objects.filter(pk=message.pk, settled_at=None).update(settled_at=timezone.now(), settled_by=by)
    if mine:
        contact, meeting = message.invitation.contact, message.invitation.meeting
        sentence = f"hat eine Nachricht von {contact} erledigt"
        activity.record(sentence, by=by, about=[meeting, contact, contact.organisation])
    return bool(mine)
