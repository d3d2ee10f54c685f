"""Calling a meeting off, taking that back, and taking one person off the list."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from mailroom.models import OutboxMail
from mailroom.services import outbox
from meetings.enums import Decision, MailingKind, State
from meetings.models import BulkAct, Change, Facts, Invitation, Mailing, MailingItem, Meeting
from meetings.services import changes, mailings, writing
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


def why_not_reinstated(meeting: Meeting) -> str:
    """Say in German why the meeting cannot take place after all, "" when it can."""
    if not meeting.is_cancelled:
        return "Dieses Treffen ist nicht abgesagt."
    past = "Der Termin dieses Treffens ist vorbei. Bitte kopieren Sie es auf einen neuen Termin."
    return past if meeting.is_past else ""


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
    if problem := why_not_reinstated(meeting):
        raise NotCancellable(problem)
    update = switch(meeting, State.PLANNED, kind=MailingKind.UPDATE, by=by, word=word)
    told = f" und sagt es {mailings.persons(update.total)}" if update else ""
    activity.record(f"hat die Absage von „{meeting.title}“ zurückgenommen{told}", by=by, about=[meeting])
    return [*([update] if update else []), *invite_the_unheard(meeting, by=by, word=word)]


def invite_the_unheard(meeting: Meeting, *, by: User, word: str, bulk: BulkAct | None = None) -> list[Mailing]:
    """Whose invitation still waited, or was still to be written, when the meeting was called off gets it now."""
    people, kind = unheard(meeting), MailingKind.INVITATION
    return [changes.start(meeting, people, kind=kind, by=by, word=word, bulk=bulk)] if people else []


def unheard(meeting: Meeting) -> list[Invitation]:
    """Whose invitation still waited, or was still to be written, when the meeting was called off: they get it when it
    takes place after all.
    """
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting", "contact"))
    heard = {one.pk for one in changes.reached(everybody)}
    set_aside = OutboxMail.objects.filter(
        lane__in=[one.lane for one in everybody], kind=MailingKind.INVITATION, state=OutboxMail.State.SUPERSEDED
    )
    lanes = set(set_aside.values_list("lane", flat=True))
    items = MailingItem.objects.filter(invitation__in=everybody, mailing__kind=MailingKind.INVITATION)
    unwritten = set(items.filter(problem=writing.CANCELLED).values_list("invitation", flat=True))
    return [one for one in everybody if one.pk not in heard and (one.lane in lanes or one.pk in unwritten)]


def switch(
    meeting: Meeting, state: State, *, kind: MailingKind, by: User, word: str, bulk: BulkAct | None = None
) -> Mailing | None:
    """Set the state, note the change as told, and start the act for those whom a mail may have reached.

    In the transaction of the decision, under the lock of the meeting. None: there is nobody to tell.
    """
    before, put_back, was_draft = Facts.of(meeting), mailings.snapshot(meeting), meeting.is_draft
    meeting.state = state
    change = None if was_draft else changes.note(meeting, before, by=by)  # of a draft nobody has heard
    meeting.version += 1
    meeting.save()
    everybody = list(Invitation.objects.filter(meeting=meeting).valid().select_related("meeting", "contact"))
    people = changes.mailable(everybody)
    if kind == MailingKind.UPDATE:  # whose cancellation has not left knows nothing of it
        changes.forget_what_waits(people)
        people = changes.who_knows_otherwise(meeting, people)
    mailing = changes.start(meeting, people, kind=kind, by=by, word=word, bulk=bulk) if people else None
    set_aside_all(meeting, everybody, mailing)
    if change:
        told = Q(pk=change.pk) if meeting.is_cancelled else Q(decision=Decision.OPEN)  # an update says everything
        Change.objects.filter(told, meeting=meeting).update(decision=Decision.TOLD, mailing=mailing)
    if mailing:
        Mailing.objects.filter(pk=mailing.pk).update(put_back=mailings.kept(put_back, meeting))
    return mailing


def set_aside_all(meeting: Meeting, invitations: Iterable[Invitation], mailing: Mailing | None) -> None:
    """Nothing about the meeting leaves any more; the act that says so can give it back, without one nobody does."""
    outbox.set_aside([one.lane for one in invitations], act=mailing.pk if mailing else meeting.pk)


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


def withdraw(invitation: Invitation, *, by: User, word: str = "") -> Mailing | None:
    """Take one person off the list: her link opens nothing any more, and her calendar entry goes by a CANCEL.

    The others get nothing. None: no mail has reached her, so there is nothing to take back. Raises NotWithdrawable.
    She can be invited again on the page for inviting.
    """
    mailing = _withdraw(invitation, by=by, word=word)
    if mailing:
        mailings.finish_small(mailing)
    return mailing


@transaction.atomic
def _withdraw(invitation: Invitation, *, by: User, word: str) -> Mailing | None:
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=invitation.meeting_id)
    person = Invitation.objects.select_related("meeting", "contact__organisation").get(pk=invitation.pk)
    person.meeting = meeting
    if problem := why_not_withdrawn(person):
        raise NotWithdrawable(problem)
    # RFC 5546 section 3.2.5: SEQUENCE rises; the object is hers alone, so the others' stays.
    Invitation.objects.filter(pk=person.pk).update(
        withdrawn_at=timezone.now(), extra_sequence=F("extra_sequence") + 1, updated_at=timezone.now()
    )
    mailing = None
    if has_heard(person):
        mailing = changes.start(meeting, [person], kind=MailingKind.WITHDRAWAL, by=by, word=word)
    else:
        outbox.set_aside([person.lane], act=person.pk)
    activity.record(f"hat die Einladung von {person.contact} zurückgenommen", by=by, about=[meeting, person.contact])
    return mailing
