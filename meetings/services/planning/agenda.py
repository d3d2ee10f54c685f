"""The agenda of a meeting: written as a whole, stored as minutes after the beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.folding import search_key
from meetings.models import AgendaItem, Meeting
from meetings.services.dates import local_time
from team.models import User
from team.services import activity


class OutsideMeeting(ValueError):
    """The clock time is not within the meeting."""


@dataclass(frozen=True)
class Point:
    """One point to be stored; `pk` None means a new one."""

    pk: int | None
    offset_minutes: int
    title: str
    speaker: str
    kind: str


def offset_of(meeting: Meeting, clock: time, *, now: int | None = None) -> int:
    """Return the minutes from the meeting's start to a local clock time on its first day.

    `now` is the stored offset, None for a new point: it is returned when it has this clock time, even outside the
    meeting, which matters when a time occurs twice. Otherwise the first such time from the start on and before the end
    counts. Raises OutsideMeeting without one, also for a time that the clock skips.
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
    """Write these points, delete the removed ones (keys), keep the others, and return whether anything changed.

    Records the change in the log and increases the meeting's version, so that other open forms notice it. A point that
    another person has deleted since is created again. Called under the meeting's lock.
    """
    existing = {item.pk: item for item in meeting.agenda_items.all()}
    gone = set(removed) & set(existing)
    new, changed = [], []
    for point in points:
        item = existing.get(point.pk) if point.pk else None
        if item is None:
            new.append(_fill(AgendaItem(meeting=meeting), point))
        elif _values(item) != _values(point):
            changed.append(_fill(item, point))
    if not (new or changed or gone):
        return False
    AgendaItem.objects.filter(pk__in=gone).delete()
    AgendaItem.objects.bulk_update(changed, ["offset_minutes", "title", "speaker", "kind", "search_text"])
    AgendaItem.objects.bulk_create(new)
    Meeting.objects.filter(pk=meeting.pk).update(version=F("version") + 1, updated_at=timezone.now())
    activity.record(f"hat den Ablauf von {meeting} geändert", by=by, about=[meeting])
    return True


def _fill(item: AgendaItem, point: Point) -> AgendaItem:
    """Set the values on the item in memory, also the folded one (`bulk_update` leaves it out), and return the item."""
    item.offset_minutes, item.title, item.speaker, item.kind = _values(point)
    item.search_text = search_key(item.title, item.speaker)
    return item


def _values(row: AgendaItem | Point) -> tuple[int, str, str, str]:
    return (row.offset_minutes, row.title, row.speaker, row.kind)
