"""What happens to organisations."""

from collections.abc import Sequence

from django.db import transaction

from partners.models import Organisation
from team.models import User
from team.services import activity


@transaction.atomic
def add(organisation: Organisation, *, by: User) -> Organisation:
    """Write a new organisation and its sentence in the log."""
    organisation.save()
    activity.record(f"hat die Einrichtung {organisation} angelegt", by=by, about=[organisation])
    return organisation


@transaction.atomic
def change(organisation: Organisation, *, fields: Sequence[str], by: User) -> Organisation:
    """Write a changed organisation; `fields` are the labels of what was changed, for the log. None: nothing happens."""
    if fields:
        organisation.save()
        activity.record(f"hat {organisation} geändert: {', '.join(fields)}", by=by, about=[organisation])
    return organisation
