"""The handler of incoming mails about an invitation: replies, counter-proposals and requests (INBOX_HANDLERS).

The invitation is found by the tag after the plus of our address, else by the UID of its calendar object. ATTENDEE and
From only make an answer plausible. Of a reply's object only PARTSTAT, COMMENT, SEQUENCE and DTSTAMP are recorded; a
proposed time or substitute waits for the team. Replies go to the invitee only, so that no stranger learns whether a
meeting exists.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils import timezone

from common.folding import email_key, match_key, owner_key
from mailroom.enums import MailKind
from mailroom.itip import Attendee
from mailroom.models import InboxMail
from mailroom.reader import Reading
from mailroom.services.inbox import Outcome
from meetings import cases
from meetings.cases import DECIDE, PEOPLE, Case
from meetings.enums import Answer, Format, Mode, ProposalKind, ReplyKind, State, Via
from meetings.models import Invitation, Proposal, Response
from meetings.services.answers import record
from meetings.services.answers.record import clean
from meetings.services.returns import notices, proposals

_ANSWERS = {"ACCEPTED": Answer.ACCEPTED, "TENTATIVE": Answer.TENTATIVE, "DECLINED": Answer.DECLINED}
_WAITING, _APPLIED = InboxMail.State.WAITING, InboxMail.State.APPLIED
_NOT_OURS = "Diese Mail aus einem Kalender gehört zu keiner Einladung von uns."
_NO_ANSWER = "Darin steht weder Zusage noch Absage. Bitte lesen Sie die Mail selbst."
_NO_SUCH_DATE = "Die Antwort meint einen Termin einer Reihe, den es bei diesem Treffen nicht gibt."
_DECIDED = "Dasselbe ist schon einmal entschieden worden."
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
    """Apply the mail, or keep it for a decision, and return the outcome.

    Returns None for other kinds of mail, and for a person's mail without a probable invitation. A calendar's mail
    without an invitation waits for the team. Called by the mailroom, in the transaction that locks the mail's row.
    """
    reading = cases.storable(reading)
    if reading.kind == MailKind.HUMAN:
        return cases.from_a_person(mail, reading)
    act = _ACTS.get(reading.kind)
    if act is None:
        return None
    if case := cases.find(mail, reading):
        return act(case)
    return cases.about_another_entry(mail, reading) or Outcome(_WAITING, _NOT_OURS)


# --- REPLY


def _handle_reply(case: Case) -> Outcome:
    """Record the answer of a REPLY, or keep it, or the delegation that it names, for the team.

    One about another occurrence than the meeting's start waits. Another invitee's answer counts for their invitation.
    """
    occurrence = case.scheduling.recurrence_id
    if occurrence and occurrence != case.invitation.meeting.starts_at:
        return case.outcome(_WAITING, _NO_SUCH_DATE)
    if delegating := _delegating(case):
        return _note_substitute(case, delegating)
    attendee = _answering(case)
    if attendee is None or attendee.partstat not in _ANSWERS:
        return case.outcome(_WAITING, _NO_ANSWER)
    if own := _own_of(case, attendee):
        case = own
    kind = _doubt(case, attendee)
    return _note_doubtful(case, attendee, kind) if kind else _apply(case, attendee)


def _answering(case: Case) -> Attendee | None:
    """Return the attendee who answers: the invitee, else the sender, else the first; None without an answer.

    A text that is no address is cleared, so that it names nobody. Of a mailbox that is named twice the answer counts.
    """
    named = (one if "@" in one.email else replace(one, email="") for one in case.scheduling.attendees)
    said = sorted((one for one in named if one.partstat), key=lambda one: one.partstat == "NEEDS-ACTION")
    hers = [one for one in said if case.is_hers(one.email)]
    senders = [one for one in said if owner_key(one.email) == owner_key(case.reading.sender)]
    return next(iter([*hers, *senders, *said]), None)


def _doubt(case: Case, attendee: Attendee) -> ProposalKind | None:
    """Return the reason why the team has to decide about the answer; None when it is plausible."""
    is_attendee = case.is_hers(attendee.email)
    if is_attendee and attendee.sent_by and not case.is_hers(attendee.sent_by):
        return ProposalKind.ON_BEHALF
    if case.is_proven:
        return None if not attendee.email or is_attendee or case.is_signed else _stranger(case, attendee)
    is_plausible = is_attendee and case.is_signed and case.reading.verdict != "fail"
    return None if is_plausible else ProposalKind.UNPROVEN


def _stranger(case: Case, attendee: Attendee) -> ProposalKind:
    """Return what an answer from an unknown address means: a substitute, the invitee's other address, or a guest."""
    named = Proposal.objects.filter(invitation=case.invitation, kind=ProposalKind.SUBSTITUTE)
    is_named = named.filter(email_folded=email_key(attendee.email)).exists()
    if is_named or any(case.is_hers(one) for one in attendee.delegated_from):
        return ProposalKind.SUBSTITUTE
    name = attendee.name or case.reading.sender_name
    is_same = bool(name) and match_key(" ".join(reversed(name.split(",")))) == case.invitation.contact.match_key
    return ProposalKind.ADDRESS if is_same else ProposalKind.GUEST


