"""Acts of sending about one meeting: starting one, and words and rows for its log entry."""

from collections.abc import Collection, Sequence
from typing import Any

from mailroom.models import Act
from mailroom.services.acts import start
from mailroom.services.acts.start import Recipient
from meetings.enums import MailingKind
from meetings.models import Invitation, Meeting
from partners.models import Contact, Organisation
from team.models import User

WRITER = "meetings"  # in ACT_WRITERS


def start_act(
    meeting: Meeting,
    invitations: Sequence[Invitation],
    *,
    kind: MailingKind,
    by: User,
    word: str = "",
    made_planned: bool = False,
    parent: Act | None = None,
    undo_record: dict[str, Any] | None = None,
    composed: dict[str, Any] | None = None,
) -> Act:
    """Store an act with one item per invitation. Called in the decision's transaction; writes no mails.

    Creates missing stop tokens (not with a `parent`). Workers are nudged on commit to write more than 200 mails; for
    fewer the caller calls `write.write_small` after it. `made_planned`: the decision made the draft a planned meeting.
    `undo_record` holds what `undo` reads when the act is stopped, `composed` the page on which the mail was
    composed. With a `parent`, a decision about many meetings, the act is released together with the others.
    """
    return start.start_act(
        [Recipient(one.lane, one.email, lane=one.lane) for one in invitations],
        writer=WRITER,
        kind=Act.Kind(kind),
        about=meeting,
        about_label=meeting.title,
        by=by,
        word=word,
        parent=parent,
        undo_record={**(undo_record or {}), **({"made_planned": True} if made_planned else {})},
        composed=composed,
    )


def persons(number: int) -> str:
    """Return „einer Person“, „12 Personen“ (dative)."""
    return "einer Person" if number == 1 else f"{number} Personen"


def and_notifies(number: int) -> str:
    """Return the end of a log sentence about a decision: „ und benachrichtigt 12 Personen“, "" for nobody."""
    if not number:
        return ""
    return " und benachrichtigt eine Person" if number == 1 else f" und benachrichtigt {number} Personen"


def are_notified(number: int) -> str:
    """Return a sentence of its own about the result of a decision, "" for nobody."""
    if not number:
        return ""
    return "Eine Person wird benachrichtigt." if number == 1 else f"{number} Personen werden benachrichtigt."


def concerned(invitations: Collection[Invitation]) -> list[Contact | Organisation]:
    """Return the invited people and their organisations, for the log; one query."""
    people = Contact.objects.filter(pk__in=[one.contact_id for one in invitations]).select_related("organisation")
    return [row for contact in people for row in (contact, contact.organisation)]
