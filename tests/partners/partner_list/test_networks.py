import pytest

from partners.models import NetworkAlias
from partners.services.partner_list.networks import NetworkNames, suggest
from regions.models import Municipality, Network

pytestmark = pytest.mark.django_db


def _names():
    return NetworkNames.of(Network.objects.active(), NetworkAlias.objects.all())


def _slugs(named):
    slugs = dict(Network.objects.values_list("pk", "slug"))
    return [slugs[pk] for pk in named.networks]


@pytest.mark.parametrize(
    ("cell", "slugs", "unknown"),
    [
        ("Nordkreis", ["nordkreis"], ()),
        ("Netzwerk Nordkreis", ["nordkreis"], ()),
        ("NETZWERK NORDKREIS ", ["nordkreis"], ()),
        ("SOL", ["suedliches-osnabruecker-land"], ()),
        ("suedliches-osnabruecker-land", ["suedliches-osnabruecker-land"], ()),
        ("Wallenhorst/Belm", ["wallenhorst-belm"], ()),
        ("Wallenhorst", ["wallenhorst-belm"], ()),
        ("Melle/Bissendorf, Bramsche", ["melle-bissendorf", "bramsche"], ()),
        ("Nordkreis + Netzwerk Nordkreis", ["nordkreis"], ()),
        ("Bramsche und Melle; SOL", ["bramsche", "melle-bissendorf", "suedliches-osnabruecker-land"], ()),
        ("Nordkreis/Bramsche", ["nordkreis", "bramsche"], ()),
        ("Nordkreis, NK", ["nordkreis"], ("NK",)),
        ("GMHütte/Hagen/Hasbergen", [], ("GMHütte/Hagen/Hasbergen",)),
        ("Nord?", [], ("Nord?",)),
        ("Südl. OS-Land; Wallenhorst", ["wallenhorst-belm"], ("Südl. OS-Land",)),
        ("", [], ()),
        (None, [], ()),
        (7, [], ("7",)),
    ],
)
def test_read(cell, slugs, unknown):
    named = _names().read(cell)
    assert (_slugs(named), named.unknown) == (slugs, unknown)


def test_an_answer_is_remembered_also_that_it_is_none():
    alias = NetworkAlias.objects.create(key="nk", label="NK")
    alias.networks.set(Network.objects.filter(slug__in=["nordkreis", "bramsche"]))
    NetworkAlias.objects.create(key="alle", label="alle")
    assert sorted(_slugs(_names().read("NK, alle"))) == ["bramsche", "nordkreis"]
    assert _names().read("NK, alle").unknown == ()


def test_a_network_that_no_longer_meets_is_a_question():
    Network.objects.filter(slug="bramsche").update(is_active=False)
    assert _names().read("Bramsche").unknown == ("Bramsche",)


@pytest.mark.parametrize(
    ("label", "short_names"),
    [
        ("NK", ["Nordkreis"]),
        ("Nord?", ["Nordkreis"]),
        ("Wittlage", ["Wittlager Land"]),
        ("Südl. OS-Land", ["SOL"]),
        ("Südkreis", ["SOL"]),
        ("Georgsmarienhütte", ["GMHütte"]),
        ("GMHütte/Hagen/Hasbergen", ["GMHütte"]),
        ("Quakenbrück", ["Nordkreis"]),
        ("Artland", ["Nordkreis"]),
        ("Hagen", ["GMHütte"]),
        ("Presse", []),
        ("", []),
    ],
)
def test_suggest(label, short_names):
    found = suggest(label, Network.objects.active(), Municipality.objects.all())
    assert [network.short_name for network in found] == short_names


def test_all_means_all_that_meet():
    Network.objects.filter(slug="bramsche").update(is_active=False)
    assert len(suggest("alle", Network.objects.active(), [])) == 6
