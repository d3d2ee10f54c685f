"""Changes of a meeting: recorded when it is saved, decided by the team, and mailed to invitees as an update.

Each invitation stores the facts that its newest mail told (`told_version`), so that an update tells each invitee the
differences since their own last mail, including changes that the team kept silent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.folding import email_key
from mailroom.models import HANDED_OVER_AT_MOST, Act, ActItem, OutboxMail
from mailroom.services import addresses, outbox
from mailroom.services.acts import write
from meetings.enums import Answer, Decision, MailingKind, State
from meetings.models import Change, Difference, Facts, Invitation, Meeting
from meetings.services.inviting import recipients
from meetings.services.sending import dispatch, letters
from partners.models import Contact
from regions.models import Network
from team.models import User
from team.services import activity

_Reason = OutboxMail.Reason
_LOOKED_AT = 50  # meetings with an undecided change that are checked at once
_RENEWED = (MailingKind.INVITATION, MailingKind.REMINDER, MailingKind.UPDATE)


class NothingToTell(ValueError):
    """No change is open, or nobody who was chosen can be told; the sentence says which."""


@dataclass(frozen=True)
class Informed:
    """An invitee; `reason` says in German why no mail goes to them, "" when one does."""

    invitation: Invitation
    reason: str = ""

    @property
    def contact(self) -> Contact:
        """The invited contact."""
        return self.invitation.contact

    @property
    def network(self) -> Network | None:
        """The network through which the contact was invited; None for guests."""
        return self.invitation.network

    @property
    def is_mailable(self) -> bool:
        """Whether they can be told by mail."""
        return not self.reason

    @property
    def has_declined(self) -> bool:
        """Whether their current answer is a refusal."""
        return self.invitation.answer == Answer.DECLINED


def note(meeting: Meeting, before: Facts, *, by: User) -> Change | None:
    """Increase `facts_version`; if there are invitations, also record a `Change` and return it, else return None.

    Also increases SEQUENCE when the change affects answers given before (RFC 5546 section 2.1.4). Does nothing for
    drafts and unchanged facts. Called under the meeting's lock; the caller saves the meeting afterwards.
    """
    after = Facts.of(meeting)
    if meeting.is_draft or not before.differences(after):
        return None
    sequence_before = meeting.sequence
    meeting.facts_version += 1
    if before.has_moved(after):
        meeting.sequence += 1
    if not meeting.invitations.exists():
        return None
    return Change.objects.create(
        meeting=meeting,
        number=meeting.facts_version,
        before=before.as_json(),
        sequence_before=sequence_before,
        by=by,
    )


def renew_waiting(meeting: Meeting, *, by: User, parent: Act | None = None) -> list[Act]:
    """Start acts that replace the meeting's waiting mails by mails with the current facts, and return them.

    Only invitations, reminders and updates are replaced, and not where an act still has to write the mail. The waiting
    mails are superseded. Called in the transaction of a change, after the meeting is saved; the caller then passes the
    acts to `write.write_small`. A mail in transmission is followed by a new one, since the first may still fail.
    Failed, returned and finally uncertain mails are marked as outdated and not replaced.
    """
    lanes = [str(pk) for pk in meeting.invitations.values_list("pk", flat=True)]
    told = OutboxMail.objects.filter(lane__in=lanes, kind__in=_RENEWED)
    waiting = told.filter(state__in=OutboxMail.UNDER_WAY).exclude(
        state=OutboxMail.State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST
    )
    unwritten = ActItem.objects.filter(act__in=Act.objects.about(meeting).rendering(), rendered_at=None)
    told_anew = set(unwritten.values_list("lane", flat=True))
    by_act: dict[UUID, set[str]] = defaultdict(set)
    for act, lane in waiting.values_list("act", "lane"):
        if act and lane not in told_anew:
            by_act[act].add(lane)
    # Stopping the parent act removes this mark.
    outbox.mark_resendable_outdated(lanes, kinds=_RENEWED, reason=_Reason.CHANGED, until_stopped=parent)
    old = Act.objects.filter(pk__in=by_act).order_by("created_at")
    renewed = [_start_renewed(meeting, act, by_act[act.pk], by=by, parent=parent) for act in old]
    return [act for act in renewed if act]


def _start_renewed(meeting: Meeting, old: Act, lanes: Collection[str], *, by: User, parent: Act | None) -> Act | None:
    """Start an act that replaces the old one for these lanes; None when nobody needs a mail any more.

    Their waiting mails are superseded. Of an update, those who know the current facts without it get no mail, and their
    answers count again. The changes that the old act told belong to the new one.
    """
    people = list(Invitation.objects.filter(pk__in=lanes).valid().select_related("meeting"))
    restore_told_version(people)
    if old.kind == MailingKind.UPDATE:
        to_tell = outdated_recipients(meeting, people)
        knowing = [one for one in people if one not in to_tell]
        revalidate_answers(meeting, knowing)
        outbox.supersede_without_mail([one.lane for one in knowing], reason=_Reason.CHANGED, until_stopped=parent)
        people = to_tell
    if not people:
        return None
    act = start(
        meeting,
        people,
        kind=MailingKind(old.kind),
        by=by,
        word=old.word,
        made_planned=old.undo_record.get("made_planned", False),
        parent=parent,
        composed=old.composed,
    )
    Change.objects.filter(act=old).update(act=act)
    return act


def restore_told_version(people: Collection[Invitation]) -> None:
    """Reset and save `told_version` of those whose waiting mail will not be sent: what they were told before it.

    Leaves those whose waiting mail may have been transmitted. Called before the waiting mails are superseded.
    """
    waiting = OutboxMail.objects.filter(lane__in=[one.lane for one in people], state__in=OutboxMail.STOPPABLE)
    acts = {lane: act for lane, act in waiting.filter(unanswered=0).values_list("lane", "act") if act}
    items = ActItem.objects.filter(act__in=acts.values(), lane__in=acts)
    told = {(act, lane): memo or 0 for act, lane, memo in items.values_list("act", "lane", "memo")}
    for one in people:
        if one.lane in acts:
            one.told_version = told.get((acts[one.lane], one.lane), one.told_version)
    Invitation.objects.bulk_update(people, ["told_version"])


def outdated_recipients(meeting: Meeting, people: Collection[Invitation]) -> list[Invitation]:
    """Return the people whose newest mail tells facts that differ from the current ones; one query."""
    now, known = Facts.of(meeting), letters.known_facts(meeting, {one.told_version for one in people})
    return [one for one in people if known[one.told_version].differences(now)]


def revalidate_answers(meeting: Meeting, people: Collection[Invitation]) -> None:
    """Save the answers of these people as given at the current SEQUENCE, so that they count without a new answer.

    For invitees who were told the current facts: the meeting has changed and changed back since their mail.
    """
    changed = Change.objects.filter(meeting=meeting).order_by("number").values_list("number", "sequence_before")
    for told in {one.told_version for one in people}:
        first = next((sequence for number, sequence in changed if number > told), None)
        if first is not None:
            _raise_answered_sequence(meeting, since=first, among=[one.pk for one in people if one.told_version == told])


def start(
    meeting: Meeting,
    invitations: Collection[Invitation],
    *,
    kind: MailingKind,
    by: User,
    word: str,
    parent: Act | None = None,
    is_settled: bool = False,
    **act: Any,
) -> Act:
    """Start an act for these invitations and supersede their waiting mails. Called in the decision's transaction.

    An update goes to each contact's current address; for other kinds only broken addresses are replaced. Also increases
    `mail_version`, and marks failed mails so that nobody sends them again. `is_settled`: the caller knows that no mail
    for them waits, is being sent or has failed, so nothing is superseded or marked. `act` holds further arguments of
    `dispatch.start_act`. Writes no mail.
    """
    keys = [invitation.pk for invitation in invitations]
    Invitation.objects.filter(pk__in=keys).update(mail_version=F("mail_version") + 1)
    if kind == MailingKind.UPDATE:
        _take_over_addresses(invitations)
    else:
        replace_broken_addresses(invitations)
    started = dispatch.start_act(meeting, list(invitations), kind=kind, by=by, word=word, parent=parent, **act)
    if not is_settled:
        outbox.supersede_by_act([invitation.lane for invitation in invitations], act=started)
    return started


def _take_over_addresses(invitations: Iterable[Invitation]) -> None:
    """Set and save each invitation's address as the contact's current one, if they have one. Reads `contact`."""
    for invitation in invitations:
        if invitation.contact.email and invitation.contact.email != invitation.email:
            invitation.email = invitation.contact.email
            Invitation.objects.filter(pk=invitation.pk).update(email=invitation.email, updated_at=timezone.now())


def replace_broken_addresses(invitations: Iterable[Invitation]) -> None:
    """Replace, and save, invited addresses that are broken by the contact's current, different one. Reads `contact`."""
    moved = [one for one in invitations if one.contact.email and one.contact.email_folded != email_key(one.email)]
    dead = addresses.broken(email_key(one.email) for one in moved) if moved else set()
    _take_over_addresses(one for one in moved if email_key(one.email) in dead)


