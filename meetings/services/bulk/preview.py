"""The preview of a decision about many meetings. Writes nothing."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from mailroom.models import OutboxMail
from meetings.enums import BulkKind, MailingKind, State
from meetings.models import Difference, Facts, Invitation, Meeting
from meetings.services.bulk.order import Order, apply_order, why_not
from meetings.services.changes import changes
from meetings.services.changes.changes import Informed
from meetings.services.dates import hints
from meetings.services.dates.hints import Hint
from meetings.services.planning import overview
from meetings.services.sending import previews


@dataclass(frozen=True)
class Numbers:
    """Counts of people: invited, accepted, tentative, those who get a mail, and those whom no mail can reach."""

    invited: int = 0
    accepted: int = 0
    tentative: int = 0
    mailed: int = 0
    unreachable: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(*(getattr(self, name) + getattr(other, name) for name in vars(self)))


@dataclass(frozen=True)
class Line:
    """The effect on one meeting: the German reason why it stays as it is ("" when it changes), differences, warnings,
    counts, and the recipients by kind of mail (loaded with their addresses only)."""

    meeting: Meeting
    problem: str
    differences: list[Difference] = field(default_factory=list)
    warnings: list[Hint] = field(default_factory=list)
    numbers: Numbers = Numbers()
    mails: Mapping[MailingKind, list[Informed]] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        """Whether the decision changes the meeting."""
        return not self.problem


@dataclass(frozen=True)
class Sample:
    """A kind of mail as one real recipient would get it, and the number of mails of that kind."""

    kind: MailingKind
    meeting: Meeting
    person: Informed
    preview: previews.Preview
    count: int = 1


@dataclass(frozen=True)
class _Person:
    """An invited person. `has_heard`: a mail may have arrived; `is_waiting`: a mail to them is under way."""

    informed: Informed
    has_heard: bool
    is_waiting: bool

    @property
    def is_reachable(self) -> bool:
        """Whether a mail may have arrived or is under way, and the address is not broken."""
        return self.informed.is_mailable and (self.has_heard or self.is_waiting)


def lines(meetings: Sequence[Meeting], order: Order) -> list[Line]:
    """Return the effect of the order on each meeting; a few queries in all, and a few per meeting for warnings."""
    people = _people(meetings)
    counted = {meeting.pk: meeting.numbers for meeting in overview.attach_numbers(meetings)}
    after = {one.pk: apply_order(copy.copy(one), order) for one in meetings if not why_not(one, order)}
    beside = list(after.values())
    return [
        _line(one, after[one.pk], order, people.get(one.pk, []), counted[one.pk], beside)
        if one.pk in after
        else Line(one, why_not(one, order))
        for one in meetings
    ]


def _line(
    meeting: Meeting,
    after: Meeting,
    order: Order,
    people: list[_Person],
    counted: overview.Numbers,
    beside: Sequence[Meeting],
) -> Line:
    """Return the effect on a meeting that changes to `after`; `beside` are all changed meetings, for warnings."""
    mails = _by_kind(meeting, after, people)
    numbers = Numbers(
        counted.total,
        counted.accepted,
        counted.tentative,
        sum(map(len, mails.values())),
        sum(not one.is_reachable for one in people),
    )
    differences = Facts.of(meeting).differences(Facts.of(after))
    return Line(meeting, "", differences, _warnings(after, order, beside), numbers, mails)


def _by_kind(meeting: Meeting, after: Meeting, people: Iterable[_Person]) -> dict[MailingKind, list[Informed]]:
    """Return the recipients by kind of mail; none for a draft or where no fact that invitees know changes.

    Those whom a mail may have reached get the cancellation or update, unless their address is broken. Those whose first
    mail still waits get it anew, under the same condition; none at a cancellation.
    """
    if meeting.is_draft or not Facts.of(meeting).differences(Facts.of(after)):
        return {}
    heard = [one.informed for one in people if one.has_heard and one.is_reachable]
    if after.state == State.CANCELLED:
        return {MailingKind.CANCELLATION: heard}
    waiting = [one.informed for one in people if one.is_waiting and not one.has_heard and one.is_reachable]
    return {MailingKind.UPDATE: heard, MailingKind.INVITATION: waiting}


def _warnings(after: Meeting, order: Order, beside: Sequence[Meeting]) -> list[Hint]:
    """Return the hints about the meeting as changed, among the other meetings as changed (`beside`)."""
    found: list[Hint] = []
    if order.kind == BulkKind.POSTPONE:
        networks = after.networks.all()
        found += hints.about_day(after.starts_on)
        found += hints.about_others(after.starts_at, after.ends_at, networks, but=after.pk, beside=beside)
        if after.answer_deadline_on:
            found += hints.about_deadline(after.starts_on, after.answer_deadline_on)
    if order.kind == BulkKind.ONLINE and not after.online_link:
        found.append(Hint("Es ist noch kein Online-Raum eingetragen. Er kann ohne neue Mail nachgetragen werden."))
    if order.kind == BulkKind.IN_PERSON and not after.location:
        found.append(Hint("Es ist kein Ort und kein Gastgeber eingetragen."))
    return found


def _people(meetings: Iterable[Meeting]) -> dict[UUID, list[_Person]]:
    """Return the invited people by meeting, sorted by name, with few columns loaded; four queries."""
    rows = Invitation.objects.filter(meeting__in=[meeting.pk for meeting in meetings]).valid()
    light = rows.select_related("contact").only("meeting", "contact__email_folded")
    invited = list(light.order_by("contact__sort_key", "pk"))
    lanes = OutboxMail.objects.filter(lane__in=[row.lane for row in invited])
    heard = set(lanes.may_have_arrived().values_list("lane", flat=True))
    waiting = set(lanes.filter(state__in=OutboxMail.UNDER_WAY).values_list("lane", flat=True))
    by_meeting: dict[UUID, list[_Person]] = {}
    for one in changes.informed(invited):
        lane = one.invitation.lane
        by_meeting.setdefault(one.invitation.meeting_id, []).append(_Person(one, lane in heard, lane in waiting))
    return by_meeting


def total(found: Iterable[Line]) -> Numbers:
    """Return the sums of the counts over all changed meetings."""
    return sum((line.numbers for line in found if line.is_changed), Numbers())


def samples(found: Sequence[Line], order: Order) -> list[Sample]:
    """Return a sample of each kind of mail that would be sent, as its first recipient would get it.

    Raises ValueError when a mail cannot be built.
    """
    made = []
    for kind in dict.fromkeys(kind for line in found for kind, persons in line.mails.items() if persons):
        line = next(line for line in found if line.mails.get(kind))
        count = sum(len(line.mails.get(kind, ())) for line in found)
        made.append(_sample(line.meeting, line.mails[kind][0], kind, order, count))
    return made


def sample(meeting: Meeting, contact: int, kind: MailingKind, order: Order) -> Sample | None:
    """Return the mail to one contact (their key); None when they would get none of that kind.

    Raises ValueError when the mail cannot be built.
    """
    if why_not(meeting, order):
        return None
    by_kind = _by_kind(meeting, apply_order(copy.copy(meeting), order), _people([meeting]).get(meeting.pk, []))
    person = next((one for one in by_kind.get(kind, []) if one.invitation.contact_id == contact), None)
    return _sample(meeting, person, kind, order) if person else None


def _sample(meeting: Meeting, light: Informed, kind: MailingKind, order: Order, count: int = 1) -> Sample:
    """Return the mail to this person as the order would send it; `light` has few columns loaded."""
    rows = Invitation.objects.select_related("contact__organisation", "network")
    person = Informed(rows.get(pk=light.invitation.pk), light.reason)
    before, after = Facts.of(meeting), apply_order(copy.copy(meeting), order)
    after.sequence = meeting.sequence + before.has_moved(Facts.of(after))
    update = before if kind == MailingKind.UPDATE else None
    preview = previews.preview(after, person, kind=kind, word=order.word_for(meeting), before=update)
    return Sample(kind, meeting, person, preview, count)
