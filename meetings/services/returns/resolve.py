"""The team's decisions about proposals from mails: each is one transaction.

Each act returns a German sentence for the person who pressed, or raises NotPossible with one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.folding import match_key
from mailroom.models import InboxMail
from mailroom.services import settling
from mailroom.services.acts import write
from meetings.enums import Answer, ProposalKind, ReplyKind, Resolution, Via
from meetings.models import Invitation, Meeting, Proposal
from meetings.services.answers import record
from meetings.services.dates import local_time
from meetings.services.dates.local_time import NoSuchTime, TwiceThatNight
from meetings.services.inviting import invite, recipients
from meetings.services.planning import meetings
from meetings.services.returns import notices, proposals
from partners.models import Contact
from partners.services import contacts
from regions.services import days
from team.models import User
from team.services import activity

_REFUSED = {
    record.Cancelled: "Das Treffen findet nicht statt.",
    record.Past: "Die Antwort kam erst, als das Treffen schon begonnen hatte.",
    record.Withdrawn: "Die Einladung ist zurückgenommen.",
    record.ModeMissing: "Auf diesem Weg kann man an diesem Treffen nicht teilnehmen.",
}
_NO_DATE = "Dieser Termin lässt sich nicht eintragen."
_HELD = {record.Full: ProposalKind.FULL, record.Late: ProposalKind.LATE}
_HELD_WORDS = {
    ProposalKind.FULL: "Dafür ist aber kein Platz mehr frei. Bitte entscheiden Sie noch einmal.",
    ProposalKind.LATE: "Sie kam aber nach dem Anmeldeschluss. Bitte entscheiden Sie noch einmal.",
}

# The acts for each kind, by the names of their buttons.
ACTS: dict[ProposalKind, tuple[str, ...]] = {
    ProposalKind.ADDRESS: ("confirm", "guest", "decline"),
    ProposalKind.ON_BEHALF: ("confirm", "decline"),
    ProposalKind.UNPROVEN: ("confirm", "decline"),
    ProposalKind.GUEST: ("guest", "confirm", "decline"),
    ProposalKind.SUBSTITUTE: ("substitute", "decline"),
    ProposalKind.TIME: ("take_over", "decline"),
    ProposalKind.FULL: ("exceed", "decline"),
    ProposalKind.LATE: ("exceed", "decline"),
}


class NotPossible(ValueError):
    """The proposal is decided already, or the act is not possible; the sentence says why."""


class NameMissing(NotPossible):
    """The name does not suffice for a new contact; `problems` has the errors of `first_name` and `last_name`."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("Bitte tragen Sie ein, wie die Person heißt.")
        self.problems = problems


@dataclass(frozen=True)
class Question:
    """A proposal for display: the contact known by its address, the names for a new contact, and the possible acts.

    `why_no_time` says in German why a proposed time cannot be taken over; "" when it can, and for other kinds.
    """

    proposal: Proposal
    known: Contact | None
    first_name: str
    last_name: str
    why_no_time: str

    @property
    def acts(self) -> tuple[str, ...]:
        """The names of the possible acts (`ACTS`)."""
        return ACTS[ProposalKind(self.proposal.kind)]


def questions(found: Iterable[Proposal]) -> list[Question]:
    """Return a question for each proposal; one query if any of them may name another person."""
    rows = list(found)
    keys = {one.email_folded for one in rows if one.email_folded and "guest" in ACTS[ProposalKind(one.kind)]}
    keys |= {one.email_folded for one in rows if one.kind == ProposalKind.SUBSTITUTE and one.email_folded}
    people = list(_people(keys)) if keys else []
    return [
        Question(
            one,
            _nearest(people, one.email_folded, one.invitation.contact),
            *names(one.name),
            why_no_time(one) if one.kind == ProposalKind.TIME else "",
        )
        for one in rows
    ]


@transaction.atomic
def confirm(proposal: Proposal, *, by: User) -> str:
    """Record the answer as the invitee's own, at the instant at which it was given; accept the proposal and log it.

    An answer that is late or finds no seat waits as a new proposal. Return a German sentence. Raises NotPossible.
    """
    proposal = _locked(proposal)
    contact = proposal.invitation.contact
    held = _record(proposal.invitation, proposal, by=by)
    said = proposal.get_answer_display()
    _settle(proposal, Resolution.ACCEPTED, by=by, sentence=f"hat {said} von {contact} aus einer Mail übernommen")
    return f"{contact}: {said}, übernommen. {held or _newer(proposal.invitation, proposal)}".strip()


