"""Mails about an invitation: what a calendar answers, proposes or asks for (INBOX_HANDLERS).

The invitation is found by the tag behind the plus of our address, then by the UID of its calendar object; ATTENDEE and
From only make an answer plausible. Of the object no more than PARTSTAT and COMMENT is taken. Nothing that is said to
the sender shows whether there is a meeting.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from common.folding import email_key, match_key
from mailroom.enums import MailKind
from mailroom.itip import Attendee, Scheduling
from mailroom.models import InboxMail
from mailroom.reader import Reading
from mailroom.services.inbox import Outcome
from meetings.enums import Answer, Decision, Format, ProposalKind, ReplyKind, State, Via
from meetings.models import Change, Invitation, Proposal, Response
from meetings.services.answers import record
from meetings.services.answers.record import clean
from meetings.services.returns import notices, proposals

_ANSWERS = {"ACCEPTED": Answer.ACCEPTED, "TENTATIVE": Answer.TENTATIVE, "DECLINED": Answer.DECLINED}
SOME = 5  # invitations that are named where it is not clear which is meant
_WAITING, _APPLIED = InboxMail.State.WAITING, InboxMail.State.APPLIED
_PEOPLE = ("meeting", "contact__organisation", "contact__former")
_NOT_OURS = "Diese Mail aus einem Kalender gehört zu keiner Einladung von uns."
_NO_ANSWER = "Darin steht weder Zusage noch Absage. Bitte lesen Sie die Mail selbst."
_NO_SUCH_DATE = "Die Antwort meint einen Termin einer Reihe, den es bei diesem Treffen nicht gibt."
_DECIDED = "Dasselbe ist schon einmal entschieden worden."
_DECIDE = "Bitte entscheiden Sie."
_UNSURE = "Ob das stimmt, ist nicht sicher. Bitte fragen Sie nach."
_REFUSED = {
    record.Withdrawn: (_WAITING, "Die Einladung ist zurückgenommen, deshalb zählt das nicht"),
    record.Cancelled: (_APPLIED, "Das Treffen findet nicht statt, deshalb zählt das nicht"),
    record.Past: (_APPLIED, "Das Treffen hatte schon begonnen, deshalb zählt das nicht"),
}
_HELD = {
    record.Late: (ProposalKind.LATE, "nach dem Anmeldeschluss. Das zählt nicht, solange Sie es nicht übernehmen"),
    record.Full: (ProposalKind.FULL, "aber es ist kein Platz mehr frei. Es gilt, was vorher war"),
}


def handle(mail: InboxMail, reading: Reading) -> Outcome | None:
    """Apply what the mail says, or keep it for a decision; None when it is about no invitation.

    Called inside the transaction that holds the lock of the mail's row.
    """
    reading = _storable(reading)
    if reading.kind == MailKind.HUMAN:
        return _from_a_person(reading)
    act = _ACTS.get(reading.kind)
    if act is None:
        return None
    case = _find(mail, reading)
    return act(case) if case else Outcome(_WAITING, _NOT_OURS)


@dataclass(frozen=True)
class Case:
    """A mail with the invitation that it is about; `is_proven`: it came to the address that only she was given."""

    mail: InboxMail
    reading: Reading
    scheduling: Scheduling
    invitation: Invitation
    is_proven: bool

    @cached_property
    def addresses(self) -> set[str]:
        """The folded addresses that are known as hers."""
        contact = self.invitation.contact
        found = {email_key(self.invitation.email), contact.email_folded}
        return {*found, contact.former.email_folded if contact.former else ""} - {""}

    def is_hers(self, address: str) -> bool:
        """Whether this is one of her addresses."""
        return email_key(address) in self.addresses

    @property
    def is_signed(self) -> bool:
        """Whether From is hers."""
        return self.is_hers(self.reading.sender)

    @property
    def is_plausible(self) -> bool:
        """Whether it came to the address that only she was given, or from hers."""
        return self.is_proven or (self.is_signed and self.reading.verdict != "fail")

    @property
    def sender(self) -> str:
        """Who sent the mail, for a sentence."""
        return self.reading.sender or "Jemand"

    @cached_property
    def at(self) -> datetime:
        """When she said it: DTSTAMP, where it is missing or in the future the receipt."""
        received = min(self.mail.received_at, timezone.now())
        stamp = self.scheduling.dtstamp
        return stamp if stamp and stamp <= received else received

    @cached_property
    def sequence(self) -> int:
        """SEQUENCE of the meeting as she knew it when she answered.

        Her object's own count is taken off. Without one (RFC 5546 wants it echoed unless it is 0) she knew the newest
        when the newest mail to her had left before. A change that was told to nobody lets earlier answers hold.
        """
        current, told = self.invitation.meeting.sequence, self.scheduling.sequence
        if told is None:
            told = self.invitation.sequence if proposals.knew_the_newest(self.invitation, self.at) else 0
        known = max(0, told - self.invitation.extra_sequence)
        if known >= current:
            return current
        later = Change.objects.filter(meeting=self.invitation.meeting_id, sequence_before__gte=known)
        return current if set(later.values_list("decision", flat=True)) == {Decision.SILENT} else known

    def outcome(self, state: str, sentence: str) -> Outcome:
        """With the page of the invitation."""
        one = self.invitation
        url = reverse("meetings:note_answer", args=[one.meeting_id, one.pk])
        return Outcome(state, sentence, about_url=url, about_label=str(one)[:300])


# --- Which invitation


def _find(mail: InboxMail, reading: Reading) -> Case | None:
    """By the tag where the object is hers or says nothing of it, else by UID."""
    invitations = Invitation.objects.select_related(*_PEOPLE).order_by()
    by_tag = invitations.filter(tag=reading.tag.lower()).first() if reading.tag else None
    with_uid = [(one, _uid(one.uid)) for one in reading.schedulings]
    if by_tag:
        own = [one for one, uid in with_uid if uid == by_tag.uid]
        own += [one for one, _ in with_uid if not one.uid]
        if own:
            return Case(mail, reading, own[0], by_tag, is_proven=True)
    for one, uid in with_uid:
        if uid and (found := invitations.filter(uid=uid).first()):
            return Case(mail, reading, one, found, is_proven=False)
    return None


def _storable(reading: Reading) -> Reading:
    """Without the characters that no database compares or holds."""
    return replace(
        reading,
        sender=clean(reading.sender),
        sender_name=clean(reading.sender_name),
        schedulings=tuple(
            replace(one, attendees=tuple(map(_storable_attendee, one.attendees))) for one in reading.schedulings
        ),
    )


def _storable_attendee(one: Attendee) -> Attendee:
    others = tuple(filter(None, map(clean, one.delegated_to)))
    return replace(one, email=clean(one.email), name=clean(one.name), delegated_to=others)


def _uid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID((text or "").strip())
    except ValueError:
        return None


def _from_a_person(reading: Reading) -> Outcome | None:
    """Somebody wrote herself: nothing is guessed, but the meeting that she probably means is shown."""
    rows = Invitation.objects.select_related(*_PEOPLE)
    found = list(rows.filter(tag=reading.tag.lower())) if reading.tag else []
    found = found or list(proposals.probable(reading.sender)[:SOME])
    if not found:
        return None
    meant = " oder ".join(f"„{one.meeting}“ am {date_format(one.meeting.starts_on, 'j. F')}" for one in found)
    sentence = f"Vermutlich geht es um {meant}. {_DECIDE}"
    if len(found) > 1:
        return Outcome(_WAITING, sentence)
    case = Case(InboxMail(), reading, Scheduling(method=""), found[0], is_proven=False)
    return case.outcome(_WAITING, sentence)


# --- REPLY


def _reply(case: Case) -> Outcome:
    occurrence = case.scheduling.recurrence_id
    if occurrence and occurrence != case.invitation.meeting.starts_at:
        return case.outcome(_WAITING, _NO_SUCH_DATE)
    if delegating := _delegating(case):
        return _delegated(case, delegating)
    attendee = _answering(case)
    if attendee is None or attendee.partstat not in _ANSWERS:
        return case.outcome(_WAITING, _NO_ANSWER)
    if own := _own_of(case, attendee):
        case = own
    kind = _doubt(case, attendee)
    return _held(case, attendee, kind) if kind else _applied(case, attendee)


def _answering(case: Case) -> Attendee | None:
    """Whose answer it is: hers, else that of who sent the mail, else the first. What is no address names nobody."""
    named = (one if "@" in one.email else replace(one, email="") for one in case.scheduling.attendees)
    said = [one for one in named if one.partstat]
    hers = [one for one in said if case.is_hers(one.email)]
    senders = [one for one in said if email_key(one.email) == email_key(case.reading.sender)]
    return next(iter([*hers, *senders, *said]), None)


def _doubt(case: Case, attendee: Attendee) -> ProposalKind | None:
    """Why a person has to look at it first; None when it is plausible."""
    is_attendee = case.is_hers(attendee.email)
    if is_attendee and attendee.sent_by and not case.is_hers(attendee.sent_by):
        return ProposalKind.ON_BEHALF
    if case.is_proven:
        return None if not attendee.email or is_attendee or case.is_signed else _stranger(case, attendee)
    is_plausible = is_attendee and case.is_signed and case.reading.verdict != "fail"
    return None if is_plausible else ProposalKind.UNPROVEN


def _stranger(case: Case, attendee: Attendee) -> ProposalKind:
    """Who answers with her invitation under an address that is not hers: a substitute, herself, or a guest."""
    named = Proposal.objects.filter(invitation=case.invitation, kind=ProposalKind.SUBSTITUTE)
    is_named = named.filter(email_folded=email_key(attendee.email)).exists()
    if is_named or any(case.is_hers(one) for one in attendee.delegated_from):
        return ProposalKind.SUBSTITUTE
    name = attendee.name or case.reading.sender_name
    is_same = bool(name) and match_key(" ".join(reversed(name.split(",")))) == case.invitation.contact.match_key
    return ProposalKind.ADDRESS if is_same else ProposalKind.GUEST


def _own_of(case: Case, attendee: Attendee) -> Case | None:
    """Who is invited to the meeting herself answers for herself, by whose invitation it may have come."""
    if case.is_hers(attendee.email) or case.is_signed or not attendee.email:
        return None
    key = email_key(attendee.email)
    rows = Invitation.objects.filter(meeting=case.invitation.meeting_id).valid().select_related(*_PEOPLE)
    own = rows.filter(contact__email_folded=key).exclude(pk=case.invitation.pk).first()
    return replace(case, invitation=own, is_proven=False) if own else None


def _delegating(case: Case) -> Attendee | None:
    """That she lets somebody else come: with DELEGATED-TO, whatever else stands there."""
    said = (one for one in case.scheduling.attendees if case.is_hers(one.email))
    return next((one for one in said if one.partstat == "DELEGATED" and one.delegated_to), None)


def _delegated(case: Case, delegating: Attendee) -> Outcome:
    """Somebody else is to come; her own status stays until the team agrees."""
    email = delegating.delegated_to[0]
    if not case.is_plausible:
        return case.outcome(
            _WAITING, f"{case.sender} nennt {email} als Vertretung von {case.invitation.contact}. {_UNSURE}"
        )
    hers = (one for one in case.scheduling.attendees if email_key(one.email) == email_key(email))
    other = next(hers, Attendee(email))
    answer = _ANSWERS.get(other.partstat or "", "")
    if not _noted(case, ProposalKind.SUBSTITUTE, email=email, name=other.name, answer=answer):
        return case.outcome(_APPLIED, f"{case.invitation.contact}: Vertretung. {_DECIDED}")
    return case.outcome(_WAITING, f"{case.invitation.contact} möchte sich von {email} vertreten lassen. {_DECIDE}")


def _applied(case: Case, attendee: Attendee) -> Outcome:
    """Through the one door for all answers."""
    invitation, answer = case.invitation, _ANSWERS[attendee.partstat or ""]
    comment = case.scheduling.comment or None
    if _is_known(case, answer):
        return case.outcome(_APPLIED, f"{invitation.contact}: Diese Antwort war schon eingetragen.")
    mode = record.likely_mode(invitation) if answer == Answer.ACCEPTED else ""
    try:
        response = record.record(
            invitation, answer, via=Via.CALENDAR, at=case.at, mode=mode, comment=comment, sequence=case.sequence
        )
    except record.NotRecorded as error:
        return _refused(case, answer, error)
    words = [f"{invitation.contact}: {response.get_answer_display()}"]
    if mode := response.get_mode_display():
        is_guessed = invitation.meeting.format == Format.HYBRID
        words[0] += f", {mode}" + (" (Kalender sagen nicht, auf welchem Weg)" if is_guessed else "")
    if (invitation.answered_at, invitation.answer) != (response.at, response.answer):
        words.append("Es gibt schon eine neuere Antwort, die weiter gilt")
    elif invitation.is_answer_former:
        words.append("Das galt noch dem alten Termin, deshalb bleibt die Frage offen")
    return case.outcome(_APPLIED, ". ".join(words) + ".")


def _is_known(case: Case, answer: Answer) -> bool:
    """Whether the same stands there as the last word of that instant, and counted."""
    said = Response.objects.filter(invitation=case.invitation, via=Via.CALENDAR, at=case.at).order_by("pk")
    last = said.values_list("answer", "comment", "refusal").last() or ("", "", "")
    return last == (answer, clean(case.scheduling.comment) or last[1], "")


def _refused(case: Case, answer: Answer, error: record.NotRecorded) -> Outcome:
    """It does not count: say why."""
    if type(error) in _REFUSED:
        state, why = _REFUSED[type(error)]
        return case.outcome(state, f"{case.invitation.contact}: {answer.label}. {why}.")
    kind, why = _HELD[type(error)]
    _noted(case, kind, email=case.reading.sender, answer=answer)
    sentence = f"{case.invitation.contact}: {answer.label}, {why}."
    if kind == ProposalKind.FULL and not case.reading.is_automatic:
        key = f"full:{case.invitation.pk}:{timezone.localdate()}"
        is_told = notices.send(case.invitation, ReplyKind.FULL, key=key)
        sentence += " Eine Mail teilt das mit." if is_told else ""
    return case.outcome(_WAITING, sentence)


def _held(case: Case, attendee: Attendee, kind: ProposalKind) -> Outcome:
    """Her status stays as it is until somebody of the team has decided."""
    answer = _ANSWERS[attendee.partstat or ""]
    is_somebody_else = kind in (ProposalKind.GUEST, ProposalKind.SUBSTITUTE)
    email = attendee.email if is_somebody_else else case.reading.sender or attendee.email
    name = attendee.name or case.reading.sender_name
    if not _noted(case, kind, email=email, name=name, answer=answer):
        return case.outcome(_APPLIED, f"{case.invitation.contact}: {kind.label}. {_DECIDED}")
    return case.outcome(_WAITING, f"{kind.label}: {email or 'ohne Adresse'} zu {case.invitation}. {_DECIDE}")


def _noted(case: Case, kind: ProposalKind, **said: Any) -> Proposal | None:
    return proposals.note(
        case.invitation,
        kind,
        mail=case.mail,
        at=case.at,
        comment=clean(case.scheduling.comment),
        sequence=case.sequence,
        is_automatic=case.reading.is_automatic,
        **said,
    )


# --- COUNTER and REFRESH


def _counter(case: Case) -> Outcome:
    """Another time is proposed; she has answered nothing by that."""
    asked, contact = case.scheduling, case.invitation.contact
    if is_over := record.over(case.invitation.meeting, case.invitation, timezone.now()):
        state, why = _REFUSED[is_over]
        return case.outcome(state, f"{contact}: Terminvorschlag. {why}.")
    if not case.is_plausible:
        return case.outcome(_WAITING, f"{case.sender} schlägt für {contact} einen anderen Termin vor. {_UNSURE}")
    sender = {"email": case.reading.sender, "name": case.reading.sender_name}
    if not _noted(case, ProposalKind.TIME, starts_at=asked.starts_at, ends_at=asked.ends_at, **sender):
        return case.outcome(_APPLIED, f"{contact}: Terminvorschlag. {_DECIDED}")
    who = f"{contact}" if case.is_signed else f"{case.sender} (mit der Einladung von {contact})"
    return case.outcome(_WAITING, f"{who} schlägt einen anderen Termin vor. {_DECIDE}")


def _refresh(case: Case) -> Outcome:
    """She gets the meeting once more as it is: to her invited address, once a day, and no machine gets an answer."""
    invitation, reading = case.invitation, case.reading
    contact, meeting = invitation.contact, invitation.meeting
    if meeting.state != State.PLANNED or meeting.starts_at <= timezone.now():
        return case.outcome(_APPLIED, f"{contact} fragt nach einem Treffen, das nicht mehr bevorsteht.")
    if invitation.withdrawn_at is not None and invitation.withdrawn_at <= timezone.now():
        return case.outcome(_WAITING, f"{contact} fragt nach dem Treffen, die Einladung ist aber zurückgenommen.")
    if not case.is_plausible:
        return case.outcome(_WAITING, f"{case.sender} fragt nach dem Termin. Es ging keine Mail hinaus.")
    if reading.is_automatic or notices.waits(invitation):
        return case.outcome(_APPLIED, f"{contact} fragt nach dem Termin. Es ging keine weitere Mail hinaus.")
    key = f"refresh:{invitation.pk}:{timezone.localdate()}"
    if not notices.send(invitation, ReplyKind.REFRESH, key=key):
        return case.outcome(_APPLIED, f"{contact} fragt nach dem Termin. Es ging keine weitere Mail hinaus.")
    return case.outcome(_APPLIED, f"{contact} fragt nach dem Termin und bekommt ihn noch einmal.")


_ACTS: dict[MailKind, Callable[[Case], Outcome]] = {
    MailKind.REPLY: _reply,
    MailKind.COUNTER: _counter,
    MailKind.REFRESH: _refresh,
}
