"""The log: sentences about acts, shown at each row that they are about."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from team.models import Activity, ActivityTarget, User


def record(sentence: str, *, by: User | None, about: Iterable[models.Model] = ()) -> Activity:
    """Record one sentence (German, past tense, without the member's name) with a target row per object.

    `by` is None for the system, or where the sentence has a subject of its own. Call it in the transaction of the act.
    A sentence is cut after 500 characters.
    """
    activity = Activity.objects.create(by=by, sentence=sentence[:500])
    targets = {(target._meta.label_lower, str(target.pk)) for target in about}
    ActivityTarget.objects.bulk_create(
        ActivityTarget(activity=activity, kind=kind, key=key) for kind, key in sorted(targets)
    )
    return activity


def timeline(target: models.Model, *, limit: int = 50) -> models.QuerySet[Activity]:
    """Return the newest activities about one row, newest first, with their members."""
    about = ActivityTarget.objects.filter(kind=target._meta.label_lower, key=str(target.pk))
    return Activity.objects.filter(pk__in=about.values("activity")).select_related("by")[:limit]


def by_others(user: User, *, since: datetime) -> models.QuerySet[Activity]:
    """Return the activities of other members after that instant, newest first, with their members."""
    theirs = Activity.objects.filter(at__gt=since).exclude(by=None).exclude(by=user)
    return theirs.select_related("by")


def about(
    rows: Mapping[str, Collection[str]], *, since: datetime, until: datetime, besides: User
) -> models.QuerySet[Activity]:
    """Return the activities about these rows in that time, newest first, without those of `besides`.

    `rows` maps the kind to keys as text. `until` itself is excluded.
    """
    theirs = models.Q(pk__in=[])
    for kind, keys in rows.items():
        theirs |= models.Q(kind=kind, key__in=keys)
    found = Activity.objects.filter(at__gte=since, at__lt=until).exclude(by=besides)
    return found.filter(pk__in=ActivityTarget.objects.filter(theirs).values("activity")).select_related("by")


def note_seen(user: User, *, until: datetime) -> None:
    """Record that the member has read the others' activities until that instant.

    The stored instant never moves back, and never beyond now.
    """
    until = min(until, timezone.now())
    unread = Q(news_seen_at=None) | Q(news_seen_at__lt=until)
    User.objects.filter(unread, pk=user.pk).update(news_seen_at=until)
