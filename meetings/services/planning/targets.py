"""Planned drafts before they are stored, and the check whether they exist already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

from meetings.enums import State
from meetings.models import Meeting
from partners.models import Organisation
from regions.models import Network


@dataclass(frozen=True)
class Target:
    """One draft to be stored: its networks, times (UTC), host and place."""

    networks: tuple[Network, ...]
    starts_at: datetime
    ends_at: datetime
    host: Organisation | None = None
    place: str = ""

    @property
    def starts_on(self) -> date:
        """The local day of the start."""
        return timezone.localdate(self.starts_at)

    def shares_network(self, other: "Target") -> bool:
        """Return whether both have a network in common."""
        return bool({one.pk for one in self.networks} & {one.pk for one in other.networks})


class AlreadyThere(ValueError):
    """Some drafts exist already; `told` maps the index of a target to a German sentence about it."""

    def __init__(self, told: dict[int, str]) -> None:
        super().__init__(*told.values())
        self.told = told


def refuse_doubles(titled: Sequence[tuple[str, Target]]) -> None:
    """Raise AlreadyThere when a network has a meeting of this title at this instant or would get it twice.

    One called off does not count. One query per target; takes no lock: the callers lock the networks or the original.
    """
    told = {}
    for index, (title, target) in enumerate(titled):
        local = timezone.localtime(target.starts_at)
        when = f"am {date_format(local, 'j. F Y')} um {local:%H:%M} Uhr"
        if _meetings_like(title, target).exists():
            told[index] = f"„{title}“ {when} gibt es schon. Bitte nehmen Sie das Häkchen weg."
        elif any(_is_same((title, target), other) for other in titled[:index]):
            told[index] = f"„{title}“ {when} entstünde zweimal. Bitte nehmen Sie eines der Häkchen weg."
    if told:
        raise AlreadyThere(told)


def _meetings_like(title: str, target: Target) -> models.QuerySet[Meeting]:
    """Return the meetings of one of the networks with this title and start, without those called off."""
    with_network = Meeting.networks.through.objects.filter(network__in=[one.pk for one in target.networks])
    same = Meeting.objects.filter(title=title, starts_at=target.starts_at, pk__in=with_network.values("meeting"))
    return same.exclude(state=State.CANCELLED)


def _is_same(one: tuple[str, Target], other: tuple[str, Target]) -> bool:
    return one[0] == other[0] and one[1].starts_at == other[1].starts_at and one[1].shares_network(other[1])
