"""Copying a meeting: the same theme in other networks, or another day with the same ones. Copies are drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format

from meetings.enums import State
from meetings.models import AgendaItem, ChecklistItem, Meeting
from meetings.services import meetings
from partners.models import Organisation
from regions.models import Network
from team.models import User
from team.services import activity

# Taken over as they are. Title, times, host, place, deadline and room follow rules of their own.
SAME = ("kind", "theme", "format", "dial_in", "capacity_in_person", "capacity_online", "text", "is_public")


@dataclass(frozen=True)
class Target:
    """One copy as it shall be: whose, when (UTC), where."""

    networks: tuple[Network, ...]
    starts_at: datetime
    ends_at: datetime
    host: Organisation | None = None
    place: str = ""

    @property
    def starts_on(self) -> date:
        """The local day on which it begins."""
        return timezone.localdate(self.starts_at)

    def shares_network(self, other: "Target") -> bool:
        """Whether a network would meet at both."""
        return bool({one.pk for one in self.networks} & {one.pk for one in other.networks})


class AlreadyThere(ValueError):
    """Copies that there are already; `told`: place among the targets → a German sentence about it."""

    def __init__(self, told: dict[int, str]) -> None:
        super().__init__(*told.values())
        self.told = told


def title_for(meeting: Meeting, networks: Sequence[Network]) -> str:
    """The title of a copy: suggested anew when the original's is the suggested one for its networks, else the same."""
    own = meetings.suggested_title(meeting.kind, list(meeting.networks.all()))
    return meetings.suggested_title(meeting.kind, networks) if meeting.title == own else meeting.title


def deadline_for(meeting: Meeting, day: date) -> date | None:
    """The last day for answers of a copy on that local day: as many days before it as with the original.

    None when the original has none, or when it would lie outside the calendar.
    """
    if meeting.answer_deadline_on is None:
        return None
    ordinal = day.toordinal() - (meeting.starts_on - meeting.answer_deadline_on).days
    return date.fromordinal(ordinal) if date.min.toordinal() <= ordinal <= date.max.toordinal() else None


@transaction.atomic
def copy(meeting: Meeting, targets: Sequence[Target], *, by: User) -> list[Meeting]:
    """Write a draft per target, with agenda and preparation (nothing done); people, answers and state stay behind.

    The room's address goes along only when the same networks meet, who is responsible only while she is a member.
    Raises AlreadyThere when a network has a meeting of this title at this instant (one called off does not count) or
    would get it twice; then nothing is written. Two who press at once come one after the other.
    """
    source = Meeting.objects.select_for_update(of=("self",)).prefetch_related("networks").get(pk=meeting.pk)
    if told := _already_there(source, targets):
        raise AlreadyThere(told)
    made = [_write(source, target) for target in targets]
    if made:
        networks = list(dict.fromkeys(network for target in targets for network in target.networks))
        names = ", ".join(network.short_name for network in networks)
        activity.record(f"hat {source} nach {names} kopiert", by=by, about=[source, *made, *networks])
    return made


def _already_there(source: Meeting, targets: Sequence[Target]) -> dict[int, str]:
    told = {}
    for index, target in enumerate(targets):
        title = title_for(source, target.networks)
        local = timezone.localtime(target.starts_at)
        when = f"am {date_format(local, 'j. F Y')} um {local:%H:%M} Uhr"
        if _meetings_like(title, target).exists():
            told[index] = f"„{title}“ {when} gibt es schon. Bitte nehmen Sie das Häkchen weg."
        elif any(_is_same(source, target, other) for other in targets[:index]):
            told[index] = f"„{title}“ {when} entstünde zweimal. Bitte nehmen Sie eines der Häkchen weg."
    return told


def _meetings_like(title: str, target: Target) -> models.QuerySet[Meeting]:
    with_network = Meeting.networks.through.objects.filter(network__in=[one.pk for one in target.networks])
    same = Meeting.objects.filter(title=title, starts_at=target.starts_at, pk__in=with_network.values("meeting"))
    return same.exclude(state=State.CANCELLED)


def _is_same(source: Meeting, one: Target, other: Target) -> bool:
    same_title = title_for(source, one.networks) == title_for(source, other.networks)
    return same_title and one.starts_at == other.starts_at and one.shares_network(other)


def _write(source: Meeting, target: Target) -> Meeting:
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
