import pytest

from partners.services.partner_list import headings, sheets
from partners.services.partner_list.headings import IGNORE


def _locate(*rows, answers=None, aliases=None):
    text = "\n".join(";".join(row) for row in rows)
    return headings.locate(sheets.read("liste.csv", text.encode()).sheets[0], answers or {}, aliases or {})


def _fields(*names, rows=(), **options):
    found = _locate(names, *(rows or [["x"] * len(names)]), **options)
    return [column.field for column in found.columns]


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (["Einrichtung", "Vorname", "Name"], ["organisation", "first_name", "last_name"]),
        (["Firma", "Nachname", "Mail"], ["organisation", "last_name", "email"]),
        (["Schule", "Ansprechpartner/in", "E-Mail-Adresse"], ["organisation", "full_name", "email"]),
        (["Name der Einrichtung", "Ansprechperson", "Tel."], ["organisation", "full_name", "phone"]),
        (["BETRIEB:", "Familienname *", "Emailadresse"], ["organisation", "last_name", "email"]),
        (["Institution", "PLZ/Ort", "Strasse"], ["organisation", "postcode_place", "street"]),
        (["Unternehmen", "Region", "bekommt Einladungen"], ["organisation", "networks", "invitations"]),
        (["Organisation", "Position", "Anmerkungen"], ["organisation", "role", "note"]),
        (["Lfd. Nr.", "Einrichtung", "Kommentar"], [IGNORE, "organisation", "note"]),
        (["Einrichtung", "Telefon", "Handy"], ["organisation", "phone", "mobile"]),
        (["Einrichtung", "E-Mail", "Email"], ["organisation", "email", "more_email"]),
        (["Einrichtung", "Ort", "Stadt"], ["organisation", "place", ""]),
    ],
)
def test_usual_german_headings(names, fields):
    assert _fields(*names) == fields


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (["Einrichtung", "Name"], ["organisation", "full_name"]),
        (["Einrichtung", "Vorname", "Name"], ["organisation", "first_name", "last_name"]),
        (["Name", "Ansprechpartner"], ["organisation", "full_name"]),
        (["Einrichtung", "Name", "Ansprechpartner"], ["organisation", "last_name", "full_name"]),
    ],
)
def test_what_name_means_depends_on_the_other_columns(names, fields):
    assert _fields(*names) == fields


def test_the_row_with_most_headings_wins_whatever_stands_above():
    found = _locate(["Verteiler Netzwerktreffen"], ["Stand", "Name"], ["Einrichtung", "Name", "Ort"], ["A", "B", "C"])
    assert [row.number for row in found.rows] == [4]


def test_no_headings_at_all():
    assert _locate(["Müller", "Melle"], ["Ahrens", "Belm"]) is None
    assert "Bitte" in str(headings.nothing_found())


def test_answers_and_remembered_names_go_first():
    names = ["Einrichtung", "Name", "Merkmal"]
    assert _fields(*names, aliases={"merkmal": "role"})[2] == "role"
    assert _fields(*names, aliases={"merkmal": "role"}, answers={"Merkmal": IGNORE})[2] == IGNORE
    assert _fields(*names, answers={"Name": "organisation"}) == ["", "organisation", ""]  # now the other is a question


def test_a_column_without_heading_is_a_question_when_it_holds_something():
    found = _locate(["Einrichtung", "Name", ""], ["A", "B", ""])
    assert len(found.columns) == 2
    found = _locate(["Einrichtung", "Name", ""], ["A", "B", "stimmt noch"])
    assert (found.columns[2].heading, found.columns[2].field) == ("Spalte C (ohne Überschrift)", "")


@pytest.mark.parametrize(
    ("heading", "remembered"),
    [("Merkmal", True), ("Spalte C (ohne Überschrift)", False), ("Region", False), ("E-Mail", False)],
)
def test_what_is_remembered_for_the_next_file(heading, remembered):
    assert headings.is_remembered(heading) is remembered


def test_repeated_headings():
    columns = _locate(["Einrichtung", "Name", "Ort"], ["A", "B", "C"]).columns
    assert headings.is_repeated(["EINRICHTUNG", "Name", ""], columns)
    assert not headings.is_repeated(["Tischlerei", "Name", "Melle"], columns)


def test_every_field_has_a_label_and_every_synonym_a_field():
    assert set(headings._SYNONYMS) <= set(headings.FIELDS)
    assert all(headings.FIELDS.values())
