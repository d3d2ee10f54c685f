"""The log of sentences: who did what, shown at each row that it is about."""

from collections.abc import Iterable

from django.db import models

from team.models import Activity, ActivityTarget, User


def record(sentence: str, *, by: User | None, about: Iterable[models.Model] = ()) -> Activity:
    """Write one sentence (German, past tense, without the name of who did it) with a target row per object.

    Call it inside the transaction of the act. Longer than 500 characters is cut.
    """
    activity = Activity.objects.create(by=by, sentence=sentence[:500])
    targets = {(target._meta.label_lower, str(target.pk)) for target in about}
    ActivityTarget.objects.bulk_create(
        ActivityTarget(activity=activity, kind=kind, key=key) for kind, key in sorted(targets)
    )
    return activity


def timeline(target: models.Model, *, limit: int = 50) -> models.QuerySet[Activity]:
    """The newest activities about one row, newest first, with who did them."""
    about = ActivityTarget.objects.filter(kind=target._meta.label_lower, key=str(target.pk))
    return Activity.objects.filter(pk__in=about.values("activity")).select_related("by")[:limit]
