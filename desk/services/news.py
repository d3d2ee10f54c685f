"""Group the log entries of others by person and put entries of the same shape in one line."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from team.models import Activity, User
from team.services import telling

LOOKED_AT = 200  # activities at most
_NAMED = 3  # links at most to further rows in one line


@dataclass(frozen=True)
class Line:
    """The newest of several similar acts of one person, the number of `others`, and links to some of them."""

    told: telling.Told
    others: int = 0
    named: tuple[telling.Piece, ...] = ()

    @property
    def unnamed(self) -> int:
        """Number of further acts without a link in this line."""
        return self.others - len(self.named)


@dataclass(frozen=True)
class By:
    """The acts of one team member; `who` is None for acts by no team member."""

    who: User | None
    lines: tuple[Line, ...]


def grouped(activities: Iterable[Activity]) -> list[By]:
    """Group activities (newest first) by person; those whose sentence has one shape share a line. Reads `by`."""
    alike: dict[tuple[int | None, str], list[telling.Told]] = defaultdict(list)
    for told in telling.entries(activities):
        alike[told.by.pk if told.by else None, told.shape].append(told)
    people: dict[int | None, User | None] = {key: group[0].by for (key, _), group in alike.items()}
    return [
        By(who, tuple(_line(group) for (by, _), group in alike.items() if by == key)) for key, who in people.items()
    ]


def _line(group: Sequence[telling.Told]) -> Line:
    """Return the line of these acts (newest first): at most three further ones are linked, no row twice."""
    first, rest = group[0], group[1:]
    seen = {link.url for link in first.links}
    named: list[telling.Piece] = []
    for told in rest:
        link = next((link for link in told.links if link.url not in seen), None)
        if link and len(named) < _NAMED:
            named.append(link)
        seen |= {one.url for one in told.links}
    return Line(first, len(rest), tuple(named))


@dataclass(frozen=True)
class News:
    """The acts between two instants; `is_cut` says that there are more than were read."""

    since: datetime
    until: datetime
    people: tuple[By, ...]
    is_cut: bool = False

    @property
    def only(self) -> User | None:
        """The person who did everything, or None if it was several people, nobody or no team member."""
        return self.people[0].who if len(self.people) == 1 else None