@transaction.atomic
def exceed(proposal: Proposal, *, by: User) -> str:
    """Record the answer, as noted by the team, although no seat is left or it is late; accept the proposal.

    Return a German sentence. Raises NotPossible, also when the invitation is withdrawn, the meeting is not planned, or
    it had begun at that instant.
    """
    proposal = _locked(proposal)
    invitation = proposal.invitation
    if is_over := record.closed_reason(invitation.meeting, invitation, proposal.at):
        raise NotPossible(_REFUSED[is_over])
    mode = record.likely_mode(invitation) if proposal.answer == Answer.ACCEPTED else ""
    try:
        record.record(
            invitation,
            proposal.answer,
            via=Via.TEAM,
            by=by,
            at=proposal.at,
            mode=mode,
            comment=proposal.comment or None,
            over_capacity=True,
            sequence=proposal.sequence,
        )
    except record.NotRecorded as error:
        raise NotPossible(_REFUSED[type(error)]) from error
    _settle(proposal, Resolution.ACCEPTED, by=by, sentence="")
    return f"{invitation.contact}: {proposal.get_answer_display()}, übernommen. {_newer(invitation, proposal)}".strip()


@transaction.atomic
def accept_substitute(proposal: Proposal, *, by: User, first_name: str = "", last_name: str = "") -> str:
    """Invite the substitute by mail unless invited, record that the invitee declines, accept and log the proposal.

    A newer answer of the invitee still counts; the substitute's is recorded, or a new proposal if late or without seat.
    Names are for a new contact; "" takes those of the mail. Return a German sentence. Raises NotPossible (NameMissing).
    """
    proposal = _locked(proposal)
    represented = proposal.invitation
    word = f"{represented.contact} hat Sie als Vertretung genannt."
    invitation = _invite(proposal, _find_or_add(proposal, first_name, last_name, by=by), word=word, by=by)
    _decline_for(represented, proposal, by=by)
    held = _record(invitation, proposal, by=by) if proposal.answer else ""
    sentence = f"hat {invitation.contact} als Vertretung von {represented.contact} eingetragen"
    _settle(proposal, Resolution.ACCEPTED, by=by, sentence=sentence, also=invitation.contact)
    return f"{invitation.contact} kommt als Vertretung von {represented.contact} auf die Liste. {held}".strip()


@transaction.atomic
def add_guest(proposal: Proposal, *, by: User, first_name: str = "", last_name: str = "") -> str:
    """Invite the sender who answered a forwarded invitation, record their answer if any, accept and log the proposal.

    The invitee's answer does not change. Names are for a new contact; "" takes those of the mail. Return a German
    sentence. Raises NotPossible or NameMissing.
    """
    proposal = _locked(proposal)
    invitation = _invite(proposal, _find_or_add(proposal, first_name, last_name, by=by), word="", by=by)
    held = _record(invitation, proposal, by=by) if proposal.answer else ""
    sentence = f"hat {invitation.contact} nach einer weitergeleiteten Einladung als Gast eingetragen"
    _settle(proposal, Resolution.ACCEPTED, by=by, sentence=sentence, also=invitation.contact)
    return f"{invitation.contact} steht als Gast auf der Liste. {held}".strip()


@transaction.atomic
def take_over_time(proposal: Proposal, *, by: User) -> str:
    """Move the meeting to the proposed time, its last day for answers at most to that day; accept and log the proposal.

    Only waiting mails are replaced; who else is told is a later decision. Return a German sentence. Raises NotPossible.
    """
    proposal = _locked(proposal)
    meeting = Meeting.objects.select_related("host").get(pk=proposal.invitation.meeting_id)
    if problem := why_no_time(proposal):
        raise NotPossible(problem)
    meeting.starts_at, meeting.ends_at = _proposed(proposal.starts_at or meeting.starts_at, proposal.ends_at, meeting)
    if meeting.answer_deadline_on and meeting.answer_deadline_on > meeting.starts_on:
        meeting.answer_deadline_on = meeting.starts_on
    meeting.version += 1
    meetings.change(meeting, networks=list(meeting.networks.all()), fields=["Termin"], by=by)
    sentence = f"hat den Terminvorschlag von {proposal.invitation.contact} übernommen"
    _settle(proposal, Resolution.ACCEPTED, by=by, sentence=sentence)
    return "Das Treffen ist verlegt. Die Eingeladenen wissen es noch nicht."


