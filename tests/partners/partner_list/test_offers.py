"""What the rows of one organisation say about it."""

import pytest

from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory
from tests.partners.partner_list.lists import doubts, nobody, only, person, planned

pytestmark = pytest.mark.django_db


def _new(row):
    """The fields of the new organisation that a row would make."""
    return row.action["take"]["organisation"]["new"]


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ({"Art": "Betrieb", "Branche": "Holz"}, {"kind": "company", "sector": "Holz"}),
        ({"Art": "Schule", "Branche": "OBS"}, {"kind": "school", "school_type": "oberschule"}),
        (
            {"Art": "Schule", "Branche": "Haupt-", "Einrichtung": "Haupt- und Realschule Am Kolk"},
            {"kind": "school", "school_type": "haupt_und_realschule"},
        ),
        ({"Art": "Schule", "Branche": "Haupt-", "Einrichtung": "Schule Am Kolk"}, {"kind": "school"}),
        (
            {"Art": "Institution", "Branche": "Berufsberatung", "Einrichtung": "Agentur für Arbeit Melle"},
            {"kind": "labour_market_actor", "actor_kind": "employment_agency"},
        ),
        (
            {"Art": "Kommune", "Branche": "Wirtschaftsförderung", "Einrichtung": "Gemeinde Hasbergen"},
            {"kind": "labour_market_actor", "actor_kind": "municipality"},
        ),
        (
            {"Art": "AM-Akteur", "Branche": "Jobcenter", "Einrichtung": "Servicebüro"},
            {"kind": "labour_market_actor", "actor_kind": "jobcenter"},
        ),
        (
            {"Art": "Institution", "Branche": "", "Einrichtung": "Verein für alles"},
            {"kind": "labour_market_actor", "actor_kind": "other"},
        ),
    ],
)
def test_what_a_new_organisation_is(cells, fields):
    found = _new(only(person(**cells)))
    general = {"name", "street", "postcode", "place", "municipality_id"}
    assert {name: value for name, value in found.items() if name not in general} == fields


def test_the_kind_is_read_from_the_name_with_a_notice_else_asked():
    row = only(person(Art=""))
    assert (_new(row)["kind"], doubts(row)) == ("company", [])
    assert row.entry.notices == ["Art der Einrichtung fehlt, nach dem Namen: Betrieb"]
    row = only(person(Art="", Einrichtung="Pflegedienst Ahrens"))
    assert (_new(row)["kind"], doubts(row)) == ("company", ["kind_missing"])


def test_what_only_a_later_row_says_counts_too():
    stray = person(Einrichtung="KGS Ulmenallee", Art="", Straße="")
    named = person(Einrichtung="KGS Ulmenallee", Art="Schule", Straße="Eggestraße 1", Name="B", E_Mail="b@b.example")
    first, _ = planned(stray, named).rows
    assert (_new(first)["kind"], _new(first)["street"]) == ("school", "Eggestraße 1")


def test_the_first_of_two_contradicting_rows_wins_with_a_notice():
    plan = planned(person(), person(Straße="Talweg 1", PLZ="49326", Name="B", E_Mail="b@ahrens.example"))
    assert _new(plan.rows[1])["street"] == "Bergstraße 3"
    assert plan.rows[1].entry.notices == [
        "Straße „Talweg 1“ gilt nicht: Zeile 2 sagt „Bergstraße 3“",
        "PLZ „49326“ gilt nicht: Zeile 2 sagt „49324“",
    ]


def test_networks_that_all_people_name_are_the_organisations_own():
    plan = planned(
        person(Netzwerk="Melle; Bramsche"),
        person(Netzwerk="Melle", Name="B", E_Mail="b@ahrens.example"),
        person(Netzwerk="Melle + SOL", Name="C", E_Mail="c@ahrens.example"),
    )
    by_slug = _slugs()
    home = plan.rows[0].action["take"]["organisation"]
    assert home["networks"] == [by_slug["melle-bissendorf"]]
    assert plan.rows[0].action["take"]["networks"] == [by_slug["melle-bissendorf"], by_slug["bramsche"]]


def _slugs():
    from regions.models import Network

    return dict(Network.objects.values_list("slug", "pk"))


def test_a_known_organisation_is_filled_and_changed_but_never_its_kind():
    known = OrganisationFactory(
        name="Tischlerei Ahrens GmbH", street="", sector="Holz", place="Melle", postcode="49324"
    )
    ContactFactory(organisation=known, first_name="Gesa", last_name="Ahrens", email="gesa@ahrens.example")
    row = only(person(Art="Schule", Branche="Bau"))
    assert row.outcome == "changed"
    assert row.action["take"]["organisation_changes"] == {"street": ["", "Bergstraße 3"], "sector": ["Holz", "Bau"]}
    assert "Art „Schule“ in der Liste; gespeichert bleibt „Betrieb“" in row.entry.notices


def test_an_empty_or_differently_spelled_cell_changes_nothing():
    known = OrganisationFactory(
        name="Tischlerei Ahrens GmbH", street="Bergstr. 3", sector="Holz", place="Hilter a.T.W.", postcode="49176"
    )
    contact = ContactFactory(organisation=known, first_name="Gesa", last_name="Ahrens", email="gesa@ahrens.example")
    contact.role, contact.phone, contact.salutation = "Geschäftsführung", "+49 5422 1234", "ms"
    contact.save()
    MembershipFactory(organisation=known)
    row = only(person(Branche="", PLZ="49176.0", Ort="Hilter aTW"))
    assert (row.outcome, row.reasons) == ("unchanged", ["Steht schon so in der Datenbank"])


def test_an_organisation_alone():
    row = only(nobody(Einrichtung="OBS Melle", Ort="Melle", Netzwerk="Melle", Telefon="05422 1", Bemerkung="neu"))
    assert (row.outcome, row.reasons[0]) == ("new", "Neue Einrichtung, ohne Person")
    assert row.action["take"]["organisation"]["networks"] == [_slugs()["melle-bissendorf"]]
    assert (_new(row)["phone"], _new(row)["note"]) == ("05422 1", "neu")


def test_an_organisation_alone_that_is_known():
    known = OrganisationFactory(name="OBS Melle", kind="school", place="Melle", postcode="49324", street="")
    bare = nobody(Einrichtung="OBS Melle", Ort="Melle", Netzwerk="Melle")
    assert (only(bare).outcome, only(bare).shown_changes) == ("changed", [["Netzwerk", "", "Melle"]])
    MembershipFactory(organisation=known)
    assert only(bare).outcome == "unchanged"
    assert only({**bare, "Straße": "Am Kolk 1"}).shown_changes == [["Straße", "", "Am Kolk 1"]]
    assert [row.outcome for row in planned(bare, bare).rows] == ["unchanged", "unchanged"]
