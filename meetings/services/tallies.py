"""How many come: the numbers at the head of a meeting."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from meetings.enums import Answer, Mode
from meetings.models import Invitation, Meeting
from meetings.services import responses
from partners.models import Organisation

_PLURALS = {
    Organisation.Kind.SCHOOL: "Schulen",
    Organisation.Kind.COMPANY: "Betriebe",
    Organisation.Kind.LABOUR_MARKET_ACTOR: "Akteure",
}


@dataclass(frozen=True)
class Part:
    """People who accepted, of one kind or in one way; `seats` None: no limit."""

    label: str
    accepted: int
    seats: int | None = None


@dataclass(frozen=True)
class Tally:
    """Numbers of people invited to one meeting, by their current answer."""

    accepted: int
    tentative: int
    declined: int
    open: int
    joined: int  # went into the online room
    kinds: tuple[Part, ...]
    modes: tuple[Part, ...]

    @property
    def total(self) -> int:
        """Everybody who is invited."""
        return self.accepted + self.tentative + self.declined + self.open

    @property
    def tentative_from(self) -> int:
        """Where „vielleicht“ begins on a bar that is as long as `total`."""
        return self.accepted

    @property
    def declined_from(self) -> int:
        """Where the refusals begin on that bar."""
        return self.accepted + self.tentative


def tally(meeting: Meeting) -> Tally:
    """Count the answers of a meeting, in one query. Whose link was withdrawn is not invited any more."""
    rows = list(
        Invitation.objects.filter(meeting=meeting)
        .valid()
        .order_by()
        .values_list("answer", "mode", "contact__organisation__kind")
        .annotate(Count("pk"), Count("joined_at"))
    )
    answers = _summed((answer, number) for answer, _, _, number, _ in rows)
    accepted = [row for row in rows if row[0] == Answer.ACCEPTED]
    kinds = _summed((kind, number) for _, _, kind, number, _ in accepted)
    modes = _summed((mode, number) for _, mode, _, number, _ in accepted)
    return Tally(
        accepted=answers[Answer.ACCEPTED],
        tentative=answers[Answer.TENTATIVE],
        declined=answers[Answer.DECLINED],
        open=answers[""],
        joined=sum(row[4] for row in rows),
        kinds=tuple(Part(label, kinds[kind]) for kind, label in _PLURALS.items()),
        modes=tuple(_mode_parts(meeting, modes)),
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    """The numbers added up by their key; a key that is missing counts 0."""
    found: Counter[str] = Counter()
    for key, number in pairs:
        found[key] += number
    return found


def _mode_parts(meeting: Meeting, taken: Counter[str]) -> Iterable[Part]:
    """The ways that the meeting offers, and those that somebody accepted before its format changed."""
    offered = {Mode.IN_PERSON: meeting.has_in_person, Mode.ONLINE: meeting.has_online}
    for mode, is_offered in offered.items():
        if is_offered or taken[mode]:
            yield Part(mode.label, taken[mode], responses.seats(meeting, mode) if is_offered else None)
