"""The agenda of a meeting: written as a whole, stored as minutes after the beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from meetings.models import AgendaItem, Meeting
from meetings.services.dates import local_time
from team.models import User
from team.services import activity


class OutsideMeeting(ValueError):
    """A time before the meeting begins, or when it is over."""


@dataclass(frozen=True)
class Point:
    """One point as it shall be; `pk` None: a new one."""

    pk: int | None
    offset_minutes: int
    title: str
    speaker: str
    kind: str


def offset_of(meeting: Meeting, clock: time, *, now: int | None = None) -> int:
    """Minutes after the beginning for a local clock time on the day of the meeting.

    In the night when a time comes twice, `now` (what is stored) decides as long as it fits, else the first that lies
    within the meeting. Raises OutsideMeeting.
    """
    if now is not None and timezone.localtime(meeting.starts_at + timedelta(minutes=now)).time() == clock:
        return now
    for fold in (0, 1):
        try:
            at = local_time.instant(meeting.starts_on, clock, fold)
        except local_time.NoSuchTime:
            break
        if meeting.starts_at <= at < meeting.ends_at:
            return int((at - meeting.starts_at).total_seconds() // 60)
    raise OutsideMeeting


@transaction.atomic
def change(meeting: Meeting, *, points: Sequence[Point], removed: Sequence[int], by: User) -> bool:
    """Write these points and take the removed ones (keys) away; the others stay. Whether anything changed.

    Counts the meeting's version up, so that whoever has the agenda open notices. A point that somebody else has
    taken away meanwhile is written anew.
    """
    existing = {item.pk: item for item in meeting.agenda_items.all()}
    gone = set(removed) & set(existing)
    new, changed = [], []
    for point in points:
        item = existing.get(point.pk) if point.pk else None
        if item is None:
            new.append(_filled(AgendaItem(meeting=meeting), point))
        elif _values(item) != _values(point):
            changed.append(_filled(item, point))
    if not (new or changed or gone):
        return False
    AgendaItem.objects.filter(pk__in=gone).delete()
    AgendaItem.objects.bulk_update(changed, ["offset_minutes", "title", "speaker", "kind"])
    AgendaItem.objects.bulk_create(new)
    Meeting.objects.filter(pk=meeting.pk).update(version=F("version") + 1, updated_at=timezone.now())
    activity.record(f"hat den Ablauf von {meeting} geändert", by=by, about=[meeting])
    return True


def _filled(item: AgendaItem, point: Point) -> AgendaItem:
    item.offset_minutes, item.title, item.speaker, item.kind = _values(point)
    return item


def _values(row: AgendaItem | Point) -> tuple[int, str, str, str]:
    return (row.offset_minutes, row.title, row.speaker, row.kind)
