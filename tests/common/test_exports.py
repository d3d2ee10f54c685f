import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.exports import as_csv, as_xlsx, plain_cell, safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+49 5401 1", "-5", "@SUM(A1)", "\t=1", "'=1", "'s Hof"])
def test_what_a_spreadsheet_takes_for_a_formula_is_escaped(text):
    assert safe_cell(text) == f"'{text}"


def test_ordinary_text_stays():
    assert [safe_cell(value) for value in ("Ahrens", 7, None, "a=b")] == ["Ahrens", "7", "", "a=b"]


@given(st.text())
def test_reading_undoes_the_escaping_exactly(text):
    assert plain_cell(safe_cell(text)) == text


def test_both_formats_hold_the_same_cells():
    headings, rows = ("Name", "Telefon"), [("Müller; „Söhne“\nGmbH", "+49 5401 1"), ("=cmd", None)]
    in_csv = list(csv.reader(io.StringIO(as_csv(headings, rows).decode("utf-8-sig"), newline=""), delimiter=";"))
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(headings, rows, title="Personen")))
    in_xlsx = [[cell or "" for cell in row] for row in book.active.iter_rows(values_only=True)]
    expected = [["Name", "Telefon"], ["Müller; „Söhne“\nGmbH", "'+49 5401 1"], ["'=cmd", ""]]
    assert in_csv == expected
    assert in_xlsx == expected


def test_no_cell_of_a_workbook_is_a_formula_and_control_characters_do_not_spoil_it():
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(("A",), [("=1+1",), ("a\x00b",)], title="x")))
    assert [(cell.data_type, cell.value) for cell in book.active["A"]] == [("s", "A"), ("s", "'=1+1"), ("s", "ab")]
