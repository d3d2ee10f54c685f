"""Reminding invitees without an answer, or with a former one, by one decision of the team."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common.templatetags.ui import day
from mailroom.models import Act
from mailroom.services import addresses
from mailroom.services.acts import write
from meetings.enums import MailingKind
from meetings.models import Invitation, Meeting
from meetings.services.sending import delivery_status, dispatch
from partners.models import Contact
from partners.services.reachable import why_not_mailed
from regions.models import Network
from team.models import User
from team.services import activity

LEFT = "nicht mehr in dieser Funktion"
WAITS = "die letzte Mail wartet noch im Postausgang"
UNHEARD = "die Einladung kam nicht an"
FORMER = "Antwort galt dem alten Termin"
JUST_NOW = "gerade eben erinnert"
_SOON = timedelta(minutes=1)  # a second press within a minute is taken for a mistake


class NotRemindable(ValueError):
    """Nobody can be reminded of this meeting; the sentence says why."""


class NobodyLeft(ValueError):
    """None of the chosen people can be reminded: they have answered or cannot be mailed."""


@dataclass(frozen=True)
class Silent:
    """An invitee without a valid answer; `reason` says in German why they get no mail, "" when they do."""

    invitation: Invitation
    reason: str = ""
    reminded_at: datetime | None = None  # UTC

    @property
    def contact(self) -> Contact:
        """The invited contact."""
        return self.invitation.contact

    @property
    def network(self) -> Network | None:
        """The network through which the contact was invited; None for guests."""
        return self.invitation.network

    @property
    def note(self) -> str:
        """A German note for the team when the answer is a former one, else ""."""
        return FORMER if self.invitation.is_answer_former else ""

    @property
    def is_mailable(self) -> bool:
        """Whether the invitee can be reminded now."""
        return not self.reason


def why_not(meeting: Meeting) -> str:
    """Say in German why nobody can be reminded, else ""; at most two queries.

    Reasons: the meeting is called off or has begun, the last day for answers has passed, or no answer is awaited.
    """
    if meeting.is_cancelled:
        return "Dieses Treffen ist abgesagt. Daran wird niemand mehr erinnert."
    if meeting.starts_at <= timezone.now():
        return "Dieses Treffen hat schon begonnen oder ist vorbei. Daran wird niemand mehr erinnert."
    if meeting.is_deadline_over(timezone.now()):
        ended = day(meeting.answer_deadline_on)
        return (
            f"Der Anmeldeschluss war {ended}. Wer jetzt erinnert wird, kann nicht mehr antworten: Legen Sie zuerst "
            "einen späteren fest, oder rufen Sie an."
        )
    if not meeting.invitations.valid().exists():
        return "Noch ist niemand eingeladen. Erinnern können Sie erst danach."
    if not meeting.invitations.valid().awaited().exists():
        return "Alle, die eingeladen sind, haben geantwortet. Es gibt niemanden zu erinnern."
    return ""


def silent(meeting: Meeting) -> list[Silent]:
    """Return the invitees without an answer, or with a former one, sorted by name; four queries.

    The reason is judged by the contact's current address. An invitee whose invitation did not arrive is not mailable
    here: the page for inviting can invite them again. Nor is one to whom a mail waits, who was reminded within the last
    minute, or who has left the post.
    """
    rows = Invitation.objects.filter(meeting=meeting).valid().awaited()
    found = list(rows.select_related("contact__organisation", "network").order_by("contact__sort_key", "pk"))
    mails = delivery_status.mails_to(found)
    known = addresses.states(one.contact.email_folded for one in found)
    for one in found:
        one.meeting = meeting
    return [
        Silent(
            one,
            why_not_mailed(one.contact, known.get(one.contact.email_folded))
            or _why_not_now(one.contact, mails[one.pk]),
            mails[one.pk].reminded_at,
        )
        for one in found
    ]


def _why_not_now(contact: Contact, mails: delivery_status.Mails) -> str:
    """Return the German reason why a contact with a usable address gets no reminder now, "" when they do.

    They have left the post, a mail waits or may be under way, none has arrived, or a reminder was sent within the last
    minute (`_SOON`).
    """
    if not contact.is_open:
        return LEFT
    if mails.waits:
        return WAITS
    if not mails.has_left and (mails.rows or mails.has_problem):
        return UNHEARD
    is_soon = mails.reminded_at is not None and mails.reminded_at > timezone.now() - _SOON
    return JUST_NOW if is_soon else ""


def remind(
    meeting: Meeting, keys: Iterable[UUID], *, by: User, word: str = "", composed: dict[str, Any] | None = None
) -> Act:
    """Remind these people (keys of their invitations) by one act at their current addresses, with a log entry.

    Leaves out who is not in `silent` or has a reason there. Call outside a transaction: a small act's mails are written
    before this returns, and sent after MAIL_GRACE_SECONDS. Raises NotRemindable or NobodyLeft.
    """
    act = _decide(meeting, set(keys), by=by, word=word, composed=composed)
    write.write_small(act)
    return act


@transaction.atomic
def _decide(meeting: Meeting, keys: set[UUID], *, by: User, word: str, composed: dict[str, Any] | None) -> Act:
    """Start the act of the reminders under the meeting's lock, and log it; writes no mails.

    Stores the contacts' current addresses and the next `mail_version`. Raises NotRemindable or NobodyLeft.
    """
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if problem := why_not(meeting):
        raise NotRemindable(problem)
    people = [one.invitation for one in silent(meeting) if one.is_mailable and one.invitation.pk in keys]
    if not people:
        raise NobodyLeft
    now = timezone.now()
    for invitation in people:
        invitation.email = invitation.contact.email
        invitation.mail_version += 1  # of its lane: the outbox accepts each version once
        invitation.updated_at = now
    Invitation.objects.bulk_update(people, ["email", "mail_version", "updated_at"])
    act = dispatch.start_act(meeting, people, kind=MailingKind.REMINDER, by=by, word=word, composed=composed)
    _note(meeting, [one.contact for one in people], by=by)
    return act


def _note(meeting: Meeting, contacts: list[Contact], *, by: User) -> None:
    """Log in one sentence that these people were reminded, at the meeting, each person and organisation."""
    who = str(contacts[0]) if len(contacts) == 1 else f"{len(contacts)} Personen"
    organisations = {contact.organisation_id: contact.organisation for contact in contacts}
    sentence = f"hat {who} an „{meeting.title}“ erinnert"
    activity.record(sentence, by=by, about=[meeting, *organisations.values(), *contacts])
