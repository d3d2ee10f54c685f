"""Previews of mails before a decision. Writes nothing except a test mail to a member of the team."""

import copy
from email.message import EmailMessage
from typing import Protocol

from django.utils import timezone

from mailroom.models import OutboxMail
from mailroom.services import previews
from mailroom.services.previews import Preview as Preview
from meetings.enums import MailingKind, State
from meetings.mails import PREVIEW, Letter
from meetings.models import Facts, Invitation, Meeting
from meetings.services.sending import letters
from partners.models import Contact
from regions.models import Network
from team.models import User


class Recipient(Protocol):
    """A person to whom a mail about a meeting can go."""

    @property
    def contact(self) -> Contact:
        """The contact of the person."""

    @property
    def network(self) -> Network | None:
        """The network through which the contact is invited; None for guests."""

    @property
    def is_mailable(self) -> bool:
        """Whether a mail can go to the person."""


def message(
    meeting: Meeting, recipient: Recipient, *, kind: MailingKind, word: str = "", before: Facts | None = None
) -> EmailMessage:
    """Return the mail to this person, with links that lead to a preview. The meeting is as the decision would leave it.

    It uses an unsaved invitation, so that a calendar's answer to a test mail belongs to nobody; an answer given before
    is kept. `before` holds the old facts of an update; None means those that the person was told last. Raises
    ValueError for an address that no envelope can carry.
    """
    known: Invitation | None = getattr(recipient, "invitation", None)
    if before is None and kind == MailingKind.UPDATE:
        before = _told(meeting, known)
    meeting = _decided(meeting, kind)
    letter = Letter(meeting, kind=kind, word=word, before=before)
    invitation = Invitation(
        meeting=meeting,
        contact=recipient.contact,
        network=recipient.network,
        email=recipient.contact.email,
        token=PREVIEW,
        mail_version=1,
    )
    if known:
        invitation.answer, invitation.answered_sequence = known.answer, known.answered_sequence
    return letter.copy(invitation, stop_token=PREVIEW, stamp=timezone.now(), is_preview=True).as_message()


def _decided(meeting: Meeting, kind: MailingKind) -> Meeting:
    """Return an unsaved copy, called off or reinstated with the next SEQUENCE, if the decision does that.

    Else return the same object; so a draft stays a draft, though inviting makes it planned. An update about a meeting
    that is called off reinstates it.
    """
    if kind == MailingKind.CANCELLATION and not meeting.is_cancelled:
        state = State.CANCELLED
    elif kind == MailingKind.UPDATE and meeting.is_cancelled:
        state = State.PLANNED
    else:
        return meeting
    decided = copy.copy(meeting)
    decided.state, decided.sequence = state, meeting.sequence + 1
    return decided


def _told(meeting: Meeting, invitation: Invitation | None) -> Facts:
    """Return the facts that the invitee was told last, or the current ones for a new invitee."""
    version = invitation.told_version if invitation else meeting.facts_version
    return letters.known_facts(meeting, {version})[version]


def preview(
    meeting: Meeting, recipient: Recipient, *, kind: MailingKind, word: str = "", before: Facts | None = None
) -> Preview:
    """Return the parts of the mail for display. Raises ValueError when the mail cannot be built."""
    mail = message(meeting, recipient, kind=kind, word=word, before=before)
    return previews.preview_of(mail, recipient=recipient.contact.email)


def send_test(meeting: Meeting, recipient: Recipient, *, kind: MailingKind, word: str, to: User) -> OutboxMail:
    """Queue this person's mail to a member of the team, without a window to stop; its links lead to a preview.

    Raises ValueError when the mail cannot be built.
    """
    mail = message(meeting, recipient, kind=kind, word=word)
    return previews.send_test(mail, to=to, about_url=meeting.get_absolute_url(), about_label=meeting.title)
