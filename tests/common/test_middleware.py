"""Addresses as somebody may type them, over Django's admin, whose filters take any field of a list."""

from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.both_databases

TOO_MUCH = "99999999999999999999"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("partners/organisation", {"pk__in": TOO_MUCH}),
        ("partners/organisation", {"municipality__id__exact": TOO_MUCH}),
        ("partners/organisation", {"memberships__network__id__in": TOO_MUCH}),
        ("partners/organisation", {"memberships__network__in": TOO_MUCH}),
        ("partners/organisation", {"kind": "\0"}),
        ("partners/organisation", {"q": "\0"}),
        ("partners/organisation", {"p": TOO_MUCH}),
        ("partners/contact", {"organisation__kind__exact": "\0"}),
        ("mailroom/outboxmail", {"state": "\0"}),
        ("public/sitetext", {"page": "\0"}),
        ("regions/municipality", {"joint_municipality": "\0"}),
    ],
    ids=lambda value: urlencode(value) if isinstance(value, dict) else value,
)
def test_a_list_of_the_admin_answers_and_never_breaks(team, path, query):
    page = team.get(f"/verwaltung/{path}/", query, follow=True)
    assert page.status_code in (200, 400)
    if page.status_code == 400:
        assert "Das ist nicht vollständig angekommen" in page.text


def test_a_number_beyond_the_database_is_an_empty_list(team):
    page = team.get("/verwaltung/partners/organisation/", {"pk__in": TOO_MUCH})
    assert (page.status_code, page.context["cl"].result_count) == (200, 0)
