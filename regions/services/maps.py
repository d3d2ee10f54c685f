"""Draw a map of the district from the municipalities' coordinates, without their borders.

The ground of each municipality is a path in `regions/data/cells.csv`, written by `python -m tests.cells`; together the
paths have about the district's shape. Names are placed where they cover nothing.
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
UNITS = 10  # units of the drawing per kilometre
REACH = 7.5 * UNITS  # radius of a municipality's ground
WIDTH, HEIGHT = 623, 834
_DEGREE = 111.32 * UNITS  # units per degree of latitude
# Westernmost and northernmost coordinate and mean latitude of the seeded municipalities and the city.
_WEST, _NORTH, _MEAN = 7.677, 52.678, 52.38874285714286
_MARGIN = REACH + 12
_SIZE, _CHARACTER = 22, 11.5  # height of letters, and their average width
_DOT = 6
_Point = tuple[float, float]
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """A point with the mark (number of the colour) of its network, 0 for none.

    `is_named` says whether the map shows its name: beside a dot if `is_own`, else on the point itself.
    """

    name: str
    latitude: float
    longitude: float
    mark: int = 0
    is_own: bool = False
    is_named: bool = False


@dataclass(frozen=True)
class Cell:
    """One municipality's ground as an SVG path, and its position in the drawing."""

    place: Place
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Label:
    """A name on the map, or the number that replaces it where there is no room, as `text`.

    `x` and `y` are the anchor of its baseline, `anchor` is SVG's text-anchor.
    """

    name: str
    text: str
    x: float
    y: float
    anchor: str
    is_city: bool = False

    @property
    def is_number(self) -> bool:
        """Whether a number replaces the name."""
        return self.text != self.name


@dataclass(frozen=True)
class Entry:
    """A municipality in the list beside the map; `number` replaces its name on the map ("": none does)."""

    municipality: Municipality
    number: str


@dataclass(frozen=True)
class Map:
    """The data to draw a map of this size.

    `dots` are the positions of named municipalities, except those with a number in place of the dot. `groups` lists the
    network's municipalities by joint municipality, "" for none; it is empty on the map of all networks.
    """

    width: int
    height: int
    cells: Sequence[Cell]
    labels: Sequence[Label]
    dots: Sequence[_Point]
    groups: Sequence[tuple[str, Sequence[Entry]]] = ()


# The city lies within the district but is no part of it: its name marks the gap. GeoNames 2856883.
CITY = (52.273, 8.050)
_CITY = Place("Osnabrück", *CITY, is_named=True)


def of_network(network: Network, municipalities: Iterable[Municipality]) -> Map:
    """Return the map with the network's own municipalities marked and named, and with their list.

    The others are drawn without mark and name. A municipality that was added or moved since the data were computed gets
    a name and a dot, but no ground. No queries of its own.
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
    """Return the map in the colours of these networks, with each short name at the centre of its municipalities.

    A network without municipalities gets no name; municipalities have neither name nor dot. `networks` is read twice.
    """
    everywhere, names = list(municipalities), []
    marks = {network.pk: network.mark for network in networks}
    for network in networks:
        own = [_place(one) for one in everywhere if one.network_id == network.pk]
        if own:
            latitude, longitude = fmean(one.latitude for one in own), fmean(one.longitude for one in own)
            names.append(Place(network.short_name, latitude, longitude, mark=network.mark, is_named=True))
    return _drawn(tuple(_place(one, mark=marks.get(one.network_id or 0, 0)) for one in everywhere), tuple(names))


def _place(municipality: Municipality, *, mark: int = 0, is_named: bool = False) -> Place:
    """Return the point of a municipality; one with a mark `is_own`."""
    latitude, longitude = float(municipality.latitude), float(municipality.longitude)
    return Place(municipality.name, latitude, longitude, mark=mark, is_own=bool(mark), is_named=is_named)


@lru_cache(maxsize=1)
def _paths() -> dict[tuple[str, float, float], str]:
    """Return the paths of the seeded municipalities by name and coordinates; a moved one finds no path."""
    with CELLS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["name"], float(row["latitude"]), float(row["longitude"])): row["path"] for row in rows}


def project(latitude: float, longitude: float) -> _Point:
    """Return the position of a place in the drawing: x from the west, y from the north, a unit is 100 metres.

    Longitude is scaled by the district's mean latitude.
    """
    shrink = cos(radians(_MEAN))
    return (
        round((longitude - _WEST) * _DEGREE * shrink + _MARGIN, 1),
        round((_NORTH - latitude) * _DEGREE + _MARGIN, 1),
    )


@lru_cache(maxsize=64)  # the arguments contain all that is drawn
def _drawn(places: tuple[Place, ...], names: tuple[Place, ...] = ()) -> Map:
    """Return the map of these municipalities, of names without a dot, and of the city. No groups.

    Names are placed in four orders (from the north, the south, the west and the east), and the order that leaves the
    fewest numbers counts. A municipality without a known path has no ground; where a number replaces the name, the dot
    is left out.
    """
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
    """Place each name at its first position within the width that covers no other name or dot, else a number.

    Names earlier in `order` choose first; the caller tries several orders. Numbers start at 1, in alphabetical order
    of the names; the number stands in place of the dot, which the caller then leaves out.
    """
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
    """Return the possible positions of a name, best first: the baseline's anchor point and its alignment."""
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
    """Return left, top, right and bottom of a text of this length with its baseline anchored at a point."""
    left = at[0] - {"start": 0, "middle": length / 2, "end": length}[anchor]
    return left, at[1] - _SIZE * 0.8, left + length, at[1] + _SIZE * 0.25


def _is_free(box: _Box, taken: Iterable[_Box], width: int) -> bool:
    """Return whether a box overlaps none of those taken and lies within the width."""
    is_clear = all(box[2] <= one[0] or one[2] <= box[0] or box[3] <= one[1] or one[3] <= box[1] for one in taken)
    return is_clear and box[0] >= 0 and box[2] <= width
