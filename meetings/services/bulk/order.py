"""The orders that can be carried out for many meetings at once, and their effect on one. Writes nothing."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from meetings.enums import BulkKind, Format, State
from meetings.models import Meeting
from meetings.services.dates import local_time
from team.models import User


@dataclass(frozen=True)
class Order:
    """The order for many meetings; fields that its kind does not need stay empty.

    `days` are the new local days by meeting, `links` the online rooms by meeting, `words` the personal words by
    network. `word` is for all networks without one of their own.
    """

    kind: BulkKind
    word: str = ""
    words: Mapping[int, str] = field(default_factory=dict)
    days: Mapping[uuid.UUID, date] = field(default_factory=dict)
    links: Mapping[uuid.UUID, str] = field(default_factory=dict)
    colleague: User | None = None

    def word_for(self, meeting: Meeting) -> str:
        """Return the word of the meeting's first network that has one, else the common word. Reads `networks`."""
        own = (self.words.get(network.pk, "") for network in meeting.networks.all())
        return next((word for word in own if word.strip()), self.word)


def fingerprint(meetings: Iterable[Meeting], order: Order) -> str:
    """Return a hash of what the order would do and of the meetings' versions.

    The hash tells whether a previewed order is still the same. Personal words are not part of it: the person who
    presses has typed them.
    """
    found = sorted(
        (str(one.pk), one.version, str(order.days.get(one.pk, "")), order.links.get(one.pk, "")) for one in meetings
    )
    colleague = order.colleague.pk if order.kind == BulkKind.HAND_OVER and order.colleague else None
    return hashlib.sha256(repr((str(order.kind), found, colleague)).encode()).hexdigest()


def why_not(meeting: Meeting, order: Order) -> str:
    """Say in German why this meeting stays as it is, "" when the order can change it: a predicate such as „ist vorbei“.

    Drafts can be changed. Not for the kind TAKE_BACK.
    """
    if meeting.is_past:
        return "ist vorbei"
    if meeting.is_cancelled:
        return "ist schon abgesagt"
    if order.kind == BulkKind.POSTPONE:
        return _why_not_postponed(meeting, order.days.get(meeting.pk))
    if order.kind == BulkKind.ONLINE and meeting.format == Format.ONLINE:
        same = order.links.get(meeting.pk, meeting.online_link) == meeting.online_link
        return "ist schon online" if same else ""
    if order.kind == BulkKind.IN_PERSON and meeting.format == Format.IN_PERSON:
        return "ist schon vor Ort"
    is_same = order.colleague is not None and meeting.responsible_id == order.colleague.pk
    return f"liegt schon bei {order.colleague}" if order.kind == BulkKind.HAND_OVER and is_same else ""


def _why_not_postponed(meeting: Meeting, day: date | None) -> str:
    """Say in German why the meeting cannot move to that local day (None: no day is chosen), "" when it can."""
    if day is None:
        return "hat keinen neuen Tag"
    if day == meeting.starts_on:
        return "ist schon an diesem Tag"
    if day < timezone.localdate():
        return "läge dann in der Vergangenheit"
    try:
        moved(meeting, day)
    except local_time.NoSuchTime:
        return "begänne oder endete zu einer Uhrzeit, die es in dieser Nacht nicht gibt"
    return ""


def moved(meeting: Meeting, day: date) -> tuple[datetime, datetime]:
    """Return start and end (UTC) at the same clock times with the start on that local day. Raises NoSuchTime."""
    shift = day - meeting.starts_on
    instants = []
    for instant in (meeting.starts_at, meeting.ends_at):
        local = timezone.localtime(instant)
        instants.append(local_time.instant(local.date() + shift, local.time(), local.fold))
    return instants[0], instants[1]


def apply_order(meeting: Meeting, order: Order) -> Meeting:
    """Apply the order to the object in memory and return it. Saves nothing.

    A postponed meeting takes its last day for answers along. Moved online without a link, it keeps its stored room. The
    kind TAKE_BACK changes nothing here.
    """
    if order.kind == BulkKind.CANCEL:
        meeting.state = State.CANCELLED
    elif order.kind == BulkKind.POSTPONE:
        day = order.days[meeting.pk]
        if meeting.answer_deadline_on:
            meeting.answer_deadline_on += day - meeting.starts_on
        meeting.starts_at, meeting.ends_at = moved(meeting, day)
    elif order.kind == BulkKind.ONLINE:
        meeting.format = Format.ONLINE
        meeting.online_link = order.links.get(meeting.pk) or meeting.online_link
    elif order.kind == BulkKind.IN_PERSON:
        meeting.format = Format.IN_PERSON
    elif order.kind == BulkKind.HAND_OVER:
        meeting.responsible = order.colleague
    return meeting
