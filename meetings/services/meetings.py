"""What happens to a meeting as such: planned, changed. Who is invited is in `invitations`."""

from collections.abc import Sequence

from django.db import transaction

from meetings.enums import Kind, State
from meetings.models import Meeting
from meetings.services import checklist
from regions.models import Network
from team.models import User
from team.services import activity

_TITLES = {Kind.NETWORK: "Netzwerktreffen", Kind.THEME: "Themennachmittag"}


def suggested_title(kind: str, networks: Sequence[Network]) -> str:
    """„Netzwerktreffen Melle/Bissendorf“; of several networks the short names. Not longer than a title may be."""
    names = [network.short_name for network in networks]
    where = networks[0].name.removeprefix("Netzwerk ") if len(networks) == 1 else " und ".join(names)
    return f"{_TITLES[Kind(kind)]} {where}".strip()[:200]


@transaction.atomic
def create(meeting: Meeting, *, networks: Sequence[Network], by: User) -> Meeting:
    """Write a new meeting with its networks and the steps of its preparation."""
    meeting.save()
    meeting.networks.set(networks)
    checklist.start(meeting)
    activity.record(f"hat {meeting} angelegt", by=by, about=[meeting, *networks])
    return meeting


@transaction.atomic
def change(meeting: Meeting, *, networks: Sequence[Network], fields: Sequence[str], by: User) -> Meeting:
    """Write a changed meeting; `fields` are the labels for the log. None: nothing happens.

    Networks that are left stand in the log, too. New times of a meeting that is no draft count its SEQUENCE up
    (RFC 5546 section 2.1.4), so that the next calendar object replaces the one that is out.
    """
    if not fields:
        return meeting
    before = Meeting.objects.prefetch_related("networks").get(pk=meeting.pk)
    has_moved = (before.starts_at, before.ends_at) != (meeting.starts_at, meeting.ends_at)
    if has_moved and not meeting.is_draft:
        meeting.sequence = before.sequence + 1
    meeting.save()
    meeting.networks.set(networks)
    concerned = [meeting, *before.networks.all(), *networks]
    activity.record(f"hat {meeting} geändert: {', '.join(fields)}", by=by, about=concerned)
    return meeting


@transaction.atomic
def plan(meeting: Meeting, *, by: User) -> bool:
    """Make a draft a planned meeting; whether this press did it."""
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if not locked.is_draft:
        return False
    locked.state = State.PLANNED
    locked.version += 1
    locked.save()
    activity.record(f"hat {locked} als geplant eingetragen", by=by, about=[locked, *locked.networks.all()])
    return True
