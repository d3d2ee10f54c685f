import io
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from partners.services.partner_list import repairs, sheets
from partners.services.partner_list.sheets import Formula, UnreadableFile
from tests.partners.partner_list.lists import as_xlsx


def _complaint(name, content):
    """Return "" when the file is read, else the word with which German complaints here say what to do."""
    try:
        sheets.read(name, content)
    except UnreadableFile as error:
        return "Bitte" if "Bitte" in str(error) else str(error)
    return ""


SOUND = as_xlsx([["Name", "Ort"], ["Ahrens", "Melle"]])


def _read(content, name="liste.csv"):
    return [(row.number, row.cells) for row in sheets.read(name, content).sheets[0].rows]


def _saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_of_every_office(encoding, delimiter):
    text = f'Name{delimiter}Ort\r\nMüller{delimiter}"Bad Essen{delimiter} Wittlage"\r\n'
    assert _read(text.encode(encoding)) == [(1, ["Name", "Ort"]), (2, ["Müller", f"Bad Essen{delimiter} Wittlage"])]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows():
    content = b'sep=;\r\nName;Ort\r\n;\r\n\r\n"Meyer\nzu";Melle\r\nAhrens;Belm\r\n'
    assert _read(content) == [(2, ["Name", "Ort"]), (5, ["Meyer\nzu", "Melle"]), (6, ["Ahrens", "Belm"])]


def test_formulas_are_marked_and_escaped_ones_are_text():
    content = b"Name;Note\r\nA;=SUMME(A1)\r\nB;'=SUMME(A1)\r\nC;'+49 5401\r\nD;''x\r\n"
    assert [cells[1] for _, cells in _read(content)][1:] == [Formula("=SUMME(A1)"), "=SUMME(A1)", "+49 5401", "'x"]


def test_a_quote_that_does_not_close_is_told_with_its_row():
    with pytest.raises(UnreadableFile, match="Zeile 2"):
        _read(b'Name;Ort\r\n"Ahrens;Melle\r\nB;C\r\n')


@settings(deadline=None)
@given(st.binary())
def test_bytes_are_read_or_refused_in_german(content):
    assert _complaint("liste.csv", content) in ("", "Bitte")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused_in_german(data):
    content = bytearray(SOUND)
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert _complaint("liste.xlsx", bytes(content)) in ("", "Bitte")


def _archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "leer"),
        (b" \r\n;;\r\n", "steht nichts"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Kennwort"),
        (b"%PDF-1.7\n\x00\x01\x02", "keine Liste"),
        (b"PK\x03\x04 kaputt", "beschädigt"),
        (b"<html><body><table><tr><td>Name", "Webseite oder XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook>', "Webseite oder XML"),
        (_archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "keine Excel-Datei"),
        (_archive(**{"xl/workbook.xml": "<kaputt"}), "beschädigt"),
    ],
)
def test_what_is_no_list(content, message):
    with pytest.raises(UnreadableFile, match=message):
        sheets.read("datei", content)


