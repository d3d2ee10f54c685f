"""Small partner lists for tests: one person per row, with what a test is about written over it."""

import csv
import io

import openpyxl

from partners.services.partner_list import catalogue, plan, sheets

BASE = {
    "Einrichtung": "Tischlerei Ahrens GmbH",
    "Art": "Betrieb",
    "Straße": "Bergstraße 3",
    "PLZ": "49324",
    "Ort": "Melle",
    "Anrede": "Frau",
    "Titel": "",
    "Vorname": "Gesa",
    "Name": "Ahrens",
    "Funktion": "Geschäftsführung",
    "E-Mail": "gesa@ahrens.example",
    "Telefon": "05422 1234",
    "Netzwerk": "Melle",
    "Verteiler": "ja",
    "Bemerkung": "",
}


def person(**cells):
    """A row; keywords name columns, `E_Mail` for „E-Mail“."""
    return {**BASE, **{name.replace("_", "-"): value for name, value in cells.items()}}


def nobody(**cells):
    """A row in which only the named columns hold something."""
    return {**dict.fromkeys(BASE, ""), **{name.replace("_", "-"): value for name, value in cells.items()}}


def as_csv(*rows, without=()):
    """The rows as a file, with the headings of the first one."""
    headings = [name for name in rows[0] if name not in without]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, delimiter=";", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_xlsx(*sheets_of_rows, hidden=()):
    """Sheets („Blatt1“ …) of rows of cells as a file."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets_of_rows, 1):
        sheet = book.create_sheet(f"Blatt{number}")
        for row in rows:
            sheet.append(row)
        if number in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def planned(*rows, without=(), answers=None):
    """The plan of a list against what the database holds now."""
    content = as_csv(*rows, without=without)
    return plan.make(sheets.read("liste.csv", content), catalogue.load(), answers=answers or {})


def only(*rows, **options):
    """The last row of the plan."""
    return planned(*rows, **options).rows[-1]


def doubts(row):
    """Why a planned row is doubtful, as codes."""
    return [doubt.value for doubt in row.entry.doubts]
