"""The drawn map: who has which ground, and names that cover nothing."""

import csv
import re
from math import cos, dist, radians
from statistics import fmean

import pytest

from regions.models import Municipality, Network
from regions.services import maps
from tests import cells


@pytest.fixture
def everywhere(db) -> list[Municipality]:
    return list(Municipality.objects.all())


@pytest.fixture
def nordkreis(db) -> Network:
    return Network.objects.get(slug="nordkreis")


def _corners(cell) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", cell.path)]


def test_what_lies_in_the_east_stands_right_and_what_lies_in_the_north_above(everywhere, nordkreis):
    drawn = maps.of_network(nordkreis, everywhere)
    at = {cell.place.name: (cell.x, cell.y) for cell in drawn.cells}
    assert at["Bippen"][0] < at["Melle"][0] < drawn.width
    assert at["Menslage"][1] < at["Glandorf"][1] < drawn.height
    # 5.0 km as the crow flies
    assert dist(at["Ankum"], at["Bersenbrück"]) / 10 == pytest.approx(5.0, abs=0.1)


def test_every_corner_is_nearer_to_its_own_place_than_to_another(everywhere, nordkreis):
    grounds = maps.of_network(nordkreis, everywhere).cells
    assert len(grounds) == 34
    for cell in grounds:
        for corner in _corners(cell):
            nearest = min(dist(corner, (other.x, other.y)) for other in grounds)
            assert dist(corner, (cell.x, cell.y)) <= nearest + 0.2  # rounded
            assert dist(corner, (cell.x, cell.y)) <= 75.2


def test_only_the_networks_own_are_marked_and_all_of_them_are_in_the_list(everywhere, nordkreis):
    drawn = maps.of_network(nordkreis, everywhere)
    own = {one.name for one in everywhere if one.network_id == nordkreis.pk}
    assert {cell.place.name for cell in drawn.cells if cell.place.mark} == own
    assert [name for name, _ in drawn.groups] == ["Artland", "Bersenbrück", "Fürstenau", "Neuenkirchen"]
    assert {entry.municipality.name for _, entries in drawn.groups for entry in entries} == own
    numbers = {
        entry.municipality.name: entry.number for _, entries in drawn.groups for entry in entries if entry.number
    }
    assert numbers == {label.name: label.text for label in drawn.labels if label.is_number}
    assert len(drawn.dots) == len(own) - len(numbers)


def _box(label) -> tuple[float, float, float, float]:
    """Where its letters are at least."""
    length = len(label.text) * 11
    left = label.x - {"start": 0, "middle": length / 2, "end": length}[label.anchor]
    return left, label.y - 16, left + length, label.y + 4


@pytest.mark.parametrize("slug", ["nordkreis", "suedliches-osnabruecker-land", "bramsche"])
def test_no_name_covers_another_or_leaves_the_map(slug, everywhere):
    drawn = maps.of_network(Network.objects.get(slug=slug), everywhere)
    boxes = [(label, _box(label)) for label in drawn.labels if not label.is_number]
    assert {label.name for label, _ in boxes} > {"Osnabrück"}
    for label, box in boxes:
        assert 0 <= box[0] < box[2] <= drawn.width
        for other, their in boxes:
            apart = box[2] <= their[0] or their[2] <= box[0] or box[3] <= their[1] or their[3] <= box[1]
            assert label is other or apart, (label.name, other.name)


def test_where_there_is_no_room_a_number_stands_for_the_name(everywhere, nordkreis):
    for number, one in enumerate(everywhere):
        one.network, one.latitude, one.longitude = nordkreis, 52.3 + number / 500, 8.0
    drawn = maps.of_network(nordkreis, everywhere)
    numbered = [
        (entry.municipality.name, entry.number) for _, entries in drawn.groups for entry in entries if entry.number
    ]
    assert sorted(int(number) for _, number in numbered) == list(range(1, len(numbered) + 1))
    assert len(numbered) > 10


def test_the_stored_ground_is_what_the_coordinates_give():
    """`python -m tests.cells` writes it anew."""
    with maps.CELLS.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == cells.rows()


def test_the_seeded_municipalities_fill_the_drawing(everywhere):
    places = [maps.CITY, *((float(one.latitude), float(one.longitude)) for one in everywhere)]
    points = [maps.project(*place) for place in places]
    edge = maps.REACH + 12
    assert tuple(min(axis) for axis in zip(*points, strict=True)) == (edge, edge)
    size = tuple(round(max(axis) + edge) for axis in zip(*points, strict=True))
    assert size == (maps.WIDTH, maps.HEIGHT)
    east, west = (maps.project(fmean(place[0] for place in places), degree)[0] for degree in (8.5, 7.5))
    mean = fmean(place[0] for place in places)
    assert east - west == pytest.approx(111.32 * maps.UNITS * cos(radians(mean)), abs=0.1)


def test_a_municipality_that_was_moved_or_added_has_its_name_and_no_ground(everywhere, nordkreis):
    moved = next(one for one in everywhere if one.name == "Ankum")
    moved.latitude = 52.55
    added = Municipality(name="Neudorf", latitude=52.4, longitude=8.4, network=nordkreis)
    drawn = maps.of_network(nordkreis, [*everywhere, added])
    assert {one.name for one in everywhere} - {cell.place.name for cell in drawn.cells} == {"Ankum"}
    assert len(drawn.cells) == 33
    assert {"Ankum", "Neudorf"} < {label.name for label in drawn.labels}
    assert maps.project(52.4, 8.4) in drawn.dots


def test_all_networks_stand_on_one_map_in_their_colours(everywhere):
    networks = list(Network.objects.all())
    drawn = maps.of_all(networks, everywhere)
    assert {cell.place.mark for cell in drawn.cells} == {network.mark for network in networks}
    assert {label.text for label in drawn.labels} == {"Osnabrück", *(network.short_name for network in networks)}


def test_a_map_without_municipalities_is_a_map(db, nordkreis):
    assert maps.of_network(nordkreis, []).groups == []
    assert maps.of_all([nordkreis], []).cells == []
