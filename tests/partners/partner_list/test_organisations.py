"""Which organisation a row belongs to."""

import pytest

from tests.factories import ContactFactory, OrganisationFactory
from tests.partners.partner_list.lists import doubts, nobody, only, person, planned

pytestmark = pytest.mark.django_db
_FREE_MAIL = "web.de"  # written apart: no test spells out an address that somebody may have


def _below(**cells):
    """A row without its organisation."""
    base = {"Einrichtung": "", "Art": "", "Straße": "", "Vorname": "Dirk", "Name": "Böhmer"}
    return person(**{**base, "E_Mail": "dirk@ahrens.example", **cells})


def _names(plan):
    return [row.group.name if row.group else "" for row in plan.rows]


def test_a_row_without_organisation_belongs_to_the_one_above():
    plan = planned(person(), _below(), _below(Name="Claßen", E_Mail="c@ahrens.example"))
    assert _names(plan) == ["Tischlerei Ahrens GmbH"] * 3
    assert plan.counts["new"] == 3


def test_also_across_rows_that_are_none_when_the_place_agrees():
    plan = planned(person(), nobody(Einrichtung="--- Stand 2024 ---"), _below())
    assert [row.outcome for row in plan.rows] == ["new", "refused", "new"]


def test_across_a_gap_without_any_evidence_it_is_asked():
    plan = planned(person(), nobody(), _below(PLZ="", Ort="", E_Mail=""))
    assert doubts(plan.rows[-1]) == ["carried"]


def test_a_row_without_organisation_that_contradicts_the_one_above():
    other = person(Einrichtung="KGS Ulmenallee", Art="Schule", PLZ="49179", Ort="Ostercappeln", E_Mail="a@kgs.example")
    plan = planned(person(), other, _below(), _below(Name="Claßen", E_Mail="c@ahrens.example"))
    assert _names(plan)[2:] == ["Tischlerei Ahrens GmbH"] * 2
    assert [doubts(row) for row in plan.rows] == [[], [], ["carried"], ["carried"]]
    assert "KGS Ulmenallee" in plan.rows[2].reasons[0]


def test_the_domain_tells_when_two_organisations_are_in_one_place():
    other = person(Einrichtung="KGS Melle", Art="Schule", Vorname="Anke", E_Mail="anke@kgs.example")
    row = only(person(), other, _below())
    assert (row.group.name, doubts(row)) == ("Tischlerei Ahrens GmbH", ["carried"])


def test_a_free_mail_domain_tells_nothing():
    other = person(Einrichtung="KGS Melle", Art="Schule", Vorname="Anke", E_Mail=f"anke@{_FREE_MAIL}")
    row = only(person(E_Mail=f"gesa@{_FREE_MAIL}"), other, _below(E_Mail=f"dirk@{_FREE_MAIL}"))
    assert (row.group.name, doubts(row)) == ("KGS Melle", [])


def test_no_organisation_far_and_wide():
    assert "weder in dieser Zeile" in only(_below()).reasons[0]
    row = only(person(), _below(PLZ="49565", Ort="Bramsche"))
    assert (row.outcome, row.reasons) == (
        "refused",
        ["Keine Einrichtung: Darüber steht „Tischlerei Ahrens GmbH“, aber an einem anderen Ort als 49565 Bramsche"],
    )


def test_spellings_of_one_name_are_one_organisation():
    plan = planned(
        person(),
        person(Einrichtung="  tischlerei ahrens  GMBH ", Name="B", E_Mail="b@ahrens.example"),
        person(Einrichtung="Tischlerei Ahrens GmbH", PLZ="", Ort="", Name="C", E_Mail="c@ahrens.example"),
    )
    assert len({id(row.group) for row in plan.rows}) == 1
    assert plan.counts["new"] == 3


