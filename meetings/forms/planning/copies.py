"""Form for copies of a meeting: one row per network, and one for the networks of a joint meeting together."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from meetings.forms.planning.rows import BaseRowFormSet, RowForm
from meetings.models import Meeting
from meetings.services.dates import hosts
from meetings.services.planning import copies
from regions.models import Network


@dataclass(frozen=True)
class Row:
    """Networks of one row; `key` is the prefix of its field names."""

    key: str
    networks: tuple[Network, ...]
    is_own: bool  # the original's networks: its host and place are suggested
    is_chosen: bool  # ticked when the page is opened

    @property
    def label(self) -> str:
        """Short names of the networks."""
        return " und ".join(network.short_name for network in self.networks)


def rows(meeting: Meeting) -> list[Row]:
    """Return a row for each active network, the original's first; for a joint meeting, first a row for all of them."""
    active = list(Network.objects.active())
    own = [network for network in active if network in meeting.networks.all()]
    is_joint = len(own) > 1
    together = [Row("zusammen", tuple(own), is_own=True, is_chosen=True)] if is_joint else []
    others = [network for network in active if network not in own]
    return together + [
        Row(
            f"netz{network.pk}",
            (network,),
            is_own=not is_joint and network in own,
            is_chosen=not is_joint and network in own,
        )
        for network in [*own, *others]
    ]


class TargetForm(RowForm):
    """Row for a copy for its networks."""

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        """Keep the original, the title of the copy and, for the original's networks, its host."""
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        self.host_now = meeting.host if self.row.is_own else None
        self.title = copies.title_for(meeting, self.row.networks)

    @property
    def shown_title(self) -> str:
        """Title of the copy, "" when it is the original's."""
        return "" if self.title == self.meeting.title else self.title

    def deadline_for(self, day: date) -> date | None:
        return copies.deadline_for(self.meeting, day)


class BaseTargetFormSet(BaseRowFormSet):
    """Formset with the rows that follow from the original meeting."""

    def __init__(self, data: Any = None, *, meeting: Meeting, is_checking: bool = False) -> None:
        found = rows(meeting)
        initial, kwargs = [_initial(meeting, row) for row in found], {"meeting": meeting}
        super().__init__(data, rows=found, initial=initial, is_checking=is_checking, form_kwargs=kwargs)


def _initial(meeting: Meeting, row: Row) -> dict[str, Any]:
    """Return the row's first values: the meeting's clock times and, for its own networks only, host and place."""
    starts_at, ends_at = (timezone.localtime(at).time() for at in (meeting.starts_at, meeting.ends_at))
    where = {"host_name": hosts.label(meeting.host), "place": meeting.place} if row.is_own else {}
    return {"chosen": row.is_chosen, "start_time": starts_at, "end_time": ends_at, **where}


TargetFormSet: Any = forms.formset_factory(TargetForm, formset=BaseTargetFormSet, extra=0)
