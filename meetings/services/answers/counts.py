"""How many come: the numbers at the head of a meeting."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from meetings.enums import Answer, Mode
from meetings.models import Invitation, Meeting
from meetings.services.answers import record
from partners.models import Organisation

_PLURALS = {
    Organisation.Kind.SCHOOL: "Schulen",
    Organisation.Kind.COMPANY: "Betriebe",
    Organisation.Kind.LABOUR_MARKET_ACTOR: "Akteure",
}


@dataclass(frozen=True)
class Part:
    """People who accepted, of one kind or in one way; `seats` None: no limit.

    `former`: those who accepted the former date and keep their seat until they answer anew.
    """

    label: str
    accepted: int
    seats: int | None = None
    former: int = 0

    @property
    def taken(self) -> int:
        """How many seats are not to be had."""
        return self.accepted + self.former

    @property
    def is_full(self) -> bool:
        """Whether no seat is left."""
        return self.seats is not None and self.taken >= self.seats

    @property
    def words(self) -> str:
        """Return „vor Ort 12 von 20 Plätzen“; with acceptances of the former date how many seats they take."""
        counted = f"{self.label} {self.accepted}"
        if self.seats is None:
            return f"{counted} + {self.former} zum alten Termin" if self.former else counted
        taken = f", mit alten Zusagen belegt {self.taken}" if self.former else ""
        return f"{counted}{taken} von {self.seats} {'Platz' if self.seats == 1 else 'Plätzen'}"


@dataclass(frozen=True)
class Tally:
    """Numbers of people invited to one meeting, by their current answer.

    `accepted` are those who come; who accepted the former date is counted apart (`former`), and in no `kinds`.
    """

    accepted: int
    former: int
    tentative: int
    declined: int
    open: int
    joined: int  # went into the online room
    kinds: tuple[Part, ...]
    modes: tuple[Part, ...]

    @property
    def total(self) -> int:
        """Everybody who is invited."""
        return self.accepted + self.former + self.tentative + self.declined + self.open

    @property
    def tentative_from(self) -> int:
        """Where „vielleicht“ begins on a bar that is as long as `total`; before it stand both acceptances."""
        return self.accepted + self.former

    @property
    def declined_from(self) -> int:
        """Where the refusals begin on that bar."""
        return self.tentative_from + self.tentative


def tally(meeting: Meeting) -> Tally:
    """Count the answers of a meeting, in one query. Whose link was withdrawn is not invited any more."""
    rows = list(
        Invitation.objects.filter(meeting=meeting)
        .valid()
        .marked()
        .order_by()
        .values_list("answer", "mode", "contact__organisation__kind", "is_former")
        .annotate(Count("pk"), Count("joined_at"))
    )
    answers = _summed((answer, number) for answer, _, _, _, number, _ in rows)
    accepted = [row for row in rows if row[0] == Answer.ACCEPTED and not row[3]]
    former = _summed((row[1], row[4]) for row in rows if row[0] == Answer.ACCEPTED and row[3])
    kinds = _summed((kind, number) for _, _, kind, _, number, _ in accepted)
    modes = _summed((mode, number) for _, mode, _, _, number, _ in accepted)
    return Tally(
        accepted=modes.total(),
        former=former.total(),
        tentative=answers[Answer.TENTATIVE],
        declined=answers[Answer.DECLINED],
        open=answers[""],
        joined=sum(row[5] for row in rows),
        kinds=tuple(Part(label, kinds[kind]) for kind, label in _PLURALS.items()),
        modes=tuple(_mode_parts(meeting, modes, former)),
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    """The numbers added up by their key; a key that is missing counts 0."""
    found: Counter[str] = Counter()
    for key, number in pairs:
        found[key] += number
    return found


def _mode_parts(meeting: Meeting, accepted: Counter[str], former: Counter[str]) -> Iterable[Part]:
    """The ways that the meeting offers, and those that somebody accepted before its format changed."""
    offered = {Mode.IN_PERSON: meeting.has_in_person, Mode.ONLINE: meeting.has_online}
    for mode, is_offered in offered.items():
        if is_offered or accepted[mode]:
            seats = record.seats(meeting, mode) if is_offered else None
            yield Part(mode.label, accepted[mode], seats, former[mode])
