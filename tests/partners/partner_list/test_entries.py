import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.services.partner_list import headings, sheets
from partners.services.partner_list.entries import RowReader
from partners.services.partner_list.networks import NetworkNames
from partners.services.partner_list.sheets import Formula, SheetRow
from tests.partners.partner_list.lists import BASE, as_csv, nobody, person

HEADINGS = tuple(BASE)


def _read(row, **reading):
    """What the reader makes of one row; no network is known."""
    content = as_csv(row)
    sheet = headings.locate(sheets.read("liste.csv", content).sheets[0], {}, {})
    reader = RowReader(sheet="", columns=sheet.columns, networks=NetworkNames({"melle": (1,)}))
    return reader.read(sheet.rows[0], position=1)


def test_a_plain_row():
    entry = _read(person(Titel="Dr.", Bemerkung="mag Holz"))
    assert (entry.refusal, entry.doubts, entry.notices) == ("", {}, [])
    assert (entry.organisation, entry.kind, entry.street) == ("Tischlerei Ahrens GmbH", "company", "Bergstraße 3")
    assert (entry.postcode, entry.place) == ("49324", "Melle")
    assert (entry.salutation, entry.title, entry.full_name) == ("ms", "Dr.", "Gesa Ahrens")
    assert (entry.role, entry.email, entry.phone) == ("Geschäftsführung", "gesa@ahrens.example", "05422 1234")
    assert (entry.networks, entry.gets_invitations, entry.note_lines) == ((1,), True, ["mag Holz"])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (nobody(Einrichtung="--- ab hier Stand 2024 ---"), "Zwischenüberschrift"),
        (nobody(Einrichtung="***** Schulen *****"), "Zwischenüberschrift"),
        (nobody(Einrichtung="Summe", PLZ="248"), "Summe"),
        (nobody(Name="Anzahl: 17"), "Summe"),
        (nobody(PLZ="12", Telefon="44"), "nur Zahlen"),
        (nobody(Einrichtung="=A1", Name="=B1"), "nur Formeln"),
    ],
)
def test_rows_that_are_no_rows(row, why):
    assert why in _read(row).refusal


def test_a_school_named_like_a_sum_is_a_row():
    assert _read(nobody(Einrichtung="Gesamtschule Melle", Ort="Melle")).refusal == ""


def test_a_formula_is_never_taken():
    entry = _read(person(Bemerkung="=SUMME(A1)", Telefon="=1+1"))
    assert (entry.note_lines, entry.phone) == ([], "")
    assert entry.notices == [
        "Formel in „Telefon“ nicht übernommen: =1+1",
        "Formel in „Bemerkung“ nicht übernommen: =SUMME(A1)",
    ]


@pytest.mark.parametrize(
    ("cells", "doubts"),
    [
        ({"E_Mail": "a@b.example; info@b.example"}, ["two_addresses"]),
        ({"E_Mail": "a@b"}, ["broken_address"]),
        ({"E_Mail": ""}, []),
        ({"E_Mail": "a@b.example, c@d"}, []),
        ({"Netzwerk": "NK"}, ["unknown_network"]),
        ({"Netzwerk": ""}, []),
        ({"Bemerkung": "bitte nur per Telefon"}, ["stopped"]),
        ({"Bemerkung": "bitte nur per Telefon", "Verteiler": "nein"}, []),
        ({"Funktion": "x" * 121}, ["too_long"]),
    ],
)
def test_doubts(cells, doubts):
    entry = _read(person(**cells))
    assert [doubt.value for doubt in entry.doubts] == doubts


@pytest.mark.parametrize(
    ("cells", "end"),
    [
        ({"E_Mail": "a@b.example; info@b.example"}, "in die Notiz kommt info@b.example"),
        ({"E_Mail": "a@b.example; c@b.example, d@b.example"}, "in die Notiz kommen c@b.example, d@b.example"),
    ],
)
def test_several_addresses_are_named(cells, end):
    (reason,) = _read(person(**cells)).doubts.values()
    assert reason == f"Mehrere Adressen: Übernommen wird a@b.example, {end}"


def test_what_has_no_room_goes_into_the_note():
    entry = _read(person(Funktion="Leitung " * 20))
    assert len(entry.role) <= 120
    assert entry.note_lines == [f"Funktion: {('Leitung ' * 20).strip()}"]


@pytest.mark.parametrize(
    ("column", "name", "limit"), [("Name", "last_name", 100), ("Einrichtung", "organisation", 200)]
)
def test_names_are_cut_to_what_the_database_holds(column, name, limit):
    entry = _read(person(**{column: "Q" + "x" * 400}))
    assert (len(getattr(entry, name)), [*entry.doubts]) == (limit, ["too_long"])
    assert entry.note_lines == [f"{column}: Q{'x' * 400}"]


def test_what_stood_in_brackets_after_the_name():
    entry = _read(person(Name="Meyer zu Hörste\n(Vertretung)"))
    assert (entry.last_name, entry.note_lines) == ("Meyer zu Hörste", ["Vertretung"])
    assert entry.notices == ["„Vertretung“ stand beim Namen und kommt in die Notiz"]


@pytest.mark.parametrize(
    ("cells", "notice"),
    [
        ({"Anrede": "Frau/Herr"}, "Anrede „Frau/Herr“ bleibt leer"),
        ({"Art": "Verein"}, "Art „Verein“ ist nicht bekannt"),
        ({"Verteiler": "vielleicht"}, "Verteiler: „vielleicht“ ist weder ja noch nein"),
        ({"Bemerkung": "Elternzeit bis 2027"}, "Bemerkung beachten: Elternzeit bis 2027"),
        ({"PLZ": "4932"}, "PLZ „4932“ hat nicht fünf Ziffern"),
    ],
)
def test_notices(cells, notice):
    assert _read(person(**cells)).notices == [notice]


def test_a_column_that_nobody_mapped_is_shown_with_each_row():
    entry = _read({**person(), "Lieblingsfarbe": "blau"})
    assert entry.notices == ["Spalte „Lieblingsfarbe“ ist nicht zugeordnet: blau"]


def test_telephone_and_mobile_in_one():
    entry = _read({**person(Telefon="05422 1"), "Mobil": "0171 2", "E-Mail 2": "zwei@b.example"})
    assert entry.phone == "05422 1, 0171 2"
    assert entry.addresses.usable == ("gesa@ahrens.example", "zwei@b.example")


@pytest.mark.parametrize(
    ("row", "alone"),
    [
        (nobody(Einrichtung="OBS", Ort="Melle"), True),
        (nobody(Einrichtung="OBS", Ort="Melle", Telefon="05422 1"), True),
        (nobody(Einrichtung="Schulen"), False),
        (nobody(Einrichtung="OBS", Ort="Melle", E_Mail="info@obs.example"), False),
        (person(), False),
    ],
)
def test_rows_about_an_organisation_alone(row, alone):
    assert _read(row).is_organisation_only is alone


CELL = st.one_of(
    st.none(), st.text(max_size=300), st.integers(), st.floats(), st.datetimes(), st.builds(Formula, st.text())
)


@settings(deadline=None)
@given(st.lists(CELL, max_size=len(HEADINGS) + 2))
def test_no_row_makes_the_reader_fail(cells):
    sheet = headings.locate(sheets.read("liste.csv", as_csv(person())).sheets[0], {}, {})
    reader = RowReader(sheet="", columns=sheet.columns, networks=NetworkNames())
    entry = reader.read(SheetRow(7, cells), position=1)
    assert (entry.number, len(entry.raw)) == (7, len(cells))
    assert len(entry.role) <= 120
