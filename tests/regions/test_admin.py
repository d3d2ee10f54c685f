from datetime import date

import pytest
from django.urls import reverse

from regions.models import Municipality, Network, SchoolHoliday
from team.models import Activity
from tests.factories import municipality


def change_url(row) -> str:
    return reverse(f"admin:regions_{row._meta.model_name}_change", args=[row.pk])


def typed(page, **changes) -> dict:
    """What the browser would send back, with some fields changed."""
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**data, **changes}.items() if value not in (None, False)}


def sentences() -> list[str]:
    return list(Activity.objects.order_by("pk").values_list("sentence", flat=True))


def test_two_people_at_one_municipality_overwrite_nothing(team, lead_client):
    melle = municipality("Melle")
    url = change_url(melle)
    opened = team.get(url)
    lead_client.post(url, typed(lead_client.get(url), postcodes="49324 49326"))
    page = team.post(url, typed(opened, joint_municipality="Samtgemeinde"))
    assert page.status_code == 200
    assert "Inzwischen hat jemand anderes gespeichert." in page.text
    team.post(url, typed(page))
    melle.refresh_from_db()
    assert (melle.postcodes, melle.joint_municipality, melle.version) == ("49324 49326", "Samtgemeinde", 3)
    assert sentences() == [
        "hat die Gemeinde Melle geändert: Postleitzahlen",
        "hat die Gemeinde Melle geändert: Samtgemeinde",
    ]


def test_the_network_of_a_municipality_is_said_at_the_network(team):
    melle = municipality("Melle")
    before, other = melle.network, Network.objects.get(slug="bramsche")
    team.post(change_url(melle), typed(team.get(change_url(melle)), network=other.pk))
    melle.refresh_from_db()
    assert (melle.network, melle.version, sentences()) == (before, 1, [])


def test_a_new_municipality_and_a_new_network_stand_in_the_log(team, coordinator):
    team.post(
        "/verwaltung/regions/municipality/add/",
        {"name": "Neuort", "postcodes": "49999", "latitude": "52.1", "longitude": "8.1"},
    )
    team.post(
        "/verwaltung/regions/network/add/",
        {"name": "Netzwerk Neu", "short_name": "Neu", "slug": "neu", "mark": "1", "is_active": "on"},
    )
    assert Municipality.objects.filter(name="Neuort").exists()
    assert Network.objects.filter(slug="neu").exists()
    assert sentences() == ["hat die Gemeinde Neuort angelegt", "hat „Netzwerk Neu“ angelegt"]
    assert set(Activity.objects.values_list("by", flat=True)) == {coordinator.pk}


@pytest.mark.parametrize("model", [Municipality, Network])
def test_neither_is_deleted_here(team, model):
    row = model.objects.first()
    url = reverse(f"admin:regions_{model._meta.model_name}_delete", args=[row.pk])
    assert team.post(url, {"post": "yes"}).status_code == 403


def test_school_holidays_are_entered_corrected_and_taken_out(team):
    add = "/verwaltung/regions/schoolholiday/add/"
    holiday = {"school_year": "2030/31", "name": "Herbstferien", "first_on": "14.10.2030", "last_on": "26.10.2030"}
    assert team.post(add, {**holiday, "last_on": "13.10.2030"}).status_code == 200
    assert team.post(add, holiday).status_code == 302
    row = SchoolHoliday.objects.get(name="Herbstferien", school_year="2030/31")
    team.post(change_url(row), typed(team.get(change_url(row)), last_on="28.10.2030"))
    row.refresh_from_db()
    assert (row.last_on, row.version) == (date(2030, 10, 28), 2)
    team.post(reverse("admin:regions_schoolholiday_delete", args=[row.pk]), {"post": "yes"})
    assert not SchoolHoliday.objects.filter(pk=row.pk).exists()
    assert sentences() == [
        "hat die Schulferien Herbstferien 2030/31 eingetragen",
        "hat die Schulferien Herbstferien 2030/31 geändert: Letzter Tag",
        "hat die Schulferien Herbstferien 2030/31 gelöscht",
    ]
