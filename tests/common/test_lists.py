"""The list page: few found rows are fetched by their keys, many as they are; nobody sees a difference."""

import pytest

from common import lists
from tests.factories import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def partners(db):
    for number in range(9):
        place = "Melle" if number % 2 else "Bramsche"
        organisation = OrganisationFactory(name=f"Werk {9 - number} GmbH", place=place, kind="company")
        ContactFactory(organisation=organisation, last_name=f"Böhmer{number}")
    OrganisationFactory(name="Oberschule Melle", kind="school")


@pytest.mark.parametrize("few", [500, 2], ids=["by keys", "as they are"])
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=bohmer&sort=-name", [f"Werk {number} GmbH" for number in range(9, 0, -1)]),
        ("q=melle", ["Oberschule Melle", "Werk 2 GmbH", "Werk 4 GmbH", "Werk 6 GmbH", "Werk 8 GmbH"]),
        ("kind=school", ["Oberschule Melle"]),
        ("q=nirgends", []),
    ],
)
def test_found_rows_and_their_order(team, partners, monkeypatch, few, query, names):
    monkeypatch.setattr(lists, "FEW_ROWS", few)
    page = team.get(f"/partner/?{query}")
    assert [row.name for row in page.context["page_obj"]] == names
    assert page.context["page_obj"].paginator.count == len(names)


def test_few_found_rows_are_looked_for_once(team, partners, django_assert_num_queries):
    """One look for the keys; counting and fetching go by keys, with as many queries as with many rows."""
    with django_assert_num_queries(10) as few:
        team.get("/partner/?q=bohmer")
    searching = [query["sql"] for query in few.captured_queries if "LIKE" in query["sql"]]
    assert len(searching) == 1
