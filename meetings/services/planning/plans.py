"""Planning many meetings at once, for one network or several: drafts, each with its checklist."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from meetings.models import Meeting
from meetings.services.dates import hints
from meetings.services.planning import meetings
from meetings.services.planning.targets import Target, refuse_doubles
from regions.models import Network
from team.models import User


@dataclass(frozen=True)
class Common:
    """The fields that all planned meetings share."""

    kind: str
    format: str
    theme: str = ""
    responsible: User | None = None


@transaction.atomic
def create(common: Common, targets: Sequence[Target], *, by: User) -> list[Meeting]:
    """Create a draft per target with the suggested title and a last day for answers a week before; log each.

    Raises AlreadyThere, and writes nothing, when a network has a meeting of this title at this instant or would get it
    twice. Locks the networks, so that simultaneous plans are serialised.
    """
    keys = {network.pk for target in targets for network in target.networks}
    list(Network.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    titled = [(meetings.suggested_title(common.kind, target.networks), target) for target in targets]
    refuse_doubles(titled)
    return [meetings.create(_draft(common, *one), networks=one[1].networks, by=by) for one in titled]


def _draft(common: Common, title: str, target: Target) -> Meeting:
    """Return the unsaved draft for this target, with a last day for answers a week before its local day."""
    return Meeting(
        title=title,
        kind=common.kind,
        theme=common.theme,
        format=common.format,
        responsible=common.responsible,
        starts_at=target.starts_at,
        ends_at=target.ends_at,
        host=target.host,
        place=target.place,
        answer_deadline_on=target.starts_on - hints.DEADLINE_BEFORE,
    )