# --- The decision


def why_not(meeting: Meeting) -> str:
    """Say in German why nothing of the meeting can be told any more, "" when it can."""
    if meeting.is_draft:
        return "Dieses Treffen ist ein Entwurf. Davon weiß noch niemand."
    if meeting.is_cancelled:
        return "Dieses Treffen ist abgesagt. Es gibt nichts mehr mitzuteilen."
    return "Dieses Treffen ist vorbei. Es gibt nichts mehr mitzuteilen." if meeting.is_past else ""


def untold(meeting: Meeting) -> list[Difference]:
    """Return the undecided differences if a mailed invitee knows other facts; mostly one query.

    Seven queries while a decision is open.
    """
    differences = pending(meeting)
    return differences if differences and people_to_tell(meeting) else []


def undecided_meetings() -> list[Meeting]:
    """Return planned meetings that are not over, with an undecided change and invitees who know older facts.

    At most the next 50 with an undecided change are checked; three queries.
    """
    open_changes = Change.objects.undecided().values("meeting")
    ahead = list(Meeting.objects.upcoming().filter(pk__in=open_changes, state=State.PLANNED)[:_LOOKED_AT])
    if not ahead:
        return []
    behind = Invitation.objects.filter(meeting__in=ahead, told_version__lt=F("meeting__facts_version")).valid()
    known = {invitation.meeting_id for invitation in reached(behind)}
    return [meeting for meeting in ahead if meeting.pk in known]


