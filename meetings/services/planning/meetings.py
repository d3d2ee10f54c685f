"""Creating, changing and planning a meeting. Its invitations have services of their own."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from common.templatetags.ui import day
from mailroom.services.acts import write
from meetings.enums import Kind, State
from meetings.models import Facts, Meeting
from meetings.services.changes import changes
from meetings.services.planning import checklist
from regions.models import Network
from team.models import User
from team.services import activity

_WHEN = ("Tag", "Beginn", "Ende", "Termin")  # labels of fields that a sentence about a moved meeting already covers
_TITLES = {Kind.NETWORK: "Netzwerktreffen", Kind.THEME: "Themennachmittag"}


def suggested_title(kind: str, networks: Sequence[Network]) -> str:
    """Return a title such as „Netzwerktreffen Melle/Bissendorf“, with short names for several networks.

    It is cut to the 200 characters that a title can have.
    """
    names = [network.short_name for network in networks]
    where = networks[0].name.removeprefix("Netzwerk ") if len(networks) == 1 else " und ".join(names)
    return f"{_TITLES[Kind(kind)]} {where}".strip()[:200]


@transaction.atomic
def create(meeting: Meeting, *, networks: Sequence[Network], by: User) -> Meeting:
    """Save a new meeting (a draft) with its networks and the default checklist, with a log entry, and return it."""
    meeting.save()
    meeting.networks.set(networks)
    checklist.start(meeting)
    activity.record(f"hat {meeting} angelegt", by=by, about=[meeting, *networks])
    return meeting


@transaction.atomic
def change(meeting: Meeting, *, networks: Sequence[Network], fields: Sequence[str], by: User) -> Meeting:
    """Save a changed meeting with its networks; `fields` are the German labels for the log. Without any, do nothing.

    Locks the meeting. State and counters are those of the stored row; the caller has increased the version. A
    difference in the facts that invitees know is recorded as a `Change` (none for a draft or without invitations).
    Waiting mails are then replaced by mails with the new facts, those of small acts after the commit. Nobody else is
    told here. The log entry also belongs to networks that the meeting has left.
    """
    if not fields:
        return meeting
    before = Meeting.objects.select_for_update(of=("self",)).select_related("host").get(pk=meeting.pk)
    left = list(before.networks.all())
    meeting.sequence, meeting.facts_version, meeting.state = before.sequence, before.facts_version, before.state
    facts = Facts.of(before)
    changes.note(meeting, facts, by=by)
    meeting.save()
    meeting.networks.set(networks)
    activity.record(_sentence(before, meeting, fields), by=by, about=[meeting, *left, *networks])
    if facts.differences(Facts.of(meeting)):
        changes.close_reverted_changes(meeting)
        for act in changes.renew_waiting(meeting, by=by):
            transaction.on_commit(partial(write.write_small, act))
    return meeting


def _sentence(before: Meeting, meeting: Meeting, fields: Sequence[str]) -> str:
    """Return the log sentence about the change; a moved meeting with its new day or, on the same day, its new start.

    `fields` are German labels. The sentence about a moved meeting leaves out those of day and times (`_WHEN`).
    """
    if before.starts_at == meeting.starts_at:
        return f"hat {meeting} geändert: {', '.join(fields)}"
    if before.starts_on != meeting.starts_on:
        moved = f"hat {meeting} von {day(before.starts_at)} auf {day(meeting.starts_at)} verlegt"
    else:
        moved = f"hat {meeting} auf {timezone.localtime(meeting.starts_at):%H:%M} Uhr verlegt"
    rest = [name for name in fields if name not in _WHEN]
    return f"{moved}; geändert: {', '.join(rest)}" if rest else moved


@transaction.atomic
def plan(meeting: Meeting, *, by: User) -> bool:
    """Make a draft a planned meeting, with a log entry, and return whether it was a draft. Locks the row.

    Invites nobody.
    """
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if not locked.is_draft:
        return False
    locked.state = State.PLANNED
    locked.version += 1
    locked.save()
    activity.record(f"hat {locked} als geplant eingetragen", by=by, about=[locked, *locked.networks.all()])
    return True
