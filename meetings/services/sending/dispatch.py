"""Acts of sending about one meeting: how a decision begins one, and whom it is about."""

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
    """Note that these invitations want a mail each; nothing is written yet. Call it inside the decision's transaction.

    `made_planned`: the meeting was a draft before. `undo_record` is what `undo` reads besides, `composed` the page on
    which it was composed. With a `parent`, a
    decision about many meetings, the act is released with the others. `write.write_small` then writes small acts.
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
    """Return the end of a sentence about a decision: „ und benachrichtigt 12 Personen“, "" for nobody."""
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
