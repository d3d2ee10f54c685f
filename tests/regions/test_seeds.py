from regions import seeds
from regions.models import Municipality, Network, SchoolHoliday


def test_seven_networks_and_34_municipalities_are_there_after_migrating(db):
    assert [network.short_name for network in Network.objects.all()] == [
        "Bramsche", "GMHütte", "Melle", "Nordkreis", "SOL", "Wallenhorst", "Wittlager Land",
    ]  # fmt: skip
    assert sorted(Network.objects.values_list("mark", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    assert Municipality.objects.count() == 34
    assert Municipality.objects.filter(network=None).count() == 0


def test_seeded_rows_are_folded_like_others(db):
    quakenbrueck = Municipality.objects.get(name="Quakenbrück")
    assert (quakenbrueck.sort_key, quakenbrueck.postcodes) == ("quakenbruck", "49610")


def test_seeding_again_keeps_what_the_office_changed_and_brings_back_what_is_missing(db):
    Network.objects.filter(slug="bramsche").update(name="Bramscher Runde")
    Municipality.objects.filter(name="Rieste").update(network=None)
    Municipality.objects.filter(name="Belm").delete()
    seeds.load(Network, Municipality)
    assert Network.objects.get(slug="bramsche").name == "Bramscher Runde"
    assert Municipality.objects.get(name="Rieste").network is None
    assert Municipality.objects.get(name="Belm").network == Network.objects.get(slug="wallenhorst-belm")
    assert (Network.objects.count(), Municipality.objects.count()) == (7, 34)


def test_seeded_holidays_say_where_they_are_from(db):
    sources = dict(SchoolHoliday.objects.values_list("school_year", "source"))
    assert "Kultusministerium" in sources["2026/27"]
    assert "Nur aus einer Quelle" in sources["2028/29"]


def test_the_source_is_named_only_where_the_office_has_changed_nothing(db):
    SchoolHoliday.objects.update(source="")
    autumn = SchoolHoliday.objects.get(name="Herbstferien", school_year="2026/27")
    SchoolHoliday.objects.filter(pk=autumn.pk).update(last_on="2026-10-25")
    SchoolHoliday.objects.filter(name="Sommerferien").update(source="Erlass vom 1. März")
    seeds.name_sources(SchoolHoliday)
    autumn.refresh_from_db()
    assert autumn.source == ""
    assert set(SchoolHoliday.objects.filter(name="Sommerferien").values_list("source")) == {("Erlass vom 1. März",)}
    assert SchoolHoliday.objects.filter(source="").count() == 1
