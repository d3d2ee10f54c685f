"""What somebody would get, before anything is decided. Writes nothing, except a test mail to oneself."""

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
    """Somebody whom a mail about a meeting may go to."""

    @property
    def contact(self) -> Contact:
        """Who she is."""

    @property
    def network(self) -> Network | None:
        """By which network she is invited; guests have none."""

    @property
    def is_mailable(self) -> bool:
        """Whether a mail goes to her."""


def message(
    meeting: Meeting, recipient: Recipient, *, kind: MailingKind, word: str = "", before: Facts | None = None
) -> EmailMessage:
    """This person's mail, with links that lead to a preview.

    Its invitation is an unsaved one, so that an answer by calendar to a test mail is nobody's answer. `before`: what an
    update says it was; without it what she was told last.
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
    """The meeting as the decision would leave it, in memory alone: called off, or taking place after all."""
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
    """What she was told last."""
    version = invitation.told_version if invitation else meeting.facts_version
    return letters.known_facts(meeting, {version})[version]


def preview(
    meeting: Meeting, recipient: Recipient, *, kind: MailingKind, word: str = "", before: Facts | None = None
) -> Preview:
    """Return the same, taken apart. Raises ValueError where the mail cannot be built."""
    mail = message(meeting, recipient, kind=kind, word=word, before=before)
    return previews.taken_apart(mail, recipient=recipient.contact.email)


def send_test(meeting: Meeting, recipient: Recipient, *, kind: MailingKind, word: str, to: User) -> OutboxMail:
    """Send this person's mail to a member of the team, at once; its links lead to a preview.

    Raises ValueError where the mail cannot be built.
    """
    mail = message(meeting, recipient, kind=kind, word=word)
    return previews.send_test(mail, to=to, about_url=meeting.get_absolute_url(), about_label=meeting.title)