def why_no_time(proposal: Proposal) -> str:
    """Say in German why the proposed time cannot be taken over, "" when it can. Reads the invitation's meeting."""
    meeting, starts_at = proposal.invitation.meeting, proposal.starts_at
    if meeting.is_cancelled or meeting.is_past:
        return "Das Treffen ist abgesagt oder vorbei."
    if starts_at is None:
        return "In der Mail steht kein anderer Termin."
    if starts_at.year > days.LAST.year:
        return _NO_DATE
    try:
        starts_at, ends_at = _proposed(starts_at, proposal.ends_at, meeting)
    except (NoSuchTime, TwiceThatNight):
        return _NO_DATE
    if (starts_at, ends_at) == (meeting.starts_at, meeting.ends_at):
        return "Das Treffen liegt schon auf diesem Termin."
    if starts_at < timezone.now():
        return _NO_DATE
    if timezone.localdate(starts_at) != timezone.localdate(ends_at):
        return "Dieser Termin reicht über Mitternacht. Bitte tragen Sie ihn selbst ein, wenn er so gemeint ist."
    return ""


@transaction.atomic
def decline(proposal: Proposal, *, by: User) -> str:
    """Decline the proposal, log it and return a German sentence. Raises NotPossible.

    A proposed time is answered by a DECLINECOUNTER, mailed unless a machine sent it or the invitee can answer no more.
    """
    proposal = _locked(proposal)
    contact, kind = proposal.invitation.contact, ProposalKind(proposal.kind)
    _settle(proposal, Resolution.DECLINED, by=by, sentence=f"hat abgelehnt: {kind.label} ({contact})")
    is_over = record.closed_reason(proposal.invitation.meeting, proposal.invitation, timezone.now())
    if kind != ProposalKind.TIME or proposal.is_automatic or is_over:
        return "Erledigt. Es bleibt alles, wie es war."
    sequence = proposal.sequence + proposal.invitation.extra_sequence
    is_told = notices.send(
        proposal.invitation, ReplyKind.DECLINECOUNTER, key=f"declinecounter:{proposal.pk}", sequence=sequence
    )
    told = f"Eine Mail an {contact} sagt es." if is_told else f"An {contact} ließ sich keine Mail schreiben."
    return f"Es bleibt beim Termin. {told}"


# --- What they share


def _locked(proposal: Proposal) -> Proposal:
    """Lock the meeting, then the proposal, and return the proposal. Raises NotPossible if it is decided.

    Answers lock the meeting first, too.
    """
    Meeting.objects.select_for_update(of=("self",)).get(invitations__proposals=proposal.pk)
    related = ("invitation__contact__organisation", "invitation__meeting")
    found = Proposal.objects.select_for_update(of=("self",)).select_related(*related).get(pk=proposal.pk)
    if found.settled_at is not None:
        raise NotPossible("Das ist inzwischen schon entschieden.")
    return found


def _settle(
    proposal: Proposal, resolution: Resolution, *, by: User, sentence: str, also: Contact | None = None
) -> None:
    """Store the decision, and settle its mail if nothing else of it is open.

    The sentence is logged, also at the contact `also`; "" logs nothing.
    """
    now = timezone.now()
    proposal.settled_at, proposal.settled_by, proposal.resolution = now, by, resolution
    proposal.save(update_fields=["settled_at", "settled_by", "resolution", "updated_at"])
    if proposal.mail and not Proposal.objects.filter(mail=proposal.mail, settled_at=None).exists():
        settling.mark(InboxMail.objects.waiting().filter(pk=proposal.mail.pk), at=now, by=by)
    if sentence:
        contact = proposal.invitation.contact
        about = [proposal.invitation.meeting, contact, contact.organisation]
        activity.record(sentence, by=by, about=[*about, *([also, also.organisation] if also else [])])


def _record(invitation: Invitation, proposal: Proposal, *, by: User) -> str:
    """Record the proposal's answer for this invitation as one from a calendar. Raises NotPossible.

    An answer that is late or finds no seat becomes a new proposal: return a German sentence about that, else "".
    """
    mode = record.likely_mode(invitation) if proposal.answer == Answer.ACCEPTED else ""
    comment = proposal.comment or None
    given: Any = {"at": proposal.at, "sequence": proposal.sequence}
    try:
        record.record(invitation, proposal.answer, via=Via.CALENDAR, by=by, mode=mode, comment=comment, **given)
    except (record.Full, record.Late) as error:
        kind = _HELD[type(error)]
        fields = {name: getattr(proposal, name) for name in ("email", "name", "answer", "comment", "sequence")}
        proposals.note(invitation, kind, mail=proposal.mail, at=proposal.at, **fields)
        return _HELD_WORDS[kind]
    except record.NotRecorded as error:
        raise NotPossible(_REFUSED[type(error)]) from error
    return ""


