"""Compute the ground of the seeded municipalities: `python -m tests.cells` writes regions/data/cells.csv.

Each gets the area that is nearer to it than to any other, within a few kilometres: a Voronoi cell cut out of a disc.
Run it when regions/data/municipalities.csv or the measures in regions/services/maps.py change.
"""

import csv
import os
from collections.abc import Iterable
from math import cos, dist, pi, sin

import django

_CORNERS = 64  # of the polygon that stands for a disc
Point = tuple[float, float]


def rows() -> list[dict[str, str]]:
    """Return the lines of the file: name and coordinates as they are seeded, and the path of the ground."""
    from regions import seeds
    from regions.services import maps

    with (seeds.DATA / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        seeded = list(csv.DictReader(file))
    points = [maps.project(float(one["latitude"]), float(one["longitude"])) for one in seeded]
    city = maps.project(*maps.CITY)
    return [
        {
            **{name: one[name] for name in ("name", "latitude", "longitude")},
            "path": _path(_cell(point, [*points, city], maps.REACH)),
        }
        for one, point in zip(seeded, points, strict=True)
    ]


def _cell(middle: Point, sites: Iterable[Point], reach: float) -> list[Point]:
    """Return the part of the disc around `middle` that is nearer to it than to any other site."""
    turns = (2 * pi * corner / _CORNERS for corner in range(_CORNERS))
    corners = [(middle[0] + reach * cos(turn), middle[1] + reach * sin(turn)) for turn in turns]
    for other in sites:
        if other != middle and dist(other, middle) < 2 * reach:
            corners = _nearer(corners, middle, other)
    return corners


def _nearer(corners: list[Point], middle: Point, other: Point) -> list[Point]:
    """Cut the polygon along the line halfway to the other site (Sutherland and Hodgman 1974)."""
    kept: list[Point] = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        here, there = (dist(point, other) ** 2 - dist(point, middle) ** 2 for point in (start, end))
        if here >= 0:
            kept.append(start)
        if (here >= 0) != (there >= 0):
            part = here / (here - there)
            kept.append((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])))
    return kept


def _path(corners: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def main() -> None:
    """Write regions/data/cells.csv."""
    from regions.services import maps

    with maps.CELLS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["name", "latitude", "longitude", "path"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    os.environ |= {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "netzwerk.settings"}
    django.setup()
    main()
