"""Write people and their posts, with a sentence in the log."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from partners.models import Contact
from team.models import User
from team.services import activity


@transaction.atomic
def add(contact: Contact, *, by: User) -> Contact:
    """Save a new contact of the organisation that is set on it, and record it in the log."""
    contact.save()
    activity.record(f"hat {contact} bei {contact.organisation} angelegt", by=by, about=[contact, contact.organisation])
    return contact


@transaction.atomic
def change(contact: Contact, *, fields: Sequence[str], by: User) -> Contact:
    """Save a changed contact, whose `version` the caller has increased, and record it in the log.

    `fields` are the labels of the changed fields, for the log. Without any, nothing is saved or recorded.
    """
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
    """Set the first local day on which the person no longer holds the post, and record it in the log.

    From that day on they get no invitations; another contact may use the address at once. The history stays. Increases
    `version`.
    """
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
    """Record a change of jobs: end `former` on this local day and save the unsaved `new`, which points back to it.

    `on` is the first day on which they no longer hold the former post. Locks nothing: `former` is saved as the caller
    read it, with a higher `version`. Records one sentence in the log.
    """
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
