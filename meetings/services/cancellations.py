"""Calling a meeting off, taking that back, and taking one person off the list."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import write
from meetings.enums import Decision, MailingKind, State
from meetings.models import Change, Facts, Invitation, Meeting
from meetings.services import changes, sending, undo, writing
from meetings.services.changes import Informed
from team.models import User
from team.services import activity

UNHEARD = "hat keine Mail von uns, die man zurücknehmen müsste"


class NotCancellable(ValueError):
    """The meeting is over, called off already, or was not; the sentence says which."""


def why_not(meeting: Meeting) -> str:
    """Say in German why the meeting cannot be called off, "" when it can."""
    if meeting.is_cancelled:
        return "Dieses Treffen ist schon abgesagt."
    return "Dieses Treffen ist vorbei und lässt sich nicht mehr absagen." if meeting.is_past else ""


def audience(meeting: Meeting) -> list[Informed]:
    """Everybody invited, by name: who would be told that the meeting is called off or takes place after all, and who
    not and why; four queries.
    """
    rows = Invitation.objects.filter(meeting=meeting).valid()
    everybody = list(rows.select_related("contact__organisation", "network").order_by("contact__sort_key", "pk"))
    heard = {one.pk for one in changes.reached(everybody)}
    for one in everybody:
        one.meeting = meeting
    return [
        one if one.invitation.pk in heard else Informed(one.invitation, UNHEARD) for one in changes.informed(everybody)
    ]


def cancel(meeting: Meeting, *, by: User, word: str = "", composed: dict[str, Any] | None = None) -> Act | None:
    """Call the meeting off: everybody of whom a mail may have arrived gets a CANCEL, the others nothing.

    What waits in the outbox never leaves. None: there is nobody to tell. Raises NotCancellable.
    """
    act = _cancel(meeting, by=by, word=word, composed=composed)
    if act:
        write.write_small(act)
    return act


@transaction.atomic
def _cancel(meeting: Meeting, *, by: User, word: str, composed: dict[str, Any] | None) -> Act | None:
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if problem := why_not(meeting):
        raise NotCancellable(problem)
    act, people = _switch(meeting, State.CANCELLED, by=by, word=word, composed=composed)
    about = [meeting, *meeting.networks.all(), *sending.concerned(people)]
    activity.record(f"hat „{meeting.title}“ abgesagt{sending.and_notifies(len(people))}", by=by, about=about)
    return act


def why_not_reinstated(meeting: Meeting) -> str:
    """Say in German why the meeting cannot take place after all, "" when it can."""
    if not meeting.is_cancelled:
        return "Dieses Treffen ist nicht abgesagt."
    past = "Der Termin dieses Treffens ist vorbei. Bitte kopieren Sie es auf einen neuen Termin."
    return past if meeting.is_past else ""


def reinstate(meeting: Meeting, *, by: User, word: str = "", composed: dict[str, Any] | None = None) -> Act | None:
    """Let a meeting that was called off take place after all; whoever got a CANCEL is invited anew by an update.

    None: there is nobody to tell. Raises NotCancellable.
    """
    acts = _reinstate(meeting, by=by, word=word, composed=composed)
    for act in acts:
        write.write_small(act)
    return next(iter(acts), None)


@transaction.atomic
def _reinstate(meeting: Meeting, *, by: User, word: str, composed: dict[str, Any] | None) -> list[Act]:
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if problem := why_not_reinstated(meeting):
        raise NotCancellable(problem)
    update, people = _switch(meeting, State.PLANNED, by=by, word=word, composed=composed)
    told = sending.and_notifies(len(people))
    activity.record(f"hat die Absage von „{meeting.title}“ zurückgenommen{told}", by=by, about=[meeting])
    return [*([update] if update else []), *invite_the_unheard(meeting, by=by, word=word)]


def invite_the_unheard(meeting: Meeting, *, by: User, word: str, parent: Act | None = None) -> list[Act]:
    """Invite those now whose invitation still waited, or was still to be written, when the meeting was called off."""
    people, kind = unheard(meeting), MailingKind.INVITATION
    return [changes.start(meeting, people, kind=kind, by=by, word=word, parent=parent)] if people else []


def unheard(meeting: Meeting) -> list[Invitation]:
    """Return those whose invitation still waited, or was still to be written, when the meeting was called off.

    They get it when it takes place after all.
    """
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting", "contact"))
    heard = {one.pk for one in changes.reached(everybody)}
    set_aside = OutboxMail.objects.filter(
        lane__in=[one.lane for one in everybody], kind=MailingKind.INVITATION, state=OutboxMail.State.SUPERSEDED
    )
    lanes = set(set_aside.values_list("lane", flat=True))
    items = ActItem.objects.filter(lane__in=[one.lane for one in everybody], act__kind=Act.Kind.INVITATION)
    lanes |= set(items.filter(problem=writing.CANCELLED).values_list("lane", flat=True))
    return [one for one in everybody if one.pk not in heard and one.lane in lanes]


def _switch(
    meeting: Meeting, state: State, *, by: User, word: str, composed: dict[str, Any] | None
) -> tuple[Act | None, list[Invitation]]:
    """Set the state, note the change as told, and start the act for those whom a mail may have reached.

    In the transaction of the decision, under the lock of the meeting. Returns the act and the people; None: nobody.
    """
    before, snapshot, was_draft = Facts.of(meeting), undo.snapshot(meeting), meeting.is_draft
    meeting.state = state
    change = None if was_draft else changes.note(meeting, before, by=by)  # of a draft nobody has heard
    meeting.version += 1
    meeting.save()
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting", "contact"))
    kind, people = MailingKind.CANCELLATION, changes.mailable(everybody)
    if state == State.PLANNED:  # those whose cancellation has not left know nothing of it
        kind, people = MailingKind.UPDATE, _outdated(meeting, people)
    act = None
    if people:
        record = {"meeting": undo.undo_record(snapshot, meeting)}
        act = changes.start(meeting, people, kind=kind, by=by, word=word, composed=composed, undo_record=record)
        outbox.set_aside([one.lane for one in everybody], act=act)  # the act that says so can give it back
    else:
        outbox.drop([one.lane for one in everybody], reason=OutboxMail.Reason.CALLED_OFF)
    if change:
        told = Q(pk=change.pk) if meeting.is_cancelled else Q(decision=Decision.OPEN)  # an update says everything
        Change.objects.filter(told, meeting=meeting).update(decision=Decision.TOLD, act=act)
    return act, people


def _outdated(meeting: Meeting, people: list[Invitation]) -> list[Invitation]:
    """Return those who have to be told that the meeting takes place after all; the answers of the others hold."""
    changes.restore_told_version(people)
    outdated = changes.outdated_recipients(meeting, people)
    changes.let_answers_stand_of(meeting, [one for one in people if one not in outdated])
    return outdated


# --- One person


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
