"""Calling a meeting off, and reinstating a meeting that was called off."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import write
from meetings.enums import Decision, MailingKind, State
from meetings.models import Change, Facts, Invitation, Meeting
from meetings.services.changes import changes
from meetings.services.changes.changes import Informed
from meetings.services.sending import dispatch, letters, undo
from team.models import User
from team.services import activity

UNHEARD = "hat keine Mail von uns, die man zurücknehmen müsste"


class NotCancellable(ValueError):
    """The meeting cannot be called off or reinstated; the sentence says why."""


def why_not(meeting: Meeting) -> str:
    """Say in German why the meeting cannot be called off, "" when it can."""
    if meeting.is_cancelled:
        return "Dieses Treffen ist schon abgesagt."
    return "Dieses Treffen ist vorbei und lässt sich nicht mehr absagen." if meeting.is_past else ""


def all_invited(meeting: Meeting) -> list[Informed]:
    """Return all invited people, sorted by name, each with the reason why they would not be mailed; four queries.

    Holds for calling the meeting off as well as for reinstating it.
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
    """Call the meeting off and mail a CANCEL to everybody whom an earlier mail may have reached.

    Nothing is sent to broken addresses. Mails that wait in the outbox are superseded; the log gets an entry. A small
    act's mails are written before this returns; they are sent after MAIL_GRACE_SECONDS. Returns None when nobody is
    mailed. Raises NotCancellable.
    """
    act = _cancel(meeting, by=by, word=word, composed=composed)
    if act:
        write.write_small(act)
    return act


@transaction.atomic
def _cancel(meeting: Meeting, *, by: User, word: str, composed: dict[str, Any] | None) -> Act | None:
    """Save the meeting as called off, start the act and log it, under the meeting's lock; writes no mails.

    All waiting mails of the invitees are superseded. Returns None when nobody is to be mailed. Raises NotCancellable.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if problem := why_not(meeting):
        raise NotCancellable(problem)
    act, people = _switch(meeting, State.CANCELLED, by=by, word=word, composed=composed)
    about = [meeting, *meeting.networks.all(), *dispatch.concerned(people)]
    activity.record(f"hat „{meeting.title}“ abgesagt{dispatch.and_notifies(len(people))}", by=by, about=about)
    return act


def why_not_reinstated(meeting: Meeting) -> str:
    """Say in German why the meeting cannot take place after all, "" when it can."""
    if not meeting.is_cancelled:
        return "Dieses Treffen ist nicht abgesagt."
    past = "Der Termin dieses Treffens ist vorbei. Bitte kopieren Sie es auf einen neuen Termin."
    return past if meeting.is_past else ""


def reinstate(meeting: Meeting, *, by: User, word: str = "", composed: dict[str, Any] | None = None) -> Act | None:
    """Reinstate a meeting that was called off: mail an update to those who were told other facts.

    Those whose invitation waited when the meeting was called off are invited. Small acts' mails are written before this
    returns; the log gets an entry. Returns the first act started, None when nobody is mailed. Raises NotCancellable.
    """
    acts = _reinstate(meeting, by=by, word=word, composed=composed)
    for act in acts:
        write.write_small(act)
    return next(iter(acts), None)


@transaction.atomic
def _reinstate(meeting: Meeting, *, by: User, word: str, composed: dict[str, Any] | None) -> list[Act]:
    """Save the meeting as planned again, start the acts and log it, under the meeting's lock; writes no mails.

    Returns the act of the update, then that of the invitations (`never_mailed`), as far as each has recipients. Waiting
    mails of the invitees are superseded. Raises NotCancellable.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if problem := why_not_reinstated(meeting):
        raise NotCancellable(problem)
    update, people = _switch(meeting, State.PLANNED, by=by, word=word, composed=composed)
    told = dispatch.and_notifies(len(people))
    activity.record(f"hat die Absage von „{meeting.title}“ zurückgenommen{told}", by=by, about=[meeting])
    return [*([update] if update else []), *invite_never_mailed(meeting, by=by, word=word)]


def invite_never_mailed(meeting: Meeting, *, by: User, word: str, parent: Act | None = None) -> list[Act]:
    """Start an act that invites the people of `never_mailed`; return it in a list, empty when there are none.

    Called in the decision's transaction; writes no mails. Waiting mails of these people are superseded.
    """
    people, kind = never_mailed(meeting), MailingKind.INVITATION
    return [changes.start(meeting, people, kind=kind, by=by, word=word, parent=parent)] if people else []


def never_mailed(meeting: Meeting) -> list[Invitation]:
    """Return those whom no mail has reached, but whose invitation waited or was to be written at the cancellation.

    They are invited when the meeting is reinstated. Withdrawn invitations do not count. Four queries.
    """
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting", "contact"))
    heard = {one.pk for one in changes.reached(everybody)}
    set_aside = OutboxMail.objects.filter(
        lane__in=[one.lane for one in everybody], kind=MailingKind.INVITATION, state=OutboxMail.State.SUPERSEDED
    )
    lanes = set(set_aside.values_list("lane", flat=True))
    items = ActItem.objects.filter(lane__in=[one.lane for one in everybody], act__kind=Act.Kind.INVITATION)
    lanes |= set(items.filter(problem=letters.CANCELLED).values_list("lane", flat=True))
    return [one for one in everybody if one.pk not in heard and one.lane in lanes]


def _switch(
    meeting: Meeting, state: State, *, by: User, word: str, composed: dict[str, Any] | None
) -> tuple[Act | None, list[Invitation]]:
    """Save the state, record the change as told, and start the act for those whom a mail may have reached.

    Broken addresses are left out; a reinstatement is told only to those who know other facts. The waiting mails of all
    invitees are superseded. Called in the decision's transaction, under the meeting's lock. Returns the act, None when
    there is nobody to mail, and its recipients.
    """
    before, snapshot, was_draft = Facts.of(meeting), undo.snapshot(meeting), meeting.is_draft
    meeting.state = state
    change = None if was_draft else changes.note(meeting, before, by=by)  # nobody was told of a draft
    meeting.version += 1
    meeting.save()
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting", "contact"))
    kind, people = MailingKind.CANCELLATION, changes.mailable(everybody)
    if state == State.PLANNED:  # people whose cancellation was not sent need no update
        kind, people = MailingKind.UPDATE, _narrow_to_outdated(meeting, people)
    act = None
    if people:
        record = {"meeting": undo.undo_record(snapshot, meeting)}
        act = changes.start(meeting, people, kind=kind, by=by, word=word, composed=composed, undo_record=record)
        outbox.supersede_by_act([one.lane for one in everybody], act=act)  # stopping the act restores these mails
    else:
        outbox.supersede_without_mail([one.lane for one in everybody], reason=OutboxMail.Reason.CALLED_OFF)
    if change:
        told = (
            Q(pk=change.pk) if meeting.is_cancelled else Q(decision=Decision.OPEN)
        )  # an update also tells the earlier changes
        Change.objects.filter(told, meeting=meeting).update(decision=Decision.TOLD, act=act)
    return act, people


def _narrow_to_outdated(meeting: Meeting, people: list[Invitation]) -> list[Invitation]:
    """Return those who have to be told that the meeting takes place after all, and keep the others' answers valid.

    Writes `told_version` of those whose waiting mail will not be sent.
    """
    changes.restore_told_version(people)
    outdated = changes.outdated_recipients(meeting, people)
    changes.revalidate_answers(meeting, [one for one in people if one not in outdated])
    return outdated
