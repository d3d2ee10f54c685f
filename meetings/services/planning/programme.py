"""The public programme of a network's meetings."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from meetings.models import Meeting
from regions.models import Network

_NEXT = 20


def coming(network: Network) -> list[Meeting]:
    """Return the network's next 20 public meetings not over, with hosts; cancelled ones too, no drafts; one query."""
    rows = Meeting.objects.in_network(network).public().filter(ends_at__gte=timezone.now())
    return list(rows.select_related("host").order_by("starts_at", "pk")[:_NEXT])


def in_calendar(network: Network) -> list[Meeting]:
    """Return the network's public meetings since the beginning of last year, with hosts; one query.

    Future and cancelled ones are included, drafts are not.
    """
    rows = Meeting.objects.in_network(network).public().filter(starts_at__gte=_since())
    return list(rows.select_related("host").order_by("starts_at", "pk"))


def changed_at(network: Network, meetings: list[Meeting]) -> datetime:
    """Return an upper bound for the instant of the calendar's last change; one query.

    A write to any meeting counts: one that is no longer public, or now belongs to other networks, is not in `meetings`,
    and its removal is a change. New Year counts too, when a year leaves the calendar.
    """
    newest = Meeting.objects.aggregate(Max("updated_at"))["updated_at__max"]
    hosts = [meeting.host.updated_at for meeting in meetings if meeting.host]
    return max([network.updated_at, _this_year(), *hosts, *([newest] if newest else [])])


def _this_year() -> datetime:
    return timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def _since() -> datetime:
    """Return the instant at which last year began, local time."""
    this_year = _this_year()
    return this_year.replace(year=this_year.year - 1)