def _newer(invitation: Invitation, proposal: Proposal) -> str:
    """Say in German that a newer answer counts, "" when the proposal's does."""
    is_it = (invitation.answer, invitation.answered_at) == (proposal.answer, proposal.at)
    return "" if is_it else "Es gibt schon eine neuere Antwort, die weiter gilt."


def _decline_for(represented: Invitation, proposal: Proposal, *, by: User) -> None:
    """Record, as noted by the team, that the represented invitee declines; a newer answer of theirs still counts."""
    record.record(represented, Answer.DECLINED, via=Via.TEAM, by=by, at=proposal.at, sequence=proposal.sequence)


def _proposed(starts_at: datetime, ends_at: datetime | None, meeting: Meeting) -> tuple[datetime, datetime]:
    """Return the proposed start and end (UTC).

    Without an end on the same day the meeting keeps its duration. A proposal of whole days names no time: the meeting
    keeps its clock times. Raises NoSuchTime or TwiceThatNight.
    """
    day, lasts = timezone.localdate(starts_at), meeting.ends_at - meeting.starts_at
    if _is_midnight(starts_at) and (ends_at is None or _is_midnight(ends_at)):
        starts_at, ends_at = local_time.instant(day, timezone.localtime(meeting.starts_at).time()), None
    if ends_at is None or not starts_at < ends_at or timezone.localdate(ends_at) != day:
        ends_at = starts_at + lasts
    return starts_at, ends_at


def _is_midnight(at: datetime) -> bool:
    return timezone.localtime(at).time() == time(0)


# --- People


def _people(keys: Collection[str]) -> QuerySet[Contact]:
    return Contact.objects.open().filter(email_folded__in=keys).select_related("organisation")


def _nearest(people: Iterable[Contact], key: str, near: Contact) -> Contact | None:
    """Return the contact with this address, preferably one of the same organisation as `near`; None without one."""
    found = [one for one in people if one.email_folded == key]
    return min(found, key=lambda one: (one.organisation_id != near.organisation_id, one.pk), default=None)


def names(text: str) -> tuple[str, str]:
    """Return first and last name of „Vorname Nachname“ or „Nachname, Vorname“; ("", "") for an address."""
    text = " ".join(text.split())
    if "@" in text:
        return "", ""
    last, comma, first = text.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = text.rpartition(" ")
    return first, last


def _find_or_add(proposal: Proposal, first_name: str, last_name: str, *, by: User) -> Contact:
    """Return the open contact known by the address, else store and log a new one at the invitee's organisation.

    The typed names are used; without any, those of the proposal. Raises NameMissing or NotPossible.
    """
    near = proposal.invitation.contact
    key = proposal.email_folded
    if key and (found := _nearest(_people({key}), key, near)):
        return found
    typed = record.clean(first_name), record.clean(last_name)
    first, last = typed if any(typed) else names(proposal.name)
    contact = Contact(organisation=near.organisation, first_name=first, last_name=last, email=proposal.email)
    is_named_by_invitee = proposal.kind == ProposalKind.SUBSTITUTE
    contact.source = Contact.Source.ORGANISATION if is_named_by_invitee else Contact.Source.SELF
    try:
        contact.full_clean()
    except ValidationError as error:
        problems = {name: found for name, found in error.message_dict.items() if name in ("first_name", "last_name")}
        if problems:
            raise NameMissing(problems) from error
        raise NotPossible("Diese Person lässt sich so nicht anlegen. Bitte legen Sie sie selbst an.") from error
    return contacts.add(contact, by=by)


def _invite(proposal: Proposal, contact: Contact, *, word: str, by: User) -> Invitation:
    """Return the contact's valid invitation to the meeting, else invite them. Raises NotPossible.

    An invitation of the same mailbox and name counts as theirs. A new one is logged, its mail written after the commit.
    """
    meeting = proposal.invitation.meeting
    hers = Invitation.objects.select_related("meeting", "contact__organisation").filter(meeting=meeting)
    same = hers.valid().filter(contact__email_folded=contact.email_folded)
    has_name = [one for one in same if match_key(one.contact.full_name) == contact.match_key]
    if has_name:
        return has_name[0]
    try:
        act = invite.decide(meeting, {contact.pk}, by=by, word=word)
    except invite.NobodyLeft as error:
        (candidate,) = recipients.chosen(meeting, {contact.pk})
        raise NotPossible(f"{contact} lässt sich nicht einladen: {candidate.reason}.") from error
    except invite.NotInvitable as error:
        raise NotPossible(str(error)) from error
    transaction.on_commit(partial(write.write_small, act))
    return hers.get(contact=contact)
