"""The plan as a whole: sheets, questions, and how much it asks of the database."""

import pytest

from partners.services.partner_list import catalogue, plan, sheets
from partners.services.partner_list.sheets import UnreadableFile
from tests.factories import ContactFactory, MembershipFactory
from tests.partners.partner_list.lists import as_csv, as_xlsx, person, planned

pytestmark = pytest.mark.django_db
HEAD = ["Einrichtung", "Art", "Ort", "Vorname", "Name", "Netzwerk"]


def _of_workbook(*rows_of_sheets, **options):
    book = sheets.read("liste.xlsx", as_xlsx(*rows_of_sheets, **options))
    return plan.make(book, catalogue.load(), answers={})


def test_every_visible_sheet_with_headings_is_read():
    found = _of_workbook(
        [HEAD, ["OBS Melle", "Schule", "Melle", "Gesa", "Ahrens", "Melle"]],
        [["Telefonnummern des Büros"], ["Empfang 17"]],
        [["alt"], ["nicht mehr verwenden"]],
        [["Stand 2026"], HEAD, ["OBS Melle", "Schule", "Melle", "Gesa", "Ahrens", "Melle"]],
        hidden=[3],
    )
    assert found.skipped_sheets == ["Blatt3 (ausgeblendet)", "Blatt2 (ohne Überschriften)"]
    assert [(row.entry.position, row.entry.where) for row in found.rows] == [
        (1, "Zeile 2 (Blatt1)"),
        (2, "Zeile 3 (Blatt4)"),
    ]
    assert found.rows[1].reasons == ["Doppelt: steht schon in Zeile 2 (Blatt1)"]


def test_the_only_sheet_is_not_named():
    found = _of_workbook([HEAD, ["OBS Melle", "Schule", "Melle", "Gesa", "Ahrens", "Melle"]])
    assert [row.entry.where for row in found.rows] == ["Zeile 2"]


def test_no_headings_anywhere():
    with pytest.raises(UnreadableFile, match="Spaltenüberschriften"):
        _of_workbook([["Ahrens", "Melle"], ["Böhmer", "Belm"]])


def test_repeated_headings_are_no_row():
    found = planned(person(), {name: name for name in person()}, person(Name="B", E_Mail="b@ahrens.example"))
    assert [row.outcome for row in found.rows] == ["new", "refused", "new"]


def test_questions_are_asked_once_with_their_number():
    found = planned(
        {**person(Netzwerk="NK"), "Merkmal": "blau"},
        {**person(Netzwerk="NK, Südkreis", Name="B", E_Mail="b@ahrens.example"), "Merkmal": "rot"},
        {**person(Name="C", E_Mail="c@ahrens.example"), "Merkmal": "blau"},
    )
    assert found.questions == {
        "networks": [{"label": "NK", "rows": 2}, {"label": "Südkreis", "rows": 1}],
        "headings": [{"sheet": "", "heading": "Merkmal", "samples": ["blau", "rot"]}],
    }
    assert {column["field"] for column in found.columns if column["heading"] == "Merkmal"} == {""}


def test_an_empty_column_that_nobody_knows_is_no_question():
    assert planned({**person(), "Merkmal": ""}).questions["headings"] == []


def test_an_answer_maps_a_column():
    row = {**person(Funktion="Chefin"), "Merkmal": "Meisterin"}
    found = planned(row, answers={"Merkmal": "role"})
    assert found.rows[0].entry.role == "Meisterin"
    assert [question["heading"] for question in found.questions["headings"]] == ["Funktion"]  # its field is taken now


def test_without_a_column_for_names_every_row_is_refused_and_the_questions_stay():
    found = planned({**person(), "Merkmal": "blau"}, without=["Name", "Vorname"])
    assert found.counts == {"new": 0, "changed": 0, "unchanged": 0, "doubtful": 0, "refused": 1}
    assert len(found.questions["headings"]) == 1


@pytest.mark.parametrize("rows", [1, 60])
def test_a_longer_list_asks_no_more_of_the_database(django_assert_num_queries, rows):
    for contact in ContactFactory.create_batch(rows):
        MembershipFactory(organisation=contact.organisation)
    people = [person(Einrichtung=f"Werk {n} GmbH", Name=f"Person{n}", E_Mail=f"p{n}@x.example") for n in range(rows)]
    book = sheets.read("liste.csv", as_csv(*people))
    with django_assert_num_queries(11):
        assert len(plan.make(book, catalogue.load(), answers={}).rows) == rows


def test_planning_gives_signs_of_life(monkeypatch):
    beats = []
    people = [person(Name=f"Person{n}", E_Mail=f"p{n}@x.example") for n in range(1200)]
    book = sheets.read("liste.csv", as_csv(*people))
    plan.make(book, catalogue.load(), answers={}, beat=lambda: beats.append(1))
    assert len(beats) == 10  # two in each of five passes: read, group, identify, settle, show
