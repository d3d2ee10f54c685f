"""Write municipalities, with a sentence in the log. `networks.change` sets a municipality's network."""

from collections.abc import Sequence

from django.db import transaction

from regions.models import Municipality
from team.models import User
from team.services import activity


@transaction.atomic
def add(municipality: Municipality, *, by: User) -> Municipality:
    """Save a new municipality and record it in the log."""
    municipality.save()
    activity.record(f"hat die Gemeinde {municipality} angelegt", by=by, about=[municipality])
    return municipality


@transaction.atomic
def change(municipality: Municipality, *, fields: Sequence[str], by: User) -> Municipality:
    """Save a changed municipality, whose `version` the caller has increased, and record it in the log.

    `fields` are the labels of the changed fields. Without any, nothing is saved or recorded.
    """
    if fields:
        municipality.save()
        activity.record(f"hat die Gemeinde {municipality} geändert: {', '.join(fields)}", by=by, about=[municipality])
    return municipality
