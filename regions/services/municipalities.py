"""What happens to municipalities; which network one belongs to is said at the network (`networks.change`)."""

from collections.abc import Sequence

from django.db import transaction

from regions.models import Municipality
from team.models import User
from team.services import activity


@transaction.atomic
def add(municipality: Municipality, *, by: User) -> Municipality:
    """Write a new municipality and its sentence in the log."""
    municipality.save()
    activity.record(f"hat die Gemeinde {municipality} angelegt", by=by, about=[municipality])
    return municipality


@transaction.atomic
def change(municipality: Municipality, *, fields: Sequence[str], by: User) -> Municipality:
    """Write a changed municipality; `fields` are the labels of what was changed. None: nothing happens."""
    if fields:
        municipality.save()
        activity.record(f"hat die Gemeinde {municipality} geändert: {', '.join(fields)}", by=by, about=[municipality])
    return municipality
