"""Write organisations, with a sentence in the log, and find them by name."""

from collections.abc import Sequence

from django.db import transaction

from common.folding import match_key
from partners.models import Organisation
from team.models import User
from team.services import activity


@transaction.atomic
def add(organisation: Organisation, *, by: User) -> Organisation:
    """Save a new organisation and record it in the log."""
    organisation.save()
    activity.record(f"hat die Einrichtung {organisation} angelegt", by=by, about=[organisation])
    return organisation


@transaction.atomic
def change(organisation: Organisation, *, fields: Sequence[str], by: User) -> Organisation:
    """Save a changed organisation, whose `version` the caller has increased, and record it in the log.

    `fields` are the labels of the changed fields. Without any, nothing is saved or recorded.
    """
    if fields:
        organisation.save()
        activity.record(f"hat {organisation} geändert: {', '.join(fields)}", by=by, about=[organisation])
    return organisation


def called(typed: str) -> list[Organisation]:
    """Return the organisations of this name in any spelling, at most ten; none for a name without letters or digits.

    When there are none, read „Name, Ort“ and return all of that name with that place or municipality.
    """
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
    """Return a German sentence for a text by which the caller found no organisation, also one with a wrong key („#17“).

    It suggests up to five organisations that the search finds for all its words; without words, any five.
    """
    near = Organisation.objects.select_related("municipality").found_by(typed)[:5]
    if not near:
        return f"„{typed}“ gibt es unter Partner noch nicht. Bitte zuerst dort anlegen."
    names = " oder ".join(f"„{one.name}, {one.location}“" if one.location else f"„{one.name}“" for one in near)
    return f"So heißt keine Einrichtung. Meinten Sie {names}?"
