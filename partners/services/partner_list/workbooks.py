"""Read the sheets of an .xlsx by openpyxl.

openpyxl takes an eighth of the start of every process, so `sheets` imports this module only when there is a workbook.
"""

import contextlib
import io
import warnings
import zipfile
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

import openpyxl
from openpyxl import Workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.worksheet import Worksheet

from partners.services.partner_list import repairs, sheets


class _BeatingBytes(io.BytesIO):
    """Bytes that call `beat` on each read by the parser; `failure` keeps the exception that `beat` raised."""

    def __init__(self, content: bytes, beat: Callable[[], None]) -> None:
        super().__init__(content)
        self.beat = beat
        self.failure: Exception | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            self.beat()
        except Exception as failure:
            self.failure = failure
            raise
        return super().read(size)


def read(content: bytes, beat: Callable[[], None]) -> sheets.Book:
    """Return the sheets of an .xlsx. Raise `UnreadableFile` for whatever openpyxl cannot read.

    What `beat` raised is passed on; openpyxl may have caught it.
    """
    source = _BeatingBytes(content, beat)
    try:
        _check_merged_cells(source)
        with warnings.catch_warnings():  # warnings about parts of Excel that a list does not need
            warnings.simplefilter("ignore")
            book = _opened(source)
    except sheets.UnreadableFile:
        raise
    except Exception as error:  # openpyxl passes on any exception of its parsers
        if source.failure:
            raise source.failure from None
        raise sheets.UnreadableFile(f"Die Datei ist beschädigt oder unvollständig. {sheets.SAVE_AS}") from error
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return sheets.Book(
        sheets=[_xlsx_sheet(sheet) for sheet in visible],
        hidden=[sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"],
    )


def _opened(source: _BeatingBytes) -> Workbook:
    """Return the workbook, repaired where openpyxl refuses it. Raises what openpyxl, zipfile or `beat` raise."""
    content = source.getvalue()
    if not repairs.is_unusual(content):
        try:
            return openpyxl.load_workbook(source)
        except Exception:  # openpyxl passes on any exception of its parsers
            if source.failure:
                raise
    again = _BeatingBytes(repairs.repaired(content), source.beat)
    try:
        return openpyxl.load_workbook(again)
    finally:
        source.failure = again.failure


def _check_merged_cells(source: io.BytesIO) -> None:
    """Raise `UnreadableFile` for huge merged ranges: a few bytes can merge billions of cells.

    The limit is a million cells in the whole file. Every part of the archive is checked, because a part of any name may
    be a sheet.
    """
    area = 0

    def count(name: str, attributes: dict[str, str]) -> None:
        nonlocal area
        if name.rpartition(":")[2] == "mergeCell" and "ref" in attributes:
            left, top, right, bottom = range_boundaries(attributes["ref"])
            area += (right - left + 1) * (bottom - top + 1)
            if area > sheets.MAX_MERGED_CELLS:
                raise sheets.UnreadableFile(
                    "In der Datei sind riesige Bereiche zu einer Zelle verbunden. Bitte heben Sie die Verbindung auf "
                    "oder kopieren Sie nur die Liste in eine neue Tabelle, und speichern Sie diese als .xlsx."
                )

    with zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            parser = expat.ParserCreate()
            parser.StartElementHandler = count
            with (
                archive.open(member) as part,
                contextlib.suppress(expat.ExpatError),
            ):  # the part is no XML, for example a picture
                parser.ParseFile(part)


def _xlsx_sheet(sheet: Worksheet) -> sheets.Sheet:
    """Return the sheet with its rows that have any content. Raise `UnreadableFile` for more than `MAX_ROWS`."""
    # Only the cells that exist: with `iter_rows`, one formatted cell at the very bottom gives a million rows.
    rows: dict[int, dict[int, object]] = {}
    for (row, column), cell in sheet._cells.items():
        value = _xlsx_value(cell)
        if value is not None and column <= sheets.MAX_COLUMNS:
            rows.setdefault(row, {})[column] = value
    if len(rows) > sheets.MAX_ROWS:
        raise sheets.too_long()
    _spread_merged(sheet, rows)
    hidden_rows = {number for number, dimension in sheet.row_dimensions.items() if dimension.hidden}
    return sheets.Sheet(
        name=sheet.title,
        rows=[
            sheets.SheetRow(number, [cells.get(column) for column in range(1, max(cells) + 1)], number in hidden_rows)
            for number, cells in sorted(rows.items())
        ],
        hidden_columns=_hidden_columns(sheet),
    )


def _xlsx_value(cell: Any) -> object:
    """Return a cell's content, None if it is blank; a formula or an error (type "f" or "e") becomes `Formula`.

    Text that begins like a formula does so, too. An array formula gives its own text, a data table none.
    """
    if cell.value is None:
        return None
    if cell.data_type in "fe":
        if isinstance(cell.value, DataTableFormula):
            return sheets.Formula("")
        return sheets.Formula(cell.value.text if isinstance(cell.value, ArrayFormula) else str(cell.value))
    return sheets.value(cell.value)


def _spread_merged(sheet: Worksheet, rows: dict[int, dict[int, object]]) -> None:
    """Copy the value of a merged range to all of its cells, in rows that have content of their own."""
    for area in sheet.merged_cells.ranges:
        value = rows.get(area.min_row, {}).get(area.min_col)
        if value is None:
            continue
        height = area.max_row - area.min_row + 1
        numbers = range(area.min_row, area.max_row + 1) if height < len(rows) else list(rows)
        for number in numbers:
            if number not in rows or not area.min_row <= number <= area.max_row:
                continue
            for column in range(area.min_col, min(area.max_col, sheets.MAX_COLUMNS) + 1):
                rows[number].setdefault(column, value)


def _hidden_columns(sheet: Worksheet) -> set[int]:
    """Return the indexes (from 0) of hidden columns; one entry of the file may cover several columns."""
    hidden: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden:
            dimension.reindex()
            hidden.update(range((dimension.min or 1) - 1, min(dimension.max or 1, sheets.MAX_COLUMNS)))
    return hidden
