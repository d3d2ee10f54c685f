"""Read a file's bytes into rows of cells, with the row numbers that a spreadsheet shows."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings

from common.exports import plain_cell
from partners.services.partner_list import decoding

MAX_UNPACKED_BYTES = 150 * 1024 * 1024  # openpyxl needs about five times as much memory
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_MERGED_CELLS = 1_000_000  # openpyxl creates an object for each: 20 s and 220 MB for this number

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|meta|head|\?xml)\b", re.IGNORECASE
)  # what some programs call .xls
_DELIMITERS = (";", ",", "\t")
SAVE_AS = "Bitte öffnen Sie sie in Excel oder LibreOffice und speichern Sie sie als .xlsx."


class UnreadableFile(Exception):
    """The file cannot be read as a list; the German message says what to do."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula or a spreadsheet error; its result is never used."""

    text: str


@dataclass(slots=True)
class SheetRow:
    """One row: its number in the spreadsheet (from 1) and its cells from column A; None for an empty cell."""

    number: int
    cells: list[object]
    is_hidden: bool = False


@dataclass(slots=True)
class Sheet:
    """One sheet with its rows, without completely empty ones."""

    name: str
    rows: list[SheetRow]
    hidden_columns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Book:
    """The visible sheets of a file, and the names of the hidden ones, which are not read."""

    sheets: list[Sheet]
    hidden: list[str] = field(default_factory=list)


def check(file_name: str, content: bytes) -> None:
    """Raise `UnreadableFile` for a file that is empty, too large, protected or clearly neither .xlsx nor text.

    Does not parse sheets. The limit is IMPORT_MAX_BYTES.
    """
    limit = settings.IMPORT_MAX_BYTES
    if not content:
        raise UnreadableFile("Die Datei ist leer. Bitte wählen Sie die Datei mit der Partnerliste.")
    if len(content) > limit:
        raise UnreadableFile(
            f"Die Datei ist größer als {limit // 1024 // 1024} MB. Bitte teilen Sie die Liste in mehrere Dateien "
            "oder entfernen Sie Bilder daraus."
        )
    if content.startswith(_OLE):
        raise UnreadableFile(
            "Die Datei ist mit einem Kennwort geschützt oder in einem alten Excel-Format (.xls). "
            "Bitte speichern Sie sie ohne Kennwort als .xlsx."
        )
    if _MARKUP.match(content):
        raise UnreadableFile(
            f"„{file_name}“ ist eine Webseite oder XML, auch wenn der Name nach Excel aussieht. {SAVE_AS}"
        )
    if content.startswith(_ZIP):
        _check_archive(content)
    elif b"\x00" in content[:8192] and not decoding.is_utf16(content):
        raise UnreadableFile(f"„{file_name}“ ist keine Liste in einem lesbaren Format (.xlsx oder .csv). {SAVE_AS}")


def read(file_name: str, content: bytes, *, beat: Callable[[], None] = lambda: None) -> Book:
    """Return the sheets and rows of a file, up to 200 columns; the content decides the format.

    `beat` is called again and again while an .xlsx is read, and may raise. Raise `UnreadableFile` for what `check`
    refuses, and for a file that is damaged, without any row or with more than `MAX_ROWS` (100,000).
    """
    check(file_name, content)
    book = _read_xlsx(content, beat) if content.startswith(_ZIP) else _read_csv(file_name, content)
    if not any(sheet.rows for sheet in book.sheets):
        raise UnreadableFile("In der Datei steht nichts. Bitte wählen Sie die Datei mit der Partnerliste.")
    if sum(len(sheet.rows) for sheet in book.sheets) > MAX_ROWS:
        raise too_long()
    return book


def _read_xlsx(content: bytes, beat: Callable[[], None]) -> Book:
    from partners.services.partner_list import workbooks

    return workbooks.read(content, beat)


def too_long() -> UnreadableFile:
    """Return the error for a list with too many rows."""
    return UnreadableFile(f"Die Liste hat mehr als {MAX_ROWS} Zeilen. Bitte teilen Sie sie in mehrere Dateien.")


def _check_archive(content: bytes) -> None:
    """Raise `UnreadableFile` unless the archive is an .xlsx whose unpacked size fits into memory."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableFile(f"Die Datei ist beschädigt oder unvollständig. {SAVE_AS}") from error
    names = {member.filename.lower() for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile("Die Datei ist mit einem Kennwort geschützt. Bitte speichern Sie sie ohne Kennwort.")
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(f"Die Datei ist keine Excel-Datei (.xlsx). {SAVE_AS}")
    # zipfile never unpacks more of a member than its header says, so the headers bound the size.
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise UnreadableFile(
            "Die Datei ist ausgepackt zu groß. Bitte kopieren Sie nur die Liste in eine neue Tabelle und speichern Sie "
            "diese als .xlsx."
        )


def value(value: object) -> object:
    """Return a cell's content: text that begins like a formula as `Formula`, blank text as None.

    Other text loses the apostrophe that our exports put before it (`plain_cell`); other values stay.
    """
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("="):
        return Formula(value.strip())
    return plain_cell(value) if value.strip() else None


def _read_csv(file_name: str, content: bytes) -> Book:
    """Return the only sheet, without a name, of a CSV file; rows are numbered by record, as a spreadsheet does.

    Raise `UnreadableFile` for a quotation mark that does not enclose its cell.
    """
    lines = decoding.decode(content)
    declared = re.match(r"sep=(.)\r?\n", lines, re.IGNORECASE)  # Excel's own hint, in a row of its own
    delimiter = declared[1] if declared else _sniff(lines)
    rows: list[SheetRow] = []
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            cells = [value(cell) for cell in record[:MAX_COLUMNS]]
            if any(cell is not None for cell in cells) and not (declared and number == 1):
                rows.append(SheetRow(number, cells))
    except csv.Error as error:
        raise UnreadableFile(
            f"In oder nach Zeile {number + 1} steht ein Anführungszeichen, das die Zelle nicht richtig umschließt. "
            "Bitte öffnen Sie die Datei in Excel oder LibreOffice und speichern Sie sie als .xlsx."
        ) from error
    return Book([Sheet("", rows)])


def _sniff(lines: str) -> str:
    """Return the delimiter by which the most of the first 40 rows have the same number of columns, at least two.

    Of equals the one with more columns; the others stand in texts.
    """
    head = "\n".join(lines.splitlines()[:40])
    return max(_DELIMITERS, key=lambda delimiter: _regularity(list(_widths(head, delimiter))))


def _regularity(widths: list[int]) -> tuple[float, int]:
    """Return the share of the rows that have the most frequent number of columns, and this number; 0 for one column."""
    width, times = next(iter(Counter(one for one in widths if one > 1).most_common(1)), (0, 0))
    return times / max(len(widths), 1), width


def _widths(head: str, delimiter: str) -> Iterator[int]:
    """Yield the number of columns of each row that is not empty, up to the first one that is not valid CSV."""
    try:
        for record in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if record:
                yield len(record)
    except csv.Error:
        return
