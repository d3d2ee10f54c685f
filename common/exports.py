"""Write lists as .csv and .xlsx, safe against formula injection and readable again by the import."""

import csv
import io
from collections.abc import Iterable, Sequence

# A spreadsheet reads a cell that begins with one of these as a formula (OWASP, "CSV Injection").
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe_cell(value: object) -> str:
    """Return the value as text that no spreadsheet reads as a formula, with a leading apostrophe where needed.

    None becomes "". A text that itself begins with an apostrophe gets one too, so that `plain_cell` undoes it exactly.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def plain_cell(text: str) -> str:
    """Return the text that `safe_cell` was given: drop the apostrophe that it adds, and no other."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_DANGEROUS) else text


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as CSV for German Excel: UTF-8 with a byte-order mark, separated by semicolons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> bytes:
    """Return the rows as a workbook of one sheet without formulas; the heading row is bold, frozen and has filters.

    Whole numbers stay numbers, everything else is text. `title` names the sheet, cut to 31 characters.
    """
    # Not at the top: openpyxl takes an eighth of the start of every process, and few of them write a workbook.
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    sheet.append(list(headings))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([_cell(value) for value in row])
    for column in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 22
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: object) -> str | int:
    """Return a number as it is, so that it can be sorted, and anything else as safe text."""
    return value if isinstance(value, int) else _without_control_characters(safe_cell(value))


def _without_control_characters(text: str) -> str:
    """Drop control characters: XML 1.0 cannot hold them, and openpyxl refuses the whole file for one."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")
