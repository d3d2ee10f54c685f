"""The log as people read it: who did what, with links to what it is about. Knows other apps' rows by kind and key."""

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

_AT_MOST = 3  # rows of one kind that a sentence names; an act about more is not about each of them
_AROUND = ("regions.network", "partners.organisation")  # said only where the sentence leads to nothing nearer
_QUOTED = re.compile(r"„[^“]*“")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Piece:
    """Part of a sentence; with an address it is a link."""

    text: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Told:
    """One entry of the log. `who` is "" where the sentence stands alone; `others` are rows that it does not name."""

    at: datetime
    by: User | None
    who: str
    pieces: tuple[Piece, ...]
    others: tuple[Piece, ...]

    @property
    def links(self) -> tuple[Piece, ...]:
        """What it is about, as far as there is a page for it."""
        return (*(piece for piece in self.pieces if piece.url), *self.others)

    @property
    def shape(self) -> str:
        """The sentence without its names and numbers: what alike acts have in common."""
        text = "".join("…" if piece.url else piece.text for piece in self.pieces)
        return _NUMBER.sub("#", _QUOTED.sub("…", text)).partition(":")[0].replace("„…“", "…")


def told(activities: Iterable[Activity], *, page: str = "") -> list[Told]:
    """These activities in words. Reads `by`. One query, and one for each kind of row that they are about.

    `page` is where they are shown: the row whose page that is gets no link.
    """
    rows = list(activities)
    links = _links([row.pk for row in rows])
    return [_told(row, [link for link in links[row.pk] if not (page and page.startswith(link.url))]) for row in rows]


def _told(activity: Activity, links: Sequence[Piece]) -> Told:
    pieces, others = _split(activity.sentence, links)
    is_whole = activity.by is None and activity.sentence[:1].isupper()
    who = "" if is_whole else str(activity.by or "Das System")
    return Told(activity.at, activity.by, who, tuple(pieces), tuple(others))


def _split(sentence: str, links: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The sentence with each row that it names as a link, the longest name first; and the rows it does not name."""
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
    """By activity the rows that it is about and that have a page of their own."""
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
    """The targets of these activities, without those of a kind of which one activity has many."""
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
    """The rows of that kind that are still there and have a page for the whole team, without their bytes."""
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError):
        return []
    if model is User or not hasattr(model, "get_absolute_url"):
        return []
    large = [field.name for field in model._meta.concrete_fields if isinstance(field, models.BinaryField)]
    return list(model._default_manager.filter(pk__in=list(keys)).defer(*large))