def test_a_file_that_is_too_big(settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    with pytest.raises(UnreadableFile, match="größer als 1 MB"):
        sheets.check("liste.csv", b"x" * (1024 * 1024 + 1))


def test_an_archive_that_unpacks_to_more_than_memory_holds():
    bomb = _archive(**{"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": b"0" * (sheets.MAX_UNPACKED_BYTES + 1)})
    assert len(bomb) < 1024 * 1024
    with pytest.raises(UnreadableFile, match="zu groß"):
        sheets.check("liste.xlsx", bomb)


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    with pytest.raises(UnreadableFile, match="mehr als 2 Zeilen"):
        sheets.read("liste.csv", b"a;b\nc;d\ne;f\n")


def test_hidden_sheets_are_named_and_not_read():
    book = sheets.read("liste.xlsx", as_xlsx([["Name"]], [["alt"]], hidden=[2]))
    assert ([sheet.name for sheet in book.sheets], book.hidden) == (["Blatt1"], ["Blatt2"])


def test_hidden_rows_and_columns_are_read_and_marked():
    book = openpyxl.Workbook()
    for row in (["Name", "Ort", "PLZ", "Netzwerk"], ["Ahrens", "Melle", 49324, "Melle"]):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions.group("B", "C", hidden=True)
    sheet = sheets.read("liste.xlsx", _saved(book)).sheets[0]
    assert [row.is_hidden for row in sheet.rows] == [False, True]
    assert sheet.hidden_columns == {1, 2}
    assert sheet.rows[1].cells == ["Ahrens", "Melle", 49324, "Melle"]


def test_the_value_of_a_merged_range_counts_for_its_cells():
    book = openpyxl.Workbook()
    for row in (["Einrichtung", "Name"], ["Tischlerei", "Ahrens"], [None, "Böhmer"], [None, "Claßen"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    rows = sheets.read("liste.xlsx", _saved(book)).sheets[0].rows
    assert [row.cells for row in rows[1:]] == [["Tischlerei", "Ahrens"], ["Tischlerei", "Böhmer"], [None, "Claßen"]]


def test_a_formatted_cell_at_the_very_bottom_makes_no_million_rows():
    book = openpyxl.Workbook()
    book.active.append(["Name", "Ort"])
    book.active.cell(1_048_576, 16_384).font = Font(bold=True)
    assert len(sheets.read("liste.xlsx", _saved(book)).sheets[0].rows) == 1


def test_a_formula_over_several_cells_reads_the_same_each_time():
    """The same text each time, since a decision is kept for a row that reads as it did; no object's address."""
    book = openpyxl.Workbook()
    book.active["A1"] = ArrayFormula("A1:A2", "=SUM(B1:B2*C1:C2)")
    book.active["B1"] = DataTableFormula("B1:B2", dt2D=False, r1="C1")
    (row,) = sheets.read("liste.xlsx", _saved(book)).sheets[0].rows
    assert row.cells == [Formula("=SUM(B1:B2*C1:C2)"), Formula("")]


def test_numbers_formulas_and_errors_of_a_workbook():
    book = openpyxl.Workbook()
    book.active.append(["Name", "=A1", 7, 7.5, True, "#NV"])
    book.active["F1"].data_type = "e"
    (row,) = sheets.read("liste.xlsx", _saved(book)).sheets[0].rows
    assert row.cells == ["Name", Formula("=A1"), 7, 7.5, True, Formula("#NV")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["sheet1.xml", "sheet1.bin"])
def test_a_merged_range_of_millions_of_cells_is_refused_before_it_is_read(monkeypatch, encoding, name):
    book = openpyxl.Workbook()
    book.active.append(["Name", "Ort"])
    book.active.merge_cells("A5:B6")
    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_saved(book))) as whole, zipfile.ZipFile(bomb, "w") as copy:
        for member in whole.namelist():
            text = whole.read(member).decode().replace('"A5:B6"', '"A5:XFD200"').replace("sheet1.xml", name)
            copy.writestr(member.replace("sheet1.xml", name), text.encode(encoding))
    monkeypatch.setattr(openpyxl, "load_workbook", lambda source: 1 // 0)
    with pytest.raises(UnreadableFile, match="riesige Bereiche"):
        sheets.read("liste.xlsx", bomb.getvalue())


def test_more_rows_than_fit_are_refused_sheet_by_sheet(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    monkeypatch.setattr(sheets, "SheetRow", lambda *cells: 1 // 0)
    with pytest.raises(UnreadableFile, match="mehr als 2 Zeilen"):
        sheets.read("liste.xlsx", as_xlsx([["Name"], ["Ahrens"], ["Böhmer"]]))


def test_a_heading_that_begins_like_a_zip_archive():
    (head, row) = sheets.read("liste.csv", b"PK-Nr.;Name\n7;Ahrens\n").sheets[0].rows
    assert (head.cells, row.cells) == (["PK-Nr.", "Name"], ["7", "Ahrens"])


def _rewritten(content, change):
    """The archive with each part as `change(name, bytes)` returns it: a pair of name and bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            target.writestr(*change(member.filename, source.read(member)))
    return out.getvalue()


def _broken_styles(name, part):
    if name == "xl/styles.xml":
        part = part.replace(b"<family val=", b'<color rgb="00000"/><family val="34"/><family val=')
        part = part.replace(b"<fills", b'<fills x="1"><fill><nonsense/></fill></fills><fills', 1)
    return name, part


def _strict(name, part):
    part = part.replace(repairs.SHEET_MAIN_NS.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
    return name, part.replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"
    )


@pytest.mark.parametrize(
    "change",
    [
        _broken_styles,
        _strict,
        lambda name, part: (name.replace("sheet1.xml", "Sheet1.xml"), part),
        lambda name, part: (name.replace("xl/workbook.xml", "xl/Workbook.xml"), part),
        lambda name, part: (name.replace("sharedStrings", "SharedStrings"), part),
    ],
    ids=["styles", "strict", "Sheet1.xml", "Workbook.xml", "SharedStrings.xml"],
)
def test_what_excel_opens_is_read(change):
    """With the days as days, and what is hidden."""
    book = openpyxl.Workbook()
    for row in (["Name", "Ort", "seit"], ["Ahrens", "Melle", date(2026, 3, 1)], ["=1+1", "Ankum", None]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    content = _rewritten(_saved(book), change)
    (sheet,) = sheets.read("liste.xlsx", content).sheets
    assert [row.cells[:2] for row in sheet.rows] == [["Name", "Ort"], ["Ahrens", "Melle"], [Formula("=1+1"), "Ankum"]]
    assert (sheet.rows[1].cells[2].date(), sheet.rows[2].is_hidden) == (date(2026, 3, 1), True)


@pytest.mark.parametrize(
    ("lines", "width"),
    [
        (["Name;Ort;Notiz", "A;B;kennt C, D, E, F und G", "H;I;kennt J, K, L, M und N"], 3),
        (["Name,Ort,Notiz", "A,B,C; D; E; F; G", "H,I,J; K; L; M; N"], 3),
        (["Partnerliste", "", "Name;Ort", "A;B", "C;D"], 2),
        (["Name\tOrt\tNotiz", "A\tB\t1, 2, 3", "C\tD\t4, 5, 6"], 3),
        (["Name", "A"], 1),
    ],
)
def test_the_delimiter_is_the_one_that_makes_even_rows(lines, width):
    (sheet,) = sheets.read("liste.csv", "\n".join(lines).encode()).sheets
    assert len(sheet.rows[-1].cells) == width
