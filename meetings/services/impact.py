"""What a decision about many meetings would do, before it is made. Writes nothing."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from mailroom.models import OutboxMail
from meetings.enums import BulkKind, MailingKind, State
from meetings.models import Difference, Facts, Invitation, Meeting
from meetings.services import changes, hints, overview, previews
from meetings.services.changes import Informed
from meetings.services.hints import Hint
from meetings.services.orders import Order, changed, why_not


@dataclass(frozen=True)
class Numbers:
    """People: invited, of them who accepted or said perhaps, who gets a mail, and who cannot be written to."""

    invited: int = 0
    accepted: int = 0
    tentative: int = 0
    mailed: int = 0
    unreachable: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(*(getattr(self, name) + getattr(other, name) for name in vars(self)))


@dataclass(frozen=True)
class Line:
    """One meeting: why it stays as it is ("" when it does not), what is different, what to know, and the numbers."""

    meeting: Meeting
    problem: str
    differences: list[Difference] = field(default_factory=list)
    warnings: list[Hint] = field(default_factory=list)
    numbers: Numbers = Numbers()

    @property
    def is_changed(self) -> bool:
        """Whether the decision does something to it."""
        return not self.problem


@dataclass(frozen=True)
class Sample:
    """One kind of mail as a real recipient of it would get it."""

    label: str
    meeting: Meeting
    person: Informed
    preview: previews.Preview


@dataclass(frozen=True)
class _Person:
    """Somebody invited; `has_heard`: a mail may have arrived, else her invitation still waits and is written anew."""

    informed: Informed
    has_heard: bool


def lines(meetings: Sequence[Meeting], order: Order) -> list[Line]:
    """What the order would do to each of these; a few queries a meeting for what one should know, few for all."""
    people = _people(meetings)
    counted = {meeting.pk: meeting.numbers for meeting in overview.with_numbers(meetings)}
    return [_line(meeting, order, people.get(meeting.pk, []), counted[meeting.pk]) for meeting in meetings]


def _line(meeting: Meeting, order: Order, people: list[_Person], counted: overview.Numbers) -> Line:
    if problem := why_not(meeting, order):
        return Line(meeting, problem)
    after = changed(copy.copy(meeting), order)
    numbers = Numbers(
        counted.total,
        counted.accepted,
        counted.tentative,
        sum(len(one) for one in _by_kind(meeting, after, people).values()),
        sum(not one.informed.is_mailable for one in people),
    )
    return Line(meeting, "", Facts.of(meeting).differences(Facts.of(after)), _warnings(after, order), numbers)


def _by_kind(meeting: Meeting, after: Meeting, people: Iterable[_Person]) -> dict[MailingKind, list[Informed]]:
    """Who would get which kind of mail. Drafts tell nobody; what nobody was told of is told to nobody."""
    if meeting.is_draft or not Facts.of(meeting).differences(Facts.of(after)):
        return {}
    mailable = [one for one in people if one.informed.is_mailable]
    heard = [one.informed for one in mailable if one.has_heard]
    if after.state == State.CANCELLED:
        return {MailingKind.CANCELLATION: heard}
    waiting = [one.informed for one in mailable if not one.has_heard]
    return {MailingKind.UPDATE: heard, MailingKind.INVITATION: waiting}


def _warnings(after: Meeting, order: Order) -> list[Hint]:
    """What one should know of the meeting as it would be."""
    found = hints.about(after) if order.kind == BulkKind.POSTPONE else []
    if order.kind == BulkKind.ONLINE and not after.online_link:
        found.append(Hint("Es ist noch kein Online-Raum eingetragen. Er kann ohne neue Mail nachgetragen werden."))
    if order.kind == BulkKind.IN_PERSON and not after.location:
        found.append(Hint("Es ist kein Ort und kein Gastgeber eingetragen."))
    return found


def _people(meetings: Iterable[Meeting]) -> dict[UUID, list[_Person]]:
    """By meeting everybody invited of whom a mail may have arrived or still waits; four queries."""
    rows = Invitation.objects.filter(meeting__in=[meeting.pk for meeting in meetings]).valid()
    invited = list(rows.select_related("contact__organisation", "network").order_by("contact__sort_key", "pk"))
    lanes = OutboxMail.objects.filter(lane__in=[row.lane for row in invited])
    heard = set(lanes.may_have_arrived().values_list("lane", flat=True))
    waiting = set(lanes.filter(state__in=OutboxMail.UNDER_WAY).values_list("lane", flat=True))
    by_meeting: dict[UUID, list[_Person]] = {}
    for one in changes.informed([row for row in invited if row.lane in heard | waiting]):
        person = _Person(one, one.invitation.lane in heard)
        by_meeting.setdefault(one.invitation.meeting_id, []).append(person)
    return by_meeting


def total(found: Iterable[Line]) -> Numbers:
    """The numbers of all meetings that are changed."""
    return sum((line.numbers for line in found if line.is_changed), Numbers())


def samples(found: Sequence[Line], order: Order) -> list[Sample]:
    """Each kind of mail that would leave, as the first person who gets one would get it.

    Raises ValueError where a mail cannot be built.
    """
    meetings = [line.meeting for line in found if line.is_changed and line.numbers.mailed]
    people = _people(meetings)
    made: dict[MailingKind, Sample] = {}
    for meeting in meetings:
        after = changed(copy.copy(meeting), order)
        for kind, persons in _by_kind(meeting, after, people.get(meeting.pk, [])).items():
            if persons and kind not in made:
                made[kind] = _sample(meeting, after, persons[0], kind, order)
    return list(made.values())


def _sample(meeting: Meeting, after: Meeting, person: Informed, kind: MailingKind, order: Order) -> Sample:
    before = Facts.of(meeting)
    after.sequence = meeting.sequence + before.has_moved(Facts.of(after))
    update = before if kind == MailingKind.UPDATE else None
    preview = previews.preview(after, person, kind=kind, word=order.word_for(meeting), before=update)
    return Sample(str(kind.label), meeting, person, preview)
