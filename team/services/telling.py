"""Present the log: sentences with links to the rows that they are about. Knows other apps' rows by kind and key."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import RowNumber

from team.models import Activity, ActivityTarget, User

_AT_MOST = 3  # rows of one kind that a sentence names; with more, the act is not about each of them
_AROUND = ("regions.network", "partners.organisation")  # linked beside a sentence only where there is no other link
_QUOTED = re.compile(r"„[^“]*“")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Piece:
    """A part of a sentence; with an address it is a link to a row of this kind (`app.model`)."""

    text: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Told:
    """One entry of the log: who, what they did in pieces, and links to rows that the sentence does not name.

    `who` is "" where the sentence stands alone.
    """

    at: datetime
    by: User | None
    who: str
    pieces: tuple[Piece, ...]
    others: tuple[Piece, ...]

    @property
    def links(self) -> tuple[Piece, ...]:
        """The rows with a page that the entry is about."""
        return (*(piece for piece in self.pieces if piece.url), *self.others)

    @property
    def shape(self) -> str:
        """The sentence without its names, quotations and numbers, equal for similar acts.

        What follows a colon is left out.
        """
        text = "".join("…" if piece.url else piece.text for piece in self.pieces)
        return _NUMBER.sub("#", _QUOTED.sub("…", text)).partition(":")[0].replace("„…“", "…")


def entries(activities: Iterable[Activity], *, page: str = "") -> list[Told]:
    """Return the activities as entries with links. One query, and one for each kind of row that they are about.

    Linked are existing rows that have a page, never members, and no kind of row of which the activity has more than
    three. Networks and organisations that the sentence does not name are linked only when nothing else is. `page` is
    the path where the entries are shown; the row that the page belongs to gets no link. Reads `by`.
    """
    rows = list(activities)
    links = _links([row.pk for row in rows])
    return [_told(row, [link for link in links[row.pk] if not (page and page.startswith(link.url))]) for row in rows]


def _told(activity: Activity, links: Sequence[Piece]) -> Told:
    """Return the entry. Without a member a sentence with a capital stands alone; else „Das System“ did it."""
    pieces, others = _split(activity.sentence, links)
    is_whole = activity.by is None and activity.sentence[:1].isupper()
    who = "" if is_whole else str(activity.by or "Das System")
    return Told(activity.at, activity.by, who, tuple(pieces), tuple(others))


def _split(sentence: str, links: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return the sentence with each row that it names as a link, and the rows that it does not name.

    Longer names are matched first. Networks and organisations (`_AROUND`) are left out of the latter when there is any
    other link.
    """
    pieces, others = [Piece(sentence)], []
    for link in sorted(links, key=lambda one: -len(one.text)):
        place = next((n for n, piece in enumerate(pieces) if not piece.url and link.text in piece.text), None)
        if place is None:
            others.append(link)
            continue
        before, _, after = pieces[place].text.partition(link.text)
        pieces[place : place + 1] = [piece for piece in (Piece(before), link, Piece(after)) if piece.text]
    nearer = [link for link in others if link.kind not in _AROUND]
    return pieces, nearer if nearer or len(others) < len(links) else others


def _links(keys: Sequence[int | None]) -> dict[int, list[Piece]]:
    """Return by activity the rows that it is about and that have a page of their own."""
    wanted: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for activity, kind, key in _few_targets(keys):
        wanted[kind][key].append(activity)
    found: dict[int, list[Piece]] = defaultdict(list)
    for kind, by_key in sorted(wanted.items()):
        for row in _rows(kind, by_key):
            for activity in by_key[str(row.pk)]:
                found[activity].append(Piece(str(row), row.get_absolute_url(), kind))
    return found


def _few_targets(keys: Sequence[int | None]) -> Iterator[tuple[int, str, str]]:
    """Yield the targets of these activities, except where an activity has more than three of one kind."""
    if not any(keys):
        return
    number = models.Window(
        RowNumber(), partition_by=[models.F("activity"), models.F("kind")], order_by=models.F("pk").asc()
    )
    rows = ActivityTarget.objects.filter(activity__in=keys).annotate(number=number).filter(number__lte=_AT_MOST + 1)
    by_kind: dict[tuple[int, str], list[str]] = defaultdict(list)
    for activity, kind, key in rows.order_by("pk").values_list("activity", "kind", "key"):
        by_kind[activity, kind].append(key)
    for (activity, kind), of_kind in by_kind.items():
        if len(of_kind) <= _AT_MOST:
            yield from ((activity, kind, key) for key in of_kind)


def _rows(kind: str, keys: Iterable[str]) -> Iterable[Any]:
    """Return the existing rows of that kind, without binary fields.

    None for members, whose pages only the lead sees, and for kinds that are unknown or have no page.
    """
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError):
        return []
    if model is User or not hasattr(model, "get_absolute_url"):
        return []
    large = [field.name for field in model._meta.concrete_fields if isinstance(field, models.BinaryField)]
    return list(model._default_manager.filter(pk__in=list(keys)).defer(*large))