def _own_of(case: Case, attendee: Attendee) -> Case | None:
    """Return the case of another invitee of the meeting who answers: their answer counts for their own invitation."""
    if case.is_hers(attendee.email) or case.is_signed or not attendee.email:
        return None
    key = email_key(attendee.email)
    rows = Invitation.objects.filter(meeting=case.invitation.meeting_id).valid().select_related(*PEOPLE)
    own = rows.filter(contact__email_folded=key).exclude(pk=case.invitation.pk).first()
    return replace(case, invitation=own, is_proven=False) if own else None


def _delegating(case: Case) -> Attendee | None:
    """Return the invitee's attendee entry if it delegates to another address (DELEGATED-TO), else None."""
    said = (one for one in case.scheduling.attendees if case.is_hers(one.email))
    return next((one for one in said if one.partstat == "DELEGATED" and one.delegated_to), None)


def _note_substitute(case: Case, delegating: Attendee) -> Outcome:
    """Store a plausible delegation as the team's proposal; of another one only the mail waits.

    An open proposal for the same address is updated instead, under its lock, and its former mail settled; if the team
    has decided the same or a newer one, the mail counts as applied. The invitee's answer stays until the team agrees.
    """
    email = delegating.delegated_to[0]
    if not case.is_plausible:
        return case.outcome(
            _WAITING, f"{case.sender} nennt {email} als Vertretung von {case.invitation.contact}. {_UNSURE}"
        )
    hers = (one for one in case.scheduling.attendees if email_key(one.email) == email_key(email))
    other = next(hers, Attendee(email))
    answer = _ANSWERS.get(other.partstat or "", "")
    if not _note(case, ProposalKind.SUBSTITUTE, email=email, name=other.name, answer=answer):
        return case.outcome(_APPLIED, f"{case.invitation.contact}: Vertretung. {_DECIDED}")
    return case.outcome(_WAITING, f"{case.invitation.contact} möchte sich von {email} vertreten lassen. {DECIDE}")


def _apply(case: Case, attendee: Attendee) -> Outcome:
    """Record the answer by `record.record`, unless it is recorded already, and return the outcome.

    One that does not count may become a proposal (`_note_refused`). An acceptance of a hybrid meeting that only finds
    an online seat keeps it and is asked back by mail (`_ask_back`).
    """
    invitation, answer = case.invitation, _ANSWERS[attendee.partstat or ""]
    comment = case.comment(attendee) or None
    if _is_known(case, attendee, answer):
        return case.outcome(_APPLIED, f"{invitation.contact}: Diese Antwort war schon eingetragen.")
    mode = record.likely_mode(invitation) if answer == Answer.ACCEPTED else ""
    is_held_online = mode == Mode.ONLINE and not record.chosen_mode(invitation)
    try:
        response = record.record(
            invitation, answer, via=Via.CALENDAR, at=case.at, mode=mode, comment=comment, sequence=case.sequence
        )
    except record.NotRecorded as error:
        return _note_refused(case, answer, error)
    words = [f"{invitation.contact}: {response.get_answer_display()}"]
    if mode := response.get_mode_display():
        is_guessed = invitation.meeting.format == Format.HYBRID
        words[0] += f", {mode}" + (" (Kalender sagen nicht, auf welchem Weg)" if is_guessed else "")
    if (invitation.answered_at, invitation.answer) != (response.at, response.answer):
        words.append("Es gibt schon eine neuere Antwort, die weiter gilt")
    elif invitation.is_answer_former:
        words.append("Das galt noch dem alten Termin, deshalb bleibt die Frage offen")
    elif is_held_online:
        return _ask_back(case, words[0])
    return case.outcome(_APPLIED, ". ".join(words) + ".")


def _ask_back(case: Case, said: str) -> Outcome:
    """Mail the invitee that only an online seat was left and is held, at most once a day, and return the outcome.

    It waits for the team: calendars do not say the way, so the invitee may mean to come. No mail answers one that
    refuses answers.
    """
    key = f"online:{case.invitation.pk}:{timezone.localdate()}"
    is_told = not case.reading.refuses_answers and notices.send(case.invitation, ReplyKind.ONLINE, key=key)
    told = "Eine Mail fragt nach." if is_told else "Bitte fragen Sie nach."
    return case.outcome(_WAITING, f"{said}. Vor Ort ist alles belegt, deshalb ist ein Platz online gehalten. {told}")


def _is_known(case: Case, attendee: Attendee, answer: Answer) -> bool:
    """Return whether the last calendar answer of this instant has the same answer and comment, and was not refused."""
    said = Response.objects.filter(invitation=case.invitation, via=Via.CALENDAR, at=case.at).order_by("-pk")
    last = said.values_list("answer", "comment", "refusal").first() or ("", "", "")
    return last == (answer, clean(case.comment(attendee)) or last[1], "")


