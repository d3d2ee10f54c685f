"""A map of the district from the municipalities' coordinates alone: there are points, and no borders.

The ground of each municipality is a path in `regions/data/cells.csv`, written by `python -m tests.cells`; together
they have about the district's shape. Names stand where they cover nothing.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, radians
from pathlib import Path
from statistics import fmean

from common.folding import sort_key
from regions.models import Municipality, Network

CELLS = Path(__file__).parent.parent / "data" / "cells.csv"
UNITS = 10  # of the drawing per kilometre
REACH = 7.5 * UNITS  # of a municipality's ground
WIDTH, HEIGHT = 623, 834
_DEGREE = 111.32 * UNITS  # of latitude
# Of the seeded municipalities and the city: the westernmost and northernmost coordinate, and the mean latitude.
_WEST, _NORTH, _MEAN = 7.677, 52.678, 52.38874285714286
_MARGIN = REACH + 12
_SIZE, _CHARACTER = 22, 11.5  # of letters: their height, and their width on average
_DOT = 6
_Point = tuple[float, float]
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """A point with the mark of its network (0: none); `is_named` where its name is to be read on the map."""

    name: str
    latitude: float
    longitude: float
    mark: int = 0
    is_own: bool = False
    is_named: bool = False


@dataclass(frozen=True)
class Cell:
    """One municipality's ground as an SVG path, and where its dot would be."""

    place: Place
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Label:
    """A name, or the number that stands for it where there was no room."""

    name: str
    text: str
    x: float
    y: float
    anchor: str
    is_city: bool = False

    @property
    def is_number(self) -> bool:
        """Whether a number stands for the name."""
        return self.text != self.name


@dataclass(frozen=True)
class Entry:
    """A municipality in the list behind the map, and the number that stands for it there ("": its name does)."""

    municipality: Municipality
    number: str


@dataclass(frozen=True)
class Map:
    """Ready to be drawn in a box of this size; `groups` are the named ones, by joint municipality ("" first)."""

    width: int
    height: int
    cells: Sequence[Cell]
    labels: Sequence[Label]
    dots: Sequence[_Point]
    groups: Sequence[tuple[str, Sequence[Entry]]] = ()


# The city lies amid the district and is no part of it: a gap that shows where one is. GeoNames 2856883.
CITY = (52.273, 8.050)
_CITY = Place("Osnabrück", *CITY, is_named=True)


def of_network(network: Network, municipalities: Iterable[Municipality]) -> Map:
    """Return the district with the network's own municipalities marked and named, and these as a list.

    A municipality that was added or moved since the data were computed has a name and a dot, and no ground.
    """
    everywhere = list(municipalities)
    own = [one for one in everywhere if one.network_id == network.pk]
    places = [_place(one, mark=network.mark if one in own else 0, is_named=one in own) for one in everywhere]
    drawn = _drawn(tuple(places))
    numbers = {label.name: label.text for label in drawn.labels if label.is_number}
    groups: dict[str, list[Entry]] = {"": []}
    for one in own:
        groups.setdefault(one.joint_municipality, []).append(Entry(one, numbers.get(one.name, "")))
    return replace(drawn, groups=[(name, groups[name]) for name in sorted(groups, key=sort_key) if groups[name]])


def of_all(networks: Iterable[Network], municipalities: Iterable[Municipality]) -> Map:
    """The district in the colours of these networks, whose short names stand amid their municipalities."""
    everywhere, names = list(municipalities), []
    marks = {network.pk: network.mark for network in networks}
    for network in networks:
        own = [_place(one) for one in everywhere if one.network_id == network.pk]
        if own:
            latitude, longitude = fmean(one.latitude for one in own), fmean(one.longitude for one in own)
            names.append(Place(network.short_name, latitude, longitude, mark=network.mark, is_named=True))
    return _drawn(tuple(_place(one, mark=marks.get(one.network_id or 0, 0)) for one in everywhere), tuple(names))


def _place(municipality: Municipality, *, mark: int = 0, is_named: bool = False) -> Place:
    latitude, longitude = float(municipality.latitude), float(municipality.longitude)
    return Place(municipality.name, latitude, longitude, mark=mark, is_own=bool(mark), is_named=is_named)


