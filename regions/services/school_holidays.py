"""What happens to the school holidays that the hints about a date are read from."""

from collections.abc import Sequence

from django.db import transaction

from regions.models import SchoolHoliday
from team.models import User
from team.services import activity


@transaction.atomic
def add(holiday: SchoolHoliday, *, by: User) -> SchoolHoliday:
    """Write new school holidays and their sentence in the log."""
    holiday.save()
    activity.record(f"hat die Schulferien {holiday} eingetragen", by=by, about=[holiday])
    return holiday


@transaction.atomic
def change(holiday: SchoolHoliday, *, fields: Sequence[str], by: User) -> SchoolHoliday:
    """Write changed school holidays; `fields` are the labels of what was changed. None: nothing happens."""
    if fields:
        holiday.save()
        activity.record(f"hat die Schulferien {holiday} geändert: {', '.join(fields)}", by=by, about=[holiday])
    return holiday


@transaction.atomic
def remove(holiday: SchoolHoliday, *, by: User) -> None:
    """Take school holidays out that are wrong; the sentence stays."""
    activity.record(f"hat die Schulferien {holiday} gelöscht", by=by)
    holiday.delete()