def pending(meeting: Meeting) -> list[Difference]:
    """Return the differences since the first undecided change; one or two queries.

    Empty for a meeting that is called off or over.
    """
    first = Change.objects.filter(meeting=meeting).undecided().order_by("number").first()
    if first is None or meeting.is_cancelled or meeting.is_past:
        return []
    return first.facts_before.differences(Facts.of(meeting))


def people_to_tell(meeting: Meeting) -> list[Informed]:
    """Return the invitees whom a mail told other facts than the current ones, sorted by name; five queries."""
    rows = Invitation.objects.filter(meeting=meeting, told_version__lt=meeting.facts_version).valid()
    rows = rows.select_related("contact__organisation", "network").order_by("contact__sort_key", "pk")
    known = reached(rows)
    facts, now = letters.known_facts(meeting, {row.told_version for row in known}), Facts.of(meeting)
    known = [row for row in known if facts[row.told_version].differences(now)]
    for row in known:
        row.meeting = meeting
    return informed(known)


def informed(invitations: Collection[Invitation]) -> list[Informed]:
    """Return each invitee with the reason why they cannot be told by mail: a broken address; one query.

    The contact's current address counts. Reads `contact`.
    """
    broken = addresses.broken(row.contact.email_folded for row in invitations)
    # Invitees who stopped invitations are still told that a date has changed.
    return [Informed(row, recipients.BROKEN if row.contact.email_folded in broken else "") for row in invitations]


def reached(invitations: Iterable[Invitation]) -> list[Invitation]:
    """Return those whom a mail may have reached, so that their calendar may have an entry to change; one query."""
    rows = list(invitations)
    lanes = OutboxMail.objects.filter(lane__in=[row.lane for row in rows]).may_have_arrived()
    arrived = set(lanes.values_list("lane", flat=True))
    return [row for row in rows if row.lane in arrived]


def mailable(invitations: Iterable[Invitation]) -> list[Invitation]:
    """Return those of `reached` whose current address is not broken; at most three queries. Reads `contact`."""
    return [one.invitation for one in informed(reached(invitations)) if one.is_mailable]


