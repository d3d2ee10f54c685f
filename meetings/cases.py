"""Find the invitation that an incoming mail is about; `meetings.inbound` acts on it."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from common.folding import owner_key
from mailroom.itip import Attendee, Scheduling
from mailroom.models import InboxMail
from mailroom.own_words import own_words
from mailroom.reader import Reading
from mailroom.services.inbox import Outcome
from meetings.enums import Decision
from meetings.models import Change, Invitation
from meetings.services.answers.record import clean
from meetings.services.returns import proposals

SOME = 5  # invitations named when several may be meant
PEOPLE = ("meeting", "contact__organisation", "contact__former")
DECIDE = "Bitte entscheiden Sie."
_WAITING = InboxMail.State.WAITING


@dataclass(frozen=True)
class Case:
    """A mail with its invitation; `is_proven`: it came to the tagged address that only this invitee was given."""

    mail: InboxMail
    reading: Reading
    scheduling: Scheduling
    invitation: Invitation
    is_proven: bool

    @cached_property
    def addresses(self) -> set[str]:
        """The folded addresses (`owner_key`) known for the invitee: invited, current and former contact's."""
        contact = self.invitation.contact
        found = {self.invitation.email, contact.email, contact.former.email if contact.former else ""}
        return {owner_key(one) for one in found} - {""}

    def is_hers(self, address: str) -> bool:
        """Return whether this is one of the invitee's addresses."""
        return owner_key(address) in self.addresses

    @property
    def is_signed(self) -> bool:
        """Whether From is an address of the invitee."""
        return self.is_hers(self.reading.sender)

    @property
    def is_plausible(self) -> bool:
        """Whether the mail is proven, or From is an address of the invitee and its verification did not fail."""
        return self.is_proven or (self.is_signed and self.reading.verdict != "fail")

    @property
    def sender(self) -> str:
        """The address of the sender, or „Jemand“, for a sentence."""
        return self.reading.sender or "Jemand"

    @cached_property
    def at(self) -> datetime:
        """The instant (UTC) of the answer: DTSTAMP; if that is missing or after the receipt, the receipt."""
        received = min(self.mail.received_at, timezone.now())
        stamp = self.scheduling.dtstamp
        return stamp if stamp and stamp <= received else received

    @cached_property
    def sequence(self) -> int:
        """The meeting's SEQUENCE that the invitee knew when they answered.

        The invitation's `extra_sequence` is subtracted. If the object has no SEQUENCE (RFC 5546 requires the echo
        unless it is 0), the invitee knew the current one if the newest mail was sent before the answer, else 0.
        Changes that the team kept silent do not make an answer outdated.
        """
        current, told = self.invitation.meeting.sequence, self.scheduling.sequence
        if told is None:
            told = self.invitation.sequence if proposals.knew_the_newest(self.invitation, self.at) else 0
        known = max(0, told - self.invitation.extra_sequence)
        if known >= current:
            return current
        later = Change.objects.filter(meeting=self.invitation.meeting_id, sequence_before__gte=known)
        return current if set(later.values_list("decision", flat=True)) == {Decision.SILENT} else known

    def comment(self, attendee: Attendee | None = None) -> str:
        """Return the answer's comment, else the sender's own words in the mail, and how many people they bring."""
        said = [self.scheduling.comment or own_words(self.reading.text)]
        if attendee and attendee.guests:
            said.append(f"Bringt {attendee.guests} weitere {'Person' if attendee.guests == 1 else 'Personen'} mit.")
        return "\n".join(filter(None, said))

    def outcome(self, state: str, sentence: str) -> Outcome:
        """Return an outcome that links to the page of the invitation."""
        one = self.invitation
        url = reverse("meetings:note_answer", args=[one.meeting_id, one.pk])
        return Outcome(state, sentence, about_url=url, about_label=str(one)[:300])


def find(mail: InboxMail, reading: Reading) -> Case | None:
    """Return the case found by the tag if an object has the invitation's UID or none, else by UID; None if neither.

    Only a case found by the tag is proven. Withdrawn invitations are found, too.
    """
    # Tag and UID are unique, so no order is needed; what few mails need (organisation, former post) is read then.
    invitations = Invitation.objects.select_related("meeting", "contact").order_by()
    by_tag = next(iter(invitations.filter(tag=reading.tag.lower())), None) if reading.tag else None
    with_uid = [(one, _uid(one.uid)) for one in reading.schedulings]
    if by_tag:
        own = [one for one, uid in with_uid if uid == by_tag.uid]
        own += [one for one, _ in with_uid if not one.uid]
        if own:
            return Case(mail, reading, own[0], by_tag, is_proven=True)
    for one, uid in with_uid:
        if uid and (found := next(iter(invitations.filter(uid=uid)), None)):
            return Case(mail, reading, one, found, is_proven=False)
    return None


def about_another_entry(mail: InboxMail, reading: Reading) -> Outcome | None:
    """Return the outcome that a mail with a calendar entry of others, sent to an invitee's own address, waits.

    It names and links the invitee's meeting. None when the mail has no tag of an invitation.
    """
    invitation = Invitation.objects.select_related(*PEOPLE).filter(tag=(reading.tag or "").lower()).first()
    if not reading.tag or invitation is None:
        return None
    case = Case(mail, reading, Scheduling(method=""), invitation, is_proven=True)
    when = date_format(invitation.meeting.starts_on, "j. F")
    sentence = f"Der Kalendereintrag darin ist nicht unserer. Die Mail kam an die Adresse von {invitation.contact} zu "
    return case.outcome(_WAITING, f"{sentence}„{invitation.meeting}“ am {when}. {DECIDE}")


def storable(reading: Reading) -> Reading:
    """Return the reading with sender and attendees freed of characters that no database can store or compare."""
    return replace(
        reading,
        sender=clean(reading.sender),
        sender_name=clean(reading.sender_name),
        schedulings=tuple(
            replace(one, attendees=tuple(map(_storable_attendee, one.attendees))) for one in reading.schedulings
        ),
    )


def _storable_attendee(one: Attendee) -> Attendee:
    """Return the attendee with address, name and delegates cleaned (`record.clean`); empty delegates are dropped."""
    others = tuple(filter(None, map(clean, one.delegated_to)))
    return replace(one, email=clean(one.email), name=clean(one.name), delegated_to=others)


def _uid(text: str | None) -> uuid.UUID | None:
    """Return the UID of a calendar object as a UUID; None for any other, which is not ours."""
    try:
        return uuid.UUID((text or "").strip())
    except ValueError:
        return None


def from_a_person(mail: InboxMail, reading: Reading) -> Outcome | None:
    """Return the outcome that a person's mail waits, naming its (at most five) probable invitations; None without any.

    The tag of the address decides, else the sender's address. A single invitation is linked.
    """
    rows = Invitation.objects.select_related(*PEOPLE)
    found = list(rows.filter(tag=reading.tag.lower())) if reading.tag else []
    found = found or list(proposals.probable(reading.sender)[:SOME])
    if not found:
        return None
    meant = " oder ".join(f"„{one.meeting}“ am {date_format(one.meeting.starts_on, 'j. F')}" for one in found)
    sentence = f"Vermutlich geht es um {meant}. {DECIDE}"
    if len(found) > 1:
        return Outcome(_WAITING, sentence)
    case = Case(mail, reading, Scheduling(method=""), found[0], is_proven=False)
    return case.outcome(_WAITING, sentence)
