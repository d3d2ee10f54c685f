"""What happens to people in their posts."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from partners.models import Contact
from team.models import User
from team.services import activity


@transaction.atomic
def add(contact: Contact, *, by: User) -> Contact:
    """Write a new person and her sentence in the log."""
    contact.save()
    activity.record(f"hat {contact} bei {contact.organisation} angelegt", by=by, about=[contact, contact.organisation])
    return contact


@transaction.atomic
def change(contact: Contact, *, fields: Sequence[str], by: User) -> Contact:
    """Write a changed person; `fields` are the labels of what was changed, for the log. None: nothing happens."""
    if fields:
        contact.save()
        activity.record(
            f"hat {contact} ({contact.organisation}) geändert: {', '.join(fields)}",
            by=by,
            about=[contact, contact.organisation],
        )
    return contact


@transaction.atomic
def end(contact: Contact, *, on: date, by: User) -> Contact:
    """End the post on a local day; the history stays, invitations stop, the address is free for somebody else."""
    contact.ended_on = on
    contact.version += 1
    contact.save()
    activity.record(
        f"hat eingetragen: {contact} ist seit {on:%d.%m.%Y} nicht mehr bei {contact.organisation}",
        by=by,
        about=[contact, contact.organisation],
    )
    return contact


@transaction.atomic
def move(former: Contact, new: Contact, *, on: date, by: User) -> Contact:
    """Let a person change jobs: `former` ends on this local day, the unsaved `new` points back to it."""
    former.ended_on = on
    former.version += 1
    former.save()
    new.former = former
    new.save()
    activity.record(
        f"hat eingetragen: {new} wechselte von {former.organisation} zu {new.organisation}",
        by=by,
        about=[former, new, former.organisation, new.organisation],
    )
    return new
