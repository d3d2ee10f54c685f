"""What happens to organisations."""

from collections.abc import Sequence

from django.db import transaction

from common.folding import match_key
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


def called(typed: str) -> list[Organisation]:
    """Those of this name, however it is spelt (at most ten); of „Name, Ort“ those of the name at the place."""
    every = Organisation.objects.select_related("municipality")
    found = list(every.filter(match_key=match_key(typed)).exclude(match_key="")[:10])
    name, comma, place = typed.rpartition(",")
    if found or not comma:
        return found
    wanted = match_key(place)
    return [
        one
        for one in every.filter(match_key=match_key(name)).exclude(match_key="")
        if wanted in (match_key(one.place), match_key(one.location))
    ]


def not_found(typed: str) -> str:
    """What to do about a name that nobody has, as a German sentence; a part of a name is met with a question."""
    near = Organisation.objects.select_related("municipality").found_by(typed)[:5]
    if not near:
        return f"„{typed}“ gibt es unter Partner noch nicht. Bitte zuerst dort anlegen."
    names = " oder ".join(f"„{one.name}, {one.location}“" if one.location else f"„{one.name}“" for one in near)
    return f"So heißt keine Einrichtung. Meinten Sie {names}?"
