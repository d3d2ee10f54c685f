"""Write the school holidays from which the hints about a date are made, with a sentence in the log."""

from collections.abc import Sequence

from django.db import transaction

from regions.models import SchoolHoliday
from team.models import User
from team.services import activity


@transaction.atomic
def add(holiday: SchoolHoliday, *, by: User) -> SchoolHoliday:
    """Save new school holidays and record it in the log."""
    holiday.save()
    activity.record(f"hat die Schulferien {holiday} eingetragen", by=by, about=[holiday])
    return holiday


@transaction.atomic
def change(holiday: SchoolHoliday, *, fields: Sequence[str], by: User) -> SchoolHoliday:
    """Save changed school holidays, whose `version` the caller has increased, and record it in the log.

    `fields` are the labels of the changed fields. Without any, nothing is saved or recorded.
    """
    if fields:
        holiday.save()
        activity.record(f"hat die Schulferien {holiday} geändert: {', '.join(fields)}", by=by, about=[holiday])
    return holiday


@transaction.atomic
def remove(holiday: SchoolHoliday, *, by: User) -> None:
    """Delete wrong school holidays and record it in the log."""
    activity.record(f"hat die Schulferien {holiday} gelöscht", by=by)
    holiday.delete()