@lru_cache(maxsize=1)
def _paths() -> dict[tuple[str, float, float], str]:
    """Return the path of each seeded municipality by its name and coordinates: elsewhere it would not fit."""
    with CELLS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["name"], float(row["latitude"]), float(row["longitude"])): row["path"] for row in rows}


def project(latitude: float, longitude: float) -> _Point:
    """Return where a place is in the drawing; a degree of longitude is as long as it is amid the district."""
    shrink = cos(radians(_MEAN))
    return (
        round((longitude - _WEST) * _DEGREE * shrink + _MARGIN, 1),
        round((_NORTH - latitude) * _DEGREE + _MARGIN, 1),
    )


@lru_cache(maxsize=64)  # all that is drawn is the key
def _drawn(places: tuple[Place, ...], names: tuple[Place, ...] = ()) -> Map:
    everything = [*places, *names, _CITY]
    points = {place: project(place.latitude, place.longitude) for place in everything}
    grounds = {place: _paths().get((place.name, place.latitude, place.longitude), "") for place in places}
    cells = [Cell(place, path, *points[place]) for place, path in grounds.items() if path]
    named = [place for place in everything if place.is_named]
    dots = [points[place] for place in named if place.is_own]
    orders = (
        sorted(named, key=lambda place: (place != _CITY, *key(points[place])))
        for key in (lambda at: at[::-1], lambda at: (-at[1], at[0]), lambda at: at, lambda at: (-at[0], at[1]))
    )
    tried = [_labels(order, points, dots, WIDTH) for order in orders]
    labels = min(tried, key=lambda labels: sum(label.is_number for label in labels))
    numbered = {label.name for label in labels if label.is_number}
    shown = [points[place] for place in named if place.is_own and place.name not in numbered]
    return Map(WIDTH, HEIGHT, cells, labels, shown)


# --- Names


def _labels(order: Sequence[Place], points: dict[Place, _Point], dots: Sequence[_Point], width: int) -> list[Label]:
    """Each name at the first of its positions where it covers no other and no dot, else its number on the dot."""
    taken = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in dots]
    labels: list[Label] = []
    for place in order:
        x, y = points[place]
        length = len(place.name) * _CHARACTER
        free = (
            (at, anchor, box)
            for at, anchor in _positions(x, y, place)
            if _is_free(box := _box(at, anchor, length), taken, width)
        )
        if found := next(free, None):
            (left, base), anchor, box = found
            taken.append(box)
            labels.append(Label(place.name, place.name, round(left, 1), round(base, 1), anchor, place == _CITY))
        else:
            labels.append(Label(place.name, "", x, round(y + _SIZE * 0.35, 1), "middle"))
    waiting = sorted((label.name for label in labels if not label.text), key=sort_key)
    return [label if label.text else replace(label, text=str(waiting.index(label.name) + 1)) for label in labels]


def _positions(x: float, y: float, place: Place) -> list[tuple[_Point, str]]:
    """Where the name may stand, the best first: the baseline's anchor."""
    if not place.is_own:
        return [((x, y + _SIZE * 0.35), "middle"), ((x, y - _SIZE), "middle"), ((x, y + _SIZE * 1.5), "middle")]
    gap = _DOT + 4
    return [
        ((x, y - gap), "middle"),
        ((x, y + gap + _SIZE * 0.75), "middle"),
        ((x + gap, y + _SIZE * 0.35), "start"),
        ((x - gap, y + _SIZE * 0.35), "end"),
        ((x, y - gap), "start"),
        ((x, y - gap), "end"),
        ((x, y + gap + _SIZE * 0.75), "start"),
        ((x, y + gap + _SIZE * 0.75), "end"),
    ]


def _box(at: _Point, anchor: str, length: float) -> _Box:
    left = at[0] - {"start": 0, "middle": length / 2, "end": length}[anchor]
    return left, at[1] - _SIZE * 0.8, left + length, at[1] + _SIZE * 0.25


def _is_free(box: _Box, taken: Iterable[_Box], width: int) -> bool:
    is_clear = all(box[2] <= one[0] or one[2] <= box[0] or box[3] <= one[1] or one[3] <= box[1] for one in taken)
    return is_clear and box[0] >= 0 and box[2] <= width
