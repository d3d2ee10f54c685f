"""What everybody may know of a network's meetings."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from meetings.models import Meeting
from regions.models import Network

_NEXT = 20


def coming(network: Network) -> list[Meeting]:
    """The next public meetings, those that were called off among them; with hosts, one query."""
    rows = Meeting.objects.in_network(network).public().filter(ends_at__gte=timezone.now())
    return list(rows.select_related("host").order_by("starts_at", "pk")[:_NEXT])


def in_calendar(network: Network) -> list[Meeting]:
    """The public meetings since the beginning of last year; with hosts, one query."""
    rows = Meeting.objects.in_network(network).public().filter(starts_at__gte=_since())
    return list(rows.select_related("host").order_by("starts_at", "pk"))


def changed_at(network: Network, meetings: list[Meeting]) -> datetime:
    """When the calendar with these meetings can last have changed, one query; never too early.

    Whatever is written at any meeting counts: one that is public no more, or belongs to other networks now, is not
    among `meetings`, and its going is a change. So does New Year, when a year leaves the calendar.
    """
    newest = Meeting.objects.aggregate(Max("updated_at"))["updated_at__max"]
    hosts = [meeting.host.updated_at for meeting in meetings if meeting.host]
    return max([network.updated_at, _this_year(), *hosts, *([newest] if newest else [])])


def _this_year() -> datetime:
    return timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def _since() -> datetime:
    this_year = _this_year()
    return this_year.replace(year=this_year.year - 1)
