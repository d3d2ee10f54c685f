"""Take one person off the list of a meeting: the link opens nothing any more, the calendar entry goes."""

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
    """Say in German why her invitation cannot be taken back, "" when it can. Reads `meeting`."""
    if invitation.withdrawn_at is not None:
        return "Diese Einladung ist schon zurückgenommen."
    if invitation.meeting.is_cancelled or invitation.meeting.is_past:
        return "Dieses Treffen ist abgesagt oder vorbei, da gibt es nichts zurückzunehmen."
    return ""


def has_heard(invitation: Invitation) -> bool:
    """Whether a mail may have reached her, so that taking her invitation back is told by one; one query."""
    return bool(changes.reached([invitation]))


def withdraw(invitation: Invitation, *, by: User, word: str = "", composed: dict[str, Any] | None = None) -> Act | None:
    """Take one person off the list: the link opens nothing any more, and the calendar entry goes by a CANCEL.

    The others get nothing. None: no mail has reached the person, so there is nothing to take back. Raises
    NotWithdrawable. The person can be invited again on the page for inviting.
    """
    act = _withdraw(invitation, by=by, word=word, composed=composed)
    if act:
        write.write_small(act)
    return act


@transaction.atomic
def _withdraw(invitation: Invitation, *, by: User, word: str, composed: dict[str, Any] | None) -> Act | None:
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
        outbox.drop([person.lane], reason=OutboxMail.Reason.WITHDRAWN)
    about = [meeting, person.contact, person.contact.organisation]
    activity.record(f"hat die Einladung von {person.contact} zurückgenommen", by=by, about=about)
    return act
