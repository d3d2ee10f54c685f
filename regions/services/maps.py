"""A map of the district from the municipalities' coordinates alone: there are points, and no borders.

Each municipality gets the ground that is nearer to it than to any other, up to a few kilometres around it (a Voronoi
cell, cut out of a disc); together the cells have about the district's shape. Names stand where they cover nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, dist, pi, radians, sin
from statistics import fmean

from common.folding import sort_key
from regions.models import Municipality, Network

_UNITS = 10  # of the drawing per kilometre
_DEGREE = 111.32 * _UNITS  # of latitude
_REACH = 7.5 * _UNITS
_CORNERS = 64  # of a disc
_EDGE = 12
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
    """One municipality's ground, as an SVG path, and where its dot is."""

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
_CITY = Place("Osnabrück", 52.273, 8.050, is_named=True)


def of_network(network: Network, municipalities: Iterable[Municipality]) -> Map:
    """The district with the network's own municipalities marked and named, and these as a list."""
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


@lru_cache(maxsize=64)  # all that is drawn is the key
def _drawn(places: tuple[Place, ...], names: tuple[Place, ...] = ()) -> Map:
    everything = [*places, *names, _CITY]
    width, height, points = _projected(everything)
    sites = [point for place, point in points.items() if place not in names]
    cells = [Cell(place, _path(_cell(points[place], sites)), *points[place]) for place in places]
    named = [place for place in everything if place.is_named]
    dots = [points[place] for place in named if place.is_own]
    orders = (
        sorted(named, key=lambda place: (place != _CITY, *key(points[place])))
        for key in (lambda at: at[::-1], lambda at: (-at[1], at[0]), lambda at: at, lambda at: (-at[0], at[1]))
    )
    tried = [_labels(order, points, dots, width) for order in orders]
    labels = min(tried, key=lambda labels: sum(label.is_number for label in labels))
    numbered = {label.name for label in labels if label.is_number}
    shown = [points[place] for place in named if place.is_own and place.name not in numbered]
    return Map(width, height, cells, labels, shown)


def _projected(places: Iterable[Place]) -> tuple[int, int, dict[Place, _Point]]:
    """Width, height and where each place is: a degree of longitude is as long as it is in the middle."""
    places = list(places)
    west, north = min(one.longitude for one in places), max(one.latitude for one in places)
    shrink = cos(radians(fmean(one.latitude for one in places)))
    margin = _REACH + _EDGE
    points = {
        one: (
            round((one.longitude - west) * _DEGREE * shrink + margin, 1),
            round((north - one.latitude) * _DEGREE + margin, 1),
        )
        for one in places
    }
    width, height = (round(max(point[axis] for point in points.values()) + margin) for axis in (0, 1))
    return width, height, points


# --- The ground of a place


def _cell(middle: _Point, sites: Iterable[_Point]) -> list[_Point]:
    """What of the disc around it is nearer to `middle` than to any other site."""
    turns = (2 * pi * corner / _CORNERS for corner in range(_CORNERS))
    corners = [(middle[0] + _REACH * cos(turn), middle[1] + _REACH * sin(turn)) for turn in turns]
    for other in sites:
        if other != middle and dist(other, middle) < 2 * _REACH:
            corners = _nearer(corners, middle, other)
    return corners


def _nearer(corners: list[_Point], middle: _Point, other: _Point) -> list[_Point]:
    """The polygon cut along the line halfway to the other site (Sutherland and Hodgman 1974)."""
    kept: list[_Point] = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        here, there = (dist(point, other) ** 2 - dist(point, middle) ** 2 for point in (start, end))
        if here >= 0:
            kept.append(start)
        if (here >= 0) != (there >= 0):
            part = here / (here - there)
            kept.append((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])))
    return kept


def _path(corners: Iterable[_Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


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