def _note_refused(case: Case, answer: Answer, error: record.NotRecorded) -> Outcome:
    """Keep an answer that does not count where the team has to decide, and return the outcome.

    A late one, and one without a free seat, becomes a proposal; a mail about a withdrawn invitation only waits. One
    without a seat is also answered by a mail, at most once a day, and never where the mail refuses answers.
    """
    if type(error) in _REFUSED:
        state, why = _REFUSED[type(error)]
        return case.outcome(state, f"{case.invitation.contact}: {answer.label}. {why}.")
    kind, why = _HELD[type(error)]
    _note(case, kind, email=case.reading.sender, answer=answer)
    sentence = f"{case.invitation.contact}: {answer.label}, {why}."
    if kind == ProposalKind.FULL and not case.reading.refuses_answers:
        key = f"full:{case.invitation.pk}:{timezone.localdate()}"
        is_told = notices.send(case.invitation, ReplyKind.FULL, key=key)
        sentence += " Eine Mail teilt das mit." if is_told else ""
    return case.outcome(_WAITING, sentence)


def _note_doubtful(case: Case, attendee: Attendee, kind: ProposalKind) -> Outcome:
    """Keep a doubtful answer for the team as a proposal of this kind; the invitee's answer stays until they decide."""
    answer = _ANSWERS[attendee.partstat or ""]
    is_somebody_else = kind in (ProposalKind.GUEST, ProposalKind.SUBSTITUTE)
    email = attendee.email if is_somebody_else else case.reading.sender or attendee.email
    name = attendee.name or case.reading.sender_name
    if not _note(case, kind, email=email, name=name, answer=answer):
        return case.outcome(_APPLIED, f"{case.invitation.contact}: {kind.label}. {_DECIDED}")
    return case.outcome(_WAITING, f"{kind.label}: {email or 'ohne Adresse'} zu {case.invitation}. {DECIDE}")


def _note(case: Case, kind: ProposalKind, **said: Any) -> Proposal | None:
    """Store the proposal or update the open one of this sender; None if the same or a newer one was decided."""
    return proposals.note(
        case.invitation,
        kind,
        mail=case.mail,
        at=case.at,
        comment=clean(case.comment()),
        sequence=case.sequence,
        is_automatic=case.reading.is_automatic,
        **said,
    )


# --- COUNTER and REFRESH


def _handle_counter(case: Case) -> Outcome:
    """Keep a plausible proposal of another time for the team while the invitee may answer (`record.closed_reason`).

    The invitee's answer stays. Of an implausible one only the mail waits.
    """
    asked, contact = case.scheduling, case.invitation.contact
    if is_over := record.closed_reason(case.invitation.meeting, case.invitation, timezone.now()):
        state, why = _REFUSED[is_over]
        return case.outcome(state, f"{contact}: Terminvorschlag. {why}.")
    if not case.is_plausible:
        return case.outcome(_WAITING, f"{case.sender} schlägt für {contact} einen anderen Termin vor. {_UNSURE}")
    sender = {"email": case.reading.sender, "name": case.reading.sender_name}
    if not _note(case, ProposalKind.TIME, starts_at=asked.starts_at, ends_at=asked.ends_at, **sender):
        return case.outcome(_APPLIED, f"{contact}: Terminvorschlag. {_DECIDED}")
    who = f"{contact}" if case.is_signed else f"{case.sender} (mit der Einladung von {contact})"
    return case.outcome(_WAITING, f"{who} schlägt einen anderen Termin vor. {DECIDE}")


def _handle_refresh(case: Case) -> Outcome:
    """Mail a planned meeting that has not begun to its invitee again, at most once a day, if the request is plausible.

    Sends nothing where the mail refuses answers, and nothing while another mail waits.
    """
    invitation, reading = case.invitation, case.reading
    contact, meeting = invitation.contact, invitation.meeting
    if meeting.state != State.PLANNED or meeting.starts_at <= timezone.now():
        return case.outcome(_APPLIED, f"{contact} fragt nach einem Treffen, das nicht mehr bevorsteht.")
    if invitation.withdrawn_at is not None and invitation.withdrawn_at <= timezone.now():
        return case.outcome(_WAITING, f"{contact} fragt nach dem Treffen, die Einladung ist aber zurückgenommen.")
    if not case.is_plausible:
        return case.outcome(_WAITING, f"{case.sender} fragt nach dem Termin. Es ging keine Mail hinaus.")
    if reading.refuses_answers or notices.waits(invitation):
        return case.outcome(_APPLIED, f"{contact} fragt nach dem Termin. Es ging keine weitere Mail hinaus.")
    key = f"refresh:{invitation.pk}:{timezone.localdate()}"
    if not notices.send(invitation, ReplyKind.REFRESH, key=key):
        return case.outcome(_APPLIED, f"{contact} fragt nach dem Termin. Es ging keine weitere Mail hinaus.")
    return case.outcome(_APPLIED, f"{contact} fragt nach dem Termin und bekommt ihn noch einmal.")


_ACTS: dict[MailKind, Callable[[Case], Outcome]] = {
    MailKind.REPLY: _handle_reply,
    MailKind.COUNTER: _handle_counter,
    MailKind.REFRESH: _handle_refresh,
}
