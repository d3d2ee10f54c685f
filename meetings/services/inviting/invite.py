"""Inviting many people to a meeting by one decision."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mailroom.models import Act
from mailroom.services.acts import write
from meetings.enums import MailingKind, State
from meetings.models import Invitation, Meeting
from meetings.services.inviting import recipients
from meetings.services.inviting.recipients import Candidate
from meetings.services.sending import dispatch, undo
from partners.models import Contact
from team.models import User
from team.services import activity

_RENEWED = (
    *("contact", "network", "email", "mail_version", "updated_at"),
    *undo.OF_THE_WITHDRAWN,
)


class NotInvitable(ValueError):
    """Nobody can be invited to this meeting any more; the sentence says why."""


class NobodyLeft(ValueError):
    """None of the chosen people can be invited: no mail can go to them, or they are invited already."""


def why_not(meeting: Meeting) -> str:
    """Say in German why nobody can be invited any more, "" when one can."""
    if meeting.is_cancelled:
        return "Dieses Treffen ist abgesagt. Es kann niemand mehr eingeladen werden."
    return "Dieses Treffen ist vorbei. Es kann niemand mehr eingeladen werden." if meeting.is_past else ""


def invite(
    meeting: Meeting,
    contacts: Iterable[Contact],
    *,
    by: User,
    word: str = "",
    composed: dict[str, Any] | None = None,
) -> Act:
    """Invite these people, log it and start an act that mails each; a draft becomes planned.

    Leaves out those who cannot be mailed or are invited already. Those whom no mail has reached, or whose invitation
    was withdrawn, are invited again in the same row, with their current address. A small act's mails are written before
    this returns; they are sent after MAIL_GRACE_SECONDS. Raises NotInvitable or NobodyLeft.
    """
    act = decide(meeting, {contact.pk for contact in contacts}, by=by, word=word, composed=composed)
    write.write_small(act)
    return act


@transaction.atomic
def decide(meeting: Meeting, keys: set[int], *, by: User, word: str, composed: dict[str, Any] | None = None) -> Act:
    """Write the invitations of these contacts (`keys`) and start their act, in one transaction; no mail is written.

    Contacts who cannot be mailed or are invited already are left out; a draft becomes planned; the log gets an entry.
    The meeting's lock serialises simultaneous decisions. After the commit the caller passes the act to
    `write.write_small`. Raises NotInvitable or NobodyLeft.
    """
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if problem := why_not(meeting):
        raise NotInvitable(problem)
    people = [candidate for candidate in recipients.chosen(meeting, keys) if candidate.is_mailable]
    if not people:
        raise NobodyLeft
    was = [undo.snapshot_of_withdrawn(one.invitation) for one in people if one.invitation and one.was_withdrawn]
    invitations = _write_invitations(meeting, people)
    is_draft = meeting.is_draft
    if is_draft:
        what = {"state": State.PLANNED, "version": F("version") + 1, "updated_at": timezone.now()}
        Meeting.objects.filter(pk=meeting.pk).update(**what)
    act = dispatch.start_act(
        meeting,
        invitations,
        kind=MailingKind.INVITATION,
        by=by,
        word=word,
        made_planned=is_draft,
        undo_record={"withdrawn": was} if was else None,
        composed=composed,
    )
    _note(meeting, [one.contact for one in people], by=by)
    return act


def _write_invitations(meeting: Meeting, people: Sequence[Candidate]) -> list[Invitation]:
    """Store an invitation for each person, or update the one that they already have, and return them all.

    The answer of a withdrawn invitation is cleared and stays in the history only. Its SEQUENCE rises above that of the
    CANCEL (RFC 5546 section 2.1.4), so that no calendar takes the new object for an old one.
    """
    rows = []
    for one in people:
        row = one.invitation or Invitation(meeting=meeting)
        row.contact, row.network, row.email = one.contact, one.network, one.contact.email
        row.mail_version += 1  # of its lane: the outbox accepts each version once
        rows.append(row)
    again = [one.invitation for one in people if one.invitation]
    now = timezone.now()
    for row in again:
        row.updated_at = now
        if row.withdrawn_at is not None:
            row.withdrawn_at = row.answered_at = None
            row.answer = row.mode = row.comment = row.answered_via = ""
            row.extra_sequence += 1
    Invitation.objects.bulk_update(again, _RENEWED)
    Invitation.objects.bulk_create(row for row in rows if row._state.adding)
    return rows


def _note(meeting: Meeting, contacts: list[Contact], *, by: User) -> None:
    """Log in one sentence that these people were invited, at the meeting, each person and organisation."""
    who = str(contacts[0]) if len(contacts) == 1 else f"{len(contacts)} Personen"
    organisations = {contact.organisation_id: contact.organisation for contact in contacts}
    sentence = f"hat {who} zu „{meeting.title}“ eingeladen"
    activity.record(sentence, by=by, about=[meeting, *organisations.values(), *contacts])
