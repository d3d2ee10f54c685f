"""The numbers of answers at the head of a meeting's page."""

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
    """The number of people of one kind of organisation, or in one mode, who accepted; `seats` None means no limit.

    `former` counts former acceptances (time, place or format changed since): they keep their seats until the people
    answer again.
    """

    label: str
    accepted: int
    seats: int | None = None
    former: int = 0

    @property
    def taken(self) -> int:
        """The number of occupied seats."""
        return self.accepted + self.former

    @property
    def is_full(self) -> bool:
        """Whether no seat is left; False without a limit."""
        return self.seats is not None and self.taken >= self.seats

    @property
    def words(self) -> str:
        """The part in German, such as „vor Ort 12 von 20 Plätzen“, with the former acceptances."""
        counted = f"{self.label} {self.accepted}"
        if self.seats is None:
            return f"{counted} + {self.former} zum alten Termin" if self.former else counted
        taken = f", mit alten Zusagen belegt {self.taken}" if self.former else ""
        return f"{counted}{taken} von {self.seats} {'Platz' if self.seats == 1 else 'Plätzen'}"


@dataclass(frozen=True)
class Tally:
    """The numbers of people invited to one meeting, by their current answer.

    Former acceptances count as `former`, not as `accepted`, and not in `kinds`.
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
        """The number of invited people."""
        return self.accepted + self.former + self.tentative + self.declined + self.open

    @property
    def tentative_from(self) -> int:
        """The offset of „vielleicht“ on a bar of length `total`, after both kinds of acceptances."""
        return self.accepted + self.former

    @property
    def declined_from(self) -> int:
        """The offset of the refusals on the same bar."""
        return self.tentative_from + self.tentative


def tally(meeting: Meeting) -> Tally:
    """Count the answers to a meeting in one query, without withdrawn invitations.

    Acceptances from before the meeting moved are counted as `former` only.
    """
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
    """Return the sums of the numbers by key; a missing key counts 0."""
    found: Counter[str] = Counter()
    for key, number in pairs:
        found[key] += number
    return found


def _mode_parts(meeting: Meeting, accepted: Counter[str], former: Counter[str]) -> Iterable[Part]:
    """Yield a part for each mode that the meeting offers or that an invitee has accepted all the same.

    A mode can be accepted and no longer offered after the format has changed; such a part has no limit. Former
    acceptances alone (`former`) give no part to a mode that is not offered.
    """
    offered = {Mode.IN_PERSON: meeting.has_in_person, Mode.ONLINE: meeting.has_online}
    for mode, is_offered in offered.items():
        if is_offered or accepted[mode]:
            seats = record.seats(meeting, mode) if is_offered else None
            yield Part(mode.label, accepted[mode], seats, former[mode])
