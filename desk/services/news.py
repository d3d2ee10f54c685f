"""What others have done, short enough to be read: alike acts in one line."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from team.models import Activity, User
from team.services import telling

LOOKED_AT = 200  # activities
_NAMED = 3  # further rows that a line of alike acts names


@dataclass(frozen=True)
class Line:
    """The newest of alike acts of one person, and how many `others` there are, some of them by name."""

    told: telling.Told
    others: int = 0
    named: tuple[telling.Piece, ...] = ()

    @property
    def unnamed(self) -> int:
        """How many further acts no link leads to."""
        return self.others - len(self.named)


@dataclass(frozen=True)
class By:
    """What one member of the team did; `who` is None for what nobody of the team did."""

    who: User | None
    lines: tuple[Line, ...]


def grouped(activities: Iterable[Activity]) -> list[By]:
    """These activities (the newest first), by person and with alike ones in one line. Reads `by`."""
    alike: dict[tuple[int | None, str], list[telling.Told]] = defaultdict(list)
    for told in telling.told(activities):
        alike[told.by.pk if told.by else None, told.shape].append(told)
    people: dict[int | None, User | None] = {key: group[0].by for (key, _), group in alike.items()}
    return [
        By(who, tuple(_line(group) for (by, _), group in alike.items() if by == key)) for key, who in people.items()
    ]


def _line(group: Sequence[telling.Told]) -> Line:
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
    """What was done since an instant, up to another."""

    since: datetime
    until: datetime
    people: tuple[By, ...]
    is_cut: bool = False

    @property
    def only(self) -> User | None:
        """Who did all of it, when it was one person."""
        return self.people[0].who if len(self.people) == 1 else None