def tell(
    meeting: Meeting, keys: Collection[UUID], *, by: User, word: str = "", composed: dict[str, Any] | None = None
) -> Act:
    """Mail these people (keys of invitations) the differences since their last mail.

    Leaves out those who cannot be mailed, know the current facts, or for whom a mail with them is still to be written.
    All undecided changes count as told; the log gets an entry. A small act's mails are written before this returns;
    they are sent after MAIL_GRACE_SECONDS. Raises NothingToTell.
    """
    act = _decide(meeting, set(keys), by=by, word=word, composed=composed)
    write.write_small(act)
    return act


@transaction.atomic
def _decide(meeting: Meeting, keys: set[UUID], *, by: User, word: str, composed: dict[str, Any] | None) -> Act:
    """Start the act of `tell`, mark all undecided changes as told and log it, under the meeting's lock; no mail yet.

    Waiting mails of these people are superseded. Raises NothingToTell.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    if problem := why_not(meeting):
        raise NothingToTell(problem)
    keys -= _about_to_be_told(meeting)
    people = [one.invitation for one in people_to_tell(meeting) if one.is_mailable and one.invitation.pk in keys]
    if not people:
        raise NothingToTell("Es ist niemand ausgewählt, der von der Änderung noch nichts weiß.")
    act = start(meeting, people, kind=MailingKind.UPDATE, by=by, word=word, composed=composed)
    Change.objects.filter(meeting=meeting).undecided().update(decision=Decision.TOLD, act=act)
    sentence = f"hat {dispatch.persons(len(people))} die Änderung von „{meeting.title}“ mitgeteilt"
    activity.record(sentence, by=by, about=[meeting, *dispatch.concerned(people)])
    return act


def _about_to_be_told(meeting: Meeting) -> set[UUID]:
    """Return the keys of invitations for which a mail with the current facts is still to be written.

    `told_version` rises only when the mail is written; without this check two presses would mail everybody twice.
    """
    acts = Act.objects.about(meeting).rendering().filter(kind__in=(MailingKind.INVITATION, MailingKind.UPDATE))
    unwritten = ActItem.objects.filter(act__in=acts, rendered_at=None)
    return {UUID(lane) for lane in unwritten.values_list("lane", flat=True)}


@transaction.atomic
def keep_silent(meeting: Meeting, *, by: User) -> bool:
    """Decide that nobody is told of the undecided changes, and keep earlier answers valid. Locks the meeting.

    Return whether there was something to decide; if so, the log gets an entry.
    """
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if not _close_and_revalidate(meeting):
        return False
    sentence = f"hat entschieden, die Änderung von „{meeting.title}“ niemandem mitzuteilen"
    activity.record(sentence, by=by, about=[meeting])
    return True


def close_reverted_changes(meeting: Meeting) -> None:
    """Save earlier answers as valid when undecided changes cancel each other out. Called under the meeting's lock.

    When no fact differs any more, the changes are also closed as not told.
    """
    first = Change.objects.filter(meeting=meeting).undecided().order_by("number").first()
    if first is None:
        return
    before, now = first.facts_before, Facts.of(meeting)
    if not before.differences(now):
        _close_and_revalidate(meeting)
    elif not before.has_moved(now):
        _raise_answered_sequence(meeting, since=first.sequence_before)


def _close_and_revalidate(meeting: Meeting) -> bool:
    """Close the undecided changes as not told and keep earlier answers valid. Return whether there were any."""
    undecided = Change.objects.filter(meeting=meeting).undecided()
    first = undecided.order_by("number").first()
    if first is None:
        return False
    undecided.update(decision=Decision.SILENT)
    _raise_answered_sequence(meeting, since=first.sequence_before)
    return True


def _raise_answered_sequence(meeting: Meeting, *, since: int, among: Collection[UUID] | None = None) -> None:
    """Save answers given at SEQUENCE `since` or later as given at the current one: of all, or of these keys only."""
    given = Invitation.objects.filter(meeting=meeting, answered_sequence__gte=since).exclude(answer="")
    if among is not None:
        given = given.filter(pk__in=among)
    given.update(answered_sequence=meeting.sequence, updated_at=timezone.now())