def test_the_same_name_elsewhere_is_another_organisation():
    plan = planned(
        person(Einrichtung="KGS Lindenhof", Art="Schule", PLZ="49637", Ort="Menslage"),
        person(Einrichtung="KGS Lindenhof", Art="Schule", PLZ="49597", Ort="Rieste", Name="B", E_Mail="b@b.example"),
        person(Einrichtung="KGS Lindenhof", Art="", PLZ="", Ort="", Name="C", E_Mail="c@c.example"),
    )
    assert [doubts(row) for row in plan.rows] == [[], [], ["which_organisation"]]
    assert plan.rows[2].group is plan.rows[1].group


def test_a_name_that_is_almost_the_same_at_the_same_place_is_asked():
    plan = planned(
        person(Einrichtung="Gasthaus Röwekamp AG"),
        person(Einrichtung="Gasthaus Röwekamp", Name="B", E_Mail="b@b.example"),
        person(Einrichtung="Gasthaus Roewekampp", Name="C", E_Mail="c@c.example"),
        person(Einrichtung="Gasthaus Röwekamp", PLZ="49565", Ort="Bramsche", Name="D", E_Mail="d@d.example"),
    )
    assert [doubts(row) for row in plan.rows] == [[], ["similar_organisation"], ["similar_organisation"], []]
    assert plan.rows[1].merge_with == "„Gasthaus Röwekamp AG“"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BBS 1 Melle", "BBS 2 Melle"),
        ("Oberschule Am Erlenbruch", "Förderschule Am Erlenbruch"),
        ("Gasthaus Ahrens", "Klinik Ahrens"),
    ],
)
def test_names_that_are_not_almost_the_same(one, other):
    row = only(person(Einrichtung=one), person(Einrichtung=other, Name="B", E_Mail="b@b.example"))
    assert doubts(row) == []


def test_an_organisation_of_the_database_is_found_by_name_and_place():
    melle = OrganisationFactory(name="Tischlerei Ahrens GmbH", place="Melle", postcode="49324")
    OrganisationFactory(name="Tischlerei Ahrens GmbH", place="Bramsche", postcode="49565")
    plan = planned(
        person(Einrichtung="TISCHLEREI AHRENS GMBH"),
        person(PLZ="49201", Ort="Dissen a.T.W.", Name="B", E_Mail="b@b.example"),
        person(PLZ="", Ort="", Name="C", E_Mail="c@c.example"),
    )
    assert [row.group.known for row in plan.rows] == [melle, None, None]
    assert doubts(plan.rows[2]) == ["which_organisation"]


def test_one_without_a_place_is_found_by_its_name_alone_but_only_once():
    known = OrganisationFactory(name="KGS Lindenhof", kind="school", place="", postcode="")
    plan = planned(
        person(Einrichtung="KGS Lindenhof", Art="Schule"),
        person(Einrichtung="KGS Lindenhof", Art="Schule", PLZ="49565", Ort="Bramsche", Name="B", E_Mail="b@b.example"),
    )
    assert [row.group.known for row in plan.rows] == [known, None]


def test_lost_letters_in_the_name_of_an_organisation():
    known = OrganisationFactory(name="Feinkost Đorđević", place="Melle", postcode="49324")
    assert only(person(Einrichtung="Feinkost ?or?evi?")).group.known == known
    assert only(person(Einrichtung="Feinkost ?or?evi?", PLZ="49565", Ort="Bramsche")).group.known is None


def test_a_stored_name_with_lost_letters_is_healed():
    known = OrganisationFactory(name="Feinkost ?or?evi?", place="Melle", postcode="49324", street="Bergstraße 3")
    ContactFactory(organisation=known, first_name="Gesa", last_name="Ahrens", email="gesa@ahrens.example")
    row = only(person(Einrichtung="Feinkost Đorđević"))
    assert ["Name der Einrichtung", "Feinkost ?or?evi?", "Feinkost Đorđević"] in row.shown_changes


def test_the_place_is_named_as_it_is_written():
    row = only(
        person(Ort="Bad Essen", PLZ="49152", Name="B", E_Mail="b@b.example"),
        person(Ort="Georgsmarienhütte", PLZ="49124"),
        person(Ort="", PLZ="", Name="C", E_Mail="c@c.example"),
    )
    assert "Gemeint ist vermutlich die in Georgsmarienhütte; so" in row.reasons[0]
