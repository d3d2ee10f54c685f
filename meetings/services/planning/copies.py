"""Copying a meeting to other networks or another day. Copies are drafts."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from meetings.models import AgendaItem, ChecklistItem, Meeting
from meetings.services.planning import meetings
from meetings.services.planning.targets import Target, refuse_doubles
from regions.models import Network
from team.models import User
from team.services import activity

# Fields copied unchanged; the other ones are set in `_write`.
SAME = ("kind", "theme", "format", "dial_in", "capacity_in_person", "capacity_online", "text", "is_public")


def title_for(meeting: Meeting, networks: Sequence[Network]) -> str:
    """Return the title of a copy: suggested again if the original has its suggested title, else the same."""
    own = meetings.suggested_title(meeting.kind, list(meeting.networks.all()))
    return meetings.suggested_title(meeting.kind, networks) if meeting.title == own else meeting.title


def deadline_for(meeting: Meeting, day: date) -> date | None:
    """Return the last day for answers of a copy on that local day, as many days before it as in the original.

    None when the original has none, or when the day would lie outside the range of `date`.
    """
    if meeting.answer_deadline_on is None:
        return None
    ordinal = day.toordinal() - (meeting.starts_on - meeting.answer_deadline_on).days
    return date.fromordinal(ordinal) if date.min.toordinal() <= ordinal <= date.max.toordinal() else None


@transaction.atomic
def copy(meeting: Meeting, targets: Sequence[Target], *, by: User) -> list[Meeting]:
    """Create a draft per target with agenda and checklist (all steps open), without invitations and answers.

    The online room is copied only for the same networks, the responsible person only while active. Raises AlreadyThere,
    and writes nothing, when a network has a meeting of this title at this instant (cancelled ones do not count) or
    would get it twice. Locks the original, which serialises simultaneous copies. One log entry names all of them.
    """
    source = Meeting.objects.select_for_update(of=("self",)).prefetch_related("networks").get(pk=meeting.pk)
    refuse_doubles([(title_for(source, target.networks), target) for target in targets])
    made = [_write(source, target) for target in targets]
    if made:
        networks = list(dict.fromkeys(network for target in targets for network in target.networks))
        names = ", ".join(network.short_name for network in networks)
        activity.record(f"hat {source} nach {names} kopiert", by=by, about=[source, *made, *networks])
    return made


def _write(source: Meeting, target: Target) -> Meeting:
    """Store the draft for this target with networks, agenda and open checklist, and return it. Logs nothing."""
    made = Meeting(
        title=title_for(source, target.networks),
        starts_at=target.starts_at,
        ends_at=target.ends_at,
        host=target.host,
        place=target.place,
        answer_deadline_on=deadline_for(source, target.starts_on),
        online_link=source.online_link if set(target.networks) == set(source.networks.all()) else "",
        responsible=source.responsible if source.responsible and source.responsible.is_active else None,
        **{name: getattr(source, name) for name in SAME},
    )
    made.save()
    made.networks.set(target.networks)
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=made, offset_minutes=item.offset_minutes, title=item.title, speaker=item.speaker, kind=item.kind
        )
        for item in source.agenda_items.all()
    )
    ChecklistItem.objects.bulk_create(
        ChecklistItem(meeting=made, title=step.title, days_before=step.days_before)
        for step in source.checklist_items.all()
    )
    return made
