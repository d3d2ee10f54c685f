import pytest

from partners.services.partner_list.places import Location, Places, place_key
from regions.models import Municipality

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    return Places.of(Municipality.objects.all())


@pytest.mark.parametrize(
    ("postcode", "place", "municipality", "is_outside"),
    [
        ("49324", "Melle", "Melle", False),
        ("49176", "Hilter aTW", "Hilter a.T.W.", False),
        ("49176", "Hilter am Teutoburger Wald", "Hilter a.T.W.", False),
        ("", "Bad Rothenfelde", "Bad Rothenfelde", False),
        ("49328", "Melle-Buer", "Melle", False),
        ("49577", "Ankum", "Ankum", False),
        ("49324", "", "Melle", False),
        ("49326", "Gesmold", "Melle", False),
        ("49577", "", None, False),
        ("49577", "Aslage", None, False),
        ("49597", "Osnabrück", None, False),
        ("49324", "Bramsche", None, False),
        ("12345", "Melle", None, False),
        ("49074", "Osnabrück", None, True),
        ("", "Münster", None, True),
        ("", "", None, False),
    ],
)
def test_find(places, postcode, place, municipality, is_outside):
    where = places.find(postcode, place)
    assert (places.names.get(where.municipality), where.is_outside) == (municipality, is_outside)
    is_plain = place_key(place) in places.by_name and municipality
    assert bool(where.notice) is not bool(is_plain or place == "Melle-Buer")


@pytest.mark.parametrize(
    ("written", "municipality", "is_outside"),
    [("Melle", "Melle", False), ("außerhalb", None, True), ("Entenhausen", None, False), ("", None, False)],
)
def test_of_column(places, written, municipality, is_outside):
    where = places.of_column(written)
    assert (places.names.get(where.municipality), where.is_outside) == (municipality, is_outside)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (("49324", "Melle"), ("49324", "Melle"), True),
        (("49324", "Melle"), ("49326", "Melle"), True),
        (("49597", "Rieste"), ("49597", "Osnabrück"), True),
        (("49577", "Ankum"), ("49577", "Kettenkamp"), False),
        (("49637", "Menslage"), ("49597", "Rieste"), False),
        (("49324", ""), ("", "Melle"), True),
        (("49324", ""), ("", "Bramsche"), False),
        (("49326", "Gesmold"), ("49324", "Melle"), False),
        (("", "Hilter aTW"), ("49176", "Hilter a.T.W."), True),
    ],
)
def test_two_locations(places, left, right, same):
    assert places.location(*left).is_same(places.location(*right)) is same
    assert places.location(*right).is_same(places.location(*left)) is same


def test_a_location_that_says_nothing():
    assert not Location()
    assert Location(postcode="49324")
