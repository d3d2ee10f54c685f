"""Calling a meeting off, taking that back, and taking one person off the list."""

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from mailroom.models import OutboxMail
from mailroom.services import outbox
from meetings.enums import Decision, MailingKind, State
from meetings.models import Change, Facts, Invitation, Mailing, MailingItem, Meeting
from meetings.services import changes, mailings, writing
from team.models import User
from team.services import activity


class NotCancellable(ValueError):
    """The meeting is over, called off already, or was not; the sentence says which."""


def why_not(meeting: Meeting) -> str:
    """Say in German why the meeting cannot be called off, "" when it can."""
    if meeting.is_cancelled:
        return "Dieses Treffen ist schon abgesagt."
    return "Dieses Treffen ist vorbei und lässt sich nicht mehr absagen." if meeting.is_past else ""


def cancel(meeting: Meeting, *, by: User, word: str = "") -> Mailing | None:
    """Call the meeting off: everybody of whom a mail may have arrived gets a CANCEL, the others nothing.

    What waits in the outbox never leaves. None: there is nobody to tell. Raises NotCancellable.
    """
    mailing = _cancel(meeting, by=by, word=word)
    if mailing:
        mailings.finish_small(mailing)
    return mailing


@transaction.atomic
def _cancel(meeting: Meeting, *, by: User, word: str) -> Mailing | None:
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if problem := why_not(meeting):
        raise NotCancellable(problem)
    mailing = switch(meeting, State.CANCELLED, kind=MailingKind.CANCELLATION, by=by, word=word)
    told = f" und sagt es {mailings.persons(mailing.total)}" if mailing else ""
    activity.record(f"hat „{meeting.title}“ abgesagt{told}", by=by, about=[meeting, *meeting.networks.all()])
    return mailing


def reinstate(meeting: Meeting, *, by: User, word: str = "") -> Mailing | None:
    """Let a meeting that was called off take place after all; who got a CANCEL is invited anew by an update.

    None: there is nobody to tell. Raises NotCancellable.
    """
    acts = _reinstate(meeting, by=by, word=word)
    for mailing in acts:
        mailings.finish_small(mailing)
    return next(iter(acts), None)


@transaction.atomic
def _reinstate(meeting: Meeting, *, by: User, word: str) -> list[Mailing]:
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if not meeting.is_cancelled:
        raise NotCancellable("Dieses Treffen ist nicht abgesagt.")
    if meeting.is_past:
        raise NotCancellable("Der Termin dieses Treffens ist vorbei. Bitte kopieren Sie es auf einen neuen Termin.")
    update = switch(meeting, State.PLANNED, kind=MailingKind.UPDATE, by=by, word=word)
    told = f" und sagt es {mailings.persons(update.total)}" if update else ""
    activity.record(f"hat die Absage von „{meeting.title}“ zurückgenommen{told}", by=by, about=[meeting])
    return [act for act in (update, _invite_the_unheard(meeting, by=by, word=word)) if act]


def _invite_the_unheard(meeting: Meeting, *, by: User, word: str) -> Mailing | None:
    """Whose invitation still waited, or was still to be written, when the meeting was called off gets it now."""
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting"))
    heard = {one.pk for one in changes.reached(everybody)}
    set_aside = OutboxMail.objects.filter(
        lane__in=[one.lane for one in everybody], kind=MailingKind.INVITATION, state=OutboxMail.State.SUPERSEDED
    )
    lanes = set(set_aside.values_list("lane", flat=True))
    items = MailingItem.objects.filter(invitation__in=everybody, mailing__kind=MailingKind.INVITATION)
    unwritten = set(items.filter(problem=writing.CANCELLED).values_list("invitation", flat=True))
    people = [one for one in everybody if one.pk not in heard and (one.lane in lanes or one.pk in unwritten)]
    return changes.start(meeting, people, kind=MailingKind.INVITATION, by=by, word=word) if people else None


def switch(meeting: Meeting, state: State, *, kind: MailingKind, by: User, word: str) -> Mailing | None:
    """Set the state, note the change as told, and start the act for those whom a mail may have reached.

    In the transaction of the decision, under the lock of the meeting. None: there is nobody to tell.
    """
    before, put_back = Facts.of(meeting), mailings.snapshot(meeting)
    meeting.state = state
    change = changes.note(meeting, before, by=by)
    meeting.version += 1
    meeting.save()
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting"))
    people = changes.reached(everybody)
    if kind == MailingKind.UPDATE:  # whose cancellation has not left knows nothing of it
        changes.forget_what_waits(people)
        people = changes.who_knows_otherwise(meeting, people)
    mailing = changes.start(meeting, people, kind=kind, by=by, word=word) if people else None
    outbox.set_aside([one.lane for one in everybody], act=mailing.pk if mailing else meeting.pk)
    if change:
        told = Q(pk=change.pk) if meeting.is_cancelled else Q(decision=Decision.OPEN)  # an update says everything
        Change.objects.filter(told, meeting=meeting).update(decision=Decision.TOLD, mailing=mailing)
    if mailing:
        mailings.remember(mailing, put_back, meeting)
    return mailing


# --- One person


class NotWithdrawable(ValueError):
    """The invitation is withdrawn already, or the meeting is over or called off; the sentence says which."""


def withdraw(invitation: Invitation, *, by: User, word: str = "") -> Mailing | None:
    """Take one person off the list: her link opens nothing any more, and her calendar entry goes by a CANCEL.

    The others get nothing. None: no mail has reached her, so there is nothing to take back. Raises NotWithdrawable.
    """
    mailing = _withdraw(invitation, by=by, word=word)
    if mailing:
        mailings.finish_small(mailing)
    return mailing


@transaction.atomic
def _withdraw(invitation: Invitation, *, by: User, word: str) -> Mailing | None:
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=invitation.meeting_id)
    person = Invitation.objects.select_related("meeting", "contact__organisation").get(pk=invitation.pk)
    if person.withdrawn_at is not None:
        raise NotWithdrawable("Diese Einladung ist schon zurückgenommen.")
    if meeting.is_cancelled or meeting.is_past:
        raise NotWithdrawable("Dieses Treffen ist abgesagt oder vorbei, da gibt es nichts zurückzunehmen.")
    # RFC 5546 section 3.2.5: SEQUENCE rises; the object is hers alone, so the others' stays.
    Invitation.objects.filter(pk=person.pk).update(
        withdrawn_at=timezone.now(), extra_sequence=F("extra_sequence") + 1, updated_at=timezone.now()
    )
    has_heard = changes.reached([person])
    mailing = None
    if has_heard:
        mailing = changes.start(meeting, [person], kind=MailingKind.WITHDRAWAL, by=by, word=word)
    else:
        outbox.set_aside([person.lane], act=person.pk)
    activity.record(f"hat die Einladung von {person.contact} zurückgenommen", by=by, about=[meeting, person.contact])
    return mailing
