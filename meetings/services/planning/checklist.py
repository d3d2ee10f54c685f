"""The steps of preparing a meeting: created with it, ticked off one by one."""

from django.db import transaction
from django.utils import timezone

from meetings.models import ChecklistItem, Meeting
from team.models import User
from team.services import activity

# The steps of a new meeting: title, days before it (negative: after it).
DEFAULT_STEPS = (
    ("Gastgeber bestätigt den Termin", 42),
    ("Einladungen verschicken", 28),
    ("Vortragende zusagen lassen", 21),
    ("Raum, Technik und Imbiss klären", 10),
    ("Erinnern, wer noch nicht geantwortet hat", 8),
    ("Teilnehmerliste und Namensschilder", 2),
    ("Protokoll verschicken", -7),
)


def start(meeting: Meeting) -> None:
    """Create the default steps of a new meeting. Called in the transaction that creates the meeting."""
    ChecklistItem.objects.bulk_create(
        ChecklistItem(meeting=meeting, title=title, days_before=days) for title, days in DEFAULT_STEPS
    )


@transaction.atomic
def tick(item: ChecklistItem, *, is_done: bool, by: User) -> ChecklistItem:
    """Mark a step as done or open, with a log entry, and return it. Locks the row. Without a change, do nothing."""
    locked = ChecklistItem.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=item.pk)
    if is_done == (locked.done_at is not None):
        return locked
    locked.done_at = timezone.now() if is_done else None
    locked.done_by = by if is_done else None
    locked.save()
    verb = "erledigt" if is_done else "wieder offen"
    activity.record(f"hat „{locked}“ für {locked.meeting} als {verb} vermerkt", by=by, about=[locked.meeting])
    return locked


@transaction.atomic
def add(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Save a new step and its log entry in one transaction, and return the step."""
    item.save()
    activity.record(f"hat „{item}“ in die Vorbereitung von {item.meeting} aufgenommen", by=by, about=[item.meeting])
    return item


@transaction.atomic
def change(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Save title, days and version of a changed step, with a log entry; `tick` changes whether it is done."""
    item.save(update_fields=["title", "days_before", "version", "updated_at"])
    activity.record(f"hat „{item}“ in der Vorbereitung von {item.meeting} geändert", by=by, about=[item.meeting])
    return item


@transaction.atomic
def remove(item: ChecklistItem, *, by: User) -> None:
    """Delete a step, with a log entry; a step that is deleted already is no error and logs nothing."""
    gone, _ = ChecklistItem.objects.filter(pk=item.pk).delete()
    if gone:
        activity.record(f"hat „{item}“ aus der Vorbereitung von {item.meeting} genommen", by=by, about=[item.meeting])
