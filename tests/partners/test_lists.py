"""The two lists: what is found, filtered, sorted and exported."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.models import Address
from partners.models import Contact, Membership, Organisation
from regions.models import Network
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory, municipality

pytestmark = pytest.mark.both_databases

ORGANISATIONS, PEOPLE = "/partner/", "/partner/personen/"


def _names(response):
    return [str(row) for row in response.context["page_obj"]]


@pytest.fixture
def mueller(db):
    school = OrganisationFactory(
        name="Oberschule Lärchenhof", kind="school", school_type="oberschule", street="Lärchenweg 3", place="Bad Iburg",
        municipality=municipality("Bad Iburg"),
    )  # fmt: skip
    return ContactFactory(
        organisation=school, first_name="Jörg", last_name="Müller", email="j.mueller@laerchenhof.example"
    )


@pytest.fixture
def others(db):
    return [ContactFactory(last_name="Möller"), ContactFactory(last_name="Zander")]


@pytest.mark.parametrize(
    "query", ["Müller", "Mueller", "muller", "üll", "Lärchen", "laerchen", "Iburg", "mueller@laerchenhof", "jörg iburg"]
)
def test_person_is_found_by_name_place_organisation_and_address(team, mueller, others, query):
    assert _names(team.get(PEOPLE, {"q": query})) == ["Jörg Müller"]
    assert _names(team.get(ORGANISATIONS, {"q": query})) == ["Oberschule Lärchenhof"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "school"}, ["Oberschule Lärchenhof"]),
        ({"speciality": "school_type:oberschule"}, ["Oberschule Lärchenhof"]),
        ({"speciality": "sector:Logistik"}, ["Böhmer Logistik"]),
        ({"place": "ausserhalb"}, ["Böhmer Logistik"]),
        ({"place": "offen"}, ["Jobcenter Ahe"]),
        ({"network": "bramsche"}, ["Böhmer Logistik"]),
        ({"network": "nordkreis"}, ["Jobcenter Ahe"]),
        ({"network": "gibt-es-nicht"}, ["Böhmer Logistik", "Jobcenter Ahe", "Oberschule Lärchenhof"]),
        ({"kind": "company", "network": "nordkreis"}, []),
    ],
)
def test_filters(team, mueller, filters, expected):
    company = OrganisationFactory(name="Böhmer Logistik", sector="Logistik", is_outside_district=True)
    MembershipFactory(organisation=company, network=Network.objects.get(slug="bramsche"))
    actor = OrganisationFactory(name="Jobcenter Ahe", kind="labour_market_actor", actor_kind="jobcenter")
    person = ContactFactory(organisation=actor)
    MembershipFactory(organisation=actor, contact=person, network=Network.objects.get(slug="nordkreis"))
    assert _names(team.get(ORGANISATIONS, filters)) == expected


def test_filter_by_municipality(team, mueller, others):
    place = str(municipality("Bad Iburg").pk)
    assert _names(team.get(ORGANISATIONS, {"place": place})) == ["Oberschule Lärchenhof"]
    assert _names(team.get(PEOPLE, {"place": place})) == ["Jörg Müller"]


def test_a_membership_counts_up_to_and_including_its_last_day(team, mueller):
    network, today = Network.objects.get(slug="bramsche"), timezone.localdate()
    MembershipFactory(organisation=mueller.organisation, network=network, ends_on=today - timedelta(days=1))
    assert _names(team.get(ORGANISATIONS, {"network": "bramsche"})) == []
    Membership.objects.update(ends_on=today)
    assert _names(team.get(ORGANISATIONS, {"network": "bramsche"})) == ["Oberschule Lärchenhof"]


def test_who_is_member_and_host_of_one_network_shows_its_mark_once(team, mueller):
    MembershipFactory(organisation=mueller.organisation)
    MembershipFactory(organisation=mueller.organisation, kind="host")
    row = team.get(ORGANISATIONS).context["page_obj"][0]
    assert [network.short_name for network in row.current_networks] == ["Melle"]


def test_a_membership_of_one_person_does_not_pull_in_her_colleagues(team, mueller):
    ContactFactory(organisation=mueller.organisation, last_name="Kollege")
    MembershipFactory(organisation=mueller.organisation, contact=mueller, network=Network.objects.get(slug="bramsche"))
    assert _names(team.get(PEOPLE, {"network": "bramsche"})) == ["Jörg Müller"]


def test_german_order_both_ways_and_a_tie_is_stable(team):
    for name in ("Zander", "Äpfel", "Apfelhof", "Ahrens", "Öse"):
        OrganisationFactory(name=name)
    in_order = ["Ahrens", "Äpfel", "Apfelhof", "Öse", "Zander"]
    assert _names(team.get(ORGANISATIONS)) == in_order
    assert _names(team.get(ORGANISATIONS, {"sort": "name"})) == in_order
    assert _names(team.get(ORGANISATIONS, {"sort": "-name"})) == in_order[::-1]


def test_sorting_by_municipality_puts_those_without_one_first_on_every_database(team, mueller):
    OrganisationFactory(name="Ohne")
    OrganisationFactory(name="Belm", municipality=municipality("Belm"))
    assert _names(team.get(ORGANISATIONS, {"sort": "place"})) == ["Ohne", "Oberschule Lärchenhof", "Belm"]
    assert _names(team.get(ORGANISATIONS, {"sort": "-place"})) == ["Belm", "Oberschule Lärchenhof", "Ohne"]


@pytest.mark.parametrize("sort", ["place", "-place", "name", "nonsense", ""])
def test_every_sort_shows_every_row(team, mueller, others, sort):
    assert len(_names(team.get(ORGANISATIONS, {"sort": sort}))) == 3


@pytest.mark.parametrize("page", ["0", "99", "-1", "x", ""])
def test_a_page_that_does_not_exist_is_the_nearest(team, mueller, page):
    assert _names(team.get(PEOPLE, {"page": page})) == ["Jörg Müller"]


def test_former_people_are_shown_only_when_asked_for(team, mueller, others):
    Contact.objects.filter(pk=mueller.pk).update(ended_on="2026-07-31")
    assert _names(team.get(PEOPLE, {"q": "Müller"})) == []
    assert _names(team.get(PEOPLE, {"q": "Müller", "post": "frueher"})) == ["Jörg Müller"]
    assert len(_names(team.get(PEOPLE, {"post": "alle"}))) == 3


def test_the_bare_address_leaves_former_people_out_like_any_other(team, mueller, others):
    Contact.objects.filter(pk=mueller.pk).update(ended_on="2026-07-31")
    assert _names(team.get(PEOPLE)) == _names(team.get(PEOPLE, {"page": "1"})) == ["Toni Möller", "Toni Zander"]


def test_pages_together_hold_everybody_once(team):
    for _ in range(53):
        ContactFactory()
    first, second = _names(team.get(PEOPLE)), _names(team.get(PEOPLE, {"page": "2"}))
    assert (len(first), len(second), len(set(first + second))) == (50, 3, 53)


def test_sectors_are_offered_in_german_order(team):
    for sector in ("Zimmerei", "Öffentliche Verwaltung", "Bau"):
        OrganisationFactory(sector=sector)
    choices = dict(team.get(ORGANISATIONS).context["filter"].form.fields["speciality"].choices)
    assert [label for _, label in choices["Branche"]] == ["Bau", "Öffentliche Verwaltung", "Zimmerei"]


def test_what_becomes_of_an_invitation(team, mueller, others):
    Address.objects.create(key="j.mueller@laerchenhof.example", state="hard")
    ContactFactory(last_name="Ohne", email="")
    ContactFactory(last_name="Nein", gets_invitations=False)
    assert _names(team.get(PEOPLE, {"mail": "gestoert"})) == ["Jörg Müller"]
    assert _names(team.get(PEOPLE, {"mail": "ohne"})) == ["Toni Ohne"]
    assert _names(team.get(PEOPLE, {"mail": "nein"})) == ["Toni Nein"]
    assert "unzustellbar" in team.get(PEOPLE, {"q": "Müller"}).content.decode()


def test_the_empty_list_says_what_to_do_first(team):
    page = team.get(ORGANISATIONS).content.decode()
    assert "Partnerliste einlesen" in page
    assert "passt dazu" in team.get(ORGANISATIONS, {"q": "nichts"}).content.decode()


def test_export_follows_the_filters_and_not_the_page(team, mueller, others):
    MembershipFactory(organisation=mueller.organisation)
    response = team.get(PEOPLE, {"q": "Müller", "format": "csv", "page": "7"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Name"] for row in rows] == ["Müller"]
    assert rows[0]["Einrichtung"] == "Oberschule Lärchenhof"
    assert rows[0]["Netzwerk"] == "Netzwerk Melle/Bissendorf"
    assert rows[0]["Gemeinde"] == "Bad Iburg"


def test_export_of_organisations_has_a_row_for_one_without_people(team, mueller):
    Organisation.objects.create(kind="company", name="Leer & Söhne")
    content = team.get(ORGANISATIONS, {"format": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content), delimiter=";"))
    assert [(row["Einrichtung"], row["Name"]) for row in rows] == [
        ("Leer & Söhne", ""),
        ("Oberschule Lärchenhof", "Müller"),
    ]


@pytest.mark.parametrize("url", [ORGANISATIONS, PEOPLE])
def test_strangers_are_sent_to_the_login(stranger, db, url):
    response = stranger.get(url, {"format": "csv"})
    assert (response.status_code, response.url.split("?")[0]) == (302, "/konto/login/")
