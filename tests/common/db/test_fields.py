import pytest

from regions.models import Municipality, Network
from tests.factories import municipality

pytestmark = pytest.mark.both_databases

TOO_MUCH = 99999999999999999999


def test_a_number_that_no_row_can_have_is_found_nowhere(db):
    melle = municipality("Melle")
    assert list(Municipality.objects.filter(pk__in=[melle.pk, TOO_MUCH, -TOO_MUCH])) == [melle]
    assert list(Municipality.objects.filter(pk__in=[str(TOO_MUCH)])) == []
    assert list(Municipality.objects.exclude(pk__in=[TOO_MUCH])) == list(Municipality.objects.all())


def test_rows_of_another_query_are_found_as_ever(db):
    marks = Network.objects.filter(slug="bramsche").values("pk")
    assert [network.slug for network in Network.objects.filter(pk__in=marks)] == ["bramsche"]


@pytest.mark.parametrize("value", [str(TOO_MUCH), "-1", "x", "\x00", ""])
def test_a_form_says_no_to_a_choice_that_is_none(team, value):
    url = "/netzwerke/bramsche/aendern/"
    form = team.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    page = team.post(url, {**data, "municipalities": [value], "coordinator": value})
    assert page.status_code == 422
    assert set(page.context["form"].errors) >= {"municipalities"}
