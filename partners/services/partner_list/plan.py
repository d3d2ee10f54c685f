"""Plan the import of a list: compare all rows in memory with the database.

Nothing here writes. `write` carries out the actions; docs/import.md gives the source of each rule.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from partners.services.partner_list.catalogue import Catalogue
from partners.services.partner_list.cells import line
from partners.services.partner_list.entries import BEAT, Entry, RowReader
from partners.services.partner_list.headings import Headed, is_repeated, locate, nothing_found
from partners.services.partner_list.judging import Judge, Outcome, PlannedRow
from partners.services.partner_list.organisations import Grouping
from partners.services.partner_list.sheets import Book


@dataclass(slots=True)
class Plan:
    """All planned rows, and the questions that only the team can answer."""

    rows: list[PlannedRow]
    skipped_sheets: list[str]
    columns: list[dict[str, str]]
    questions: dict[str, list[dict[str, Any]]]

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows of each outcome, with every outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome.value: found[outcome] for outcome in Outcome}


def make(book: Book, catalogue: Catalogue, *, answers: dict[str, str], beat: Callable[[], None] = lambda: None) -> Plan:
    """Plan the whole file in memory. `answers` are the team's for this file (heading → field).

    `beat` is called after every 500 rows (`BEAT`) of each step and may raise. Raise `UnreadableFile` when no sheet has
    headings.
    """
    headed, skipped = _headed(book, catalogue, answers)
    entries = _read(headed, catalogue, beat)
    grouping = Grouping(catalogue, beat)
    grouping.assign(entries)
    for entry in entries:
        if not entry.refusal and not entry.last_name and not entry.is_organisation_only:
            entry.refusal = "Kein Name einer Person; was hier zur Einrichtung steht, gilt für die Zeilen darunter"
    rows = Judge(catalogue, grouping, beat).run(entries)
    return Plan(rows, skipped, _columns(headed), _questions(headed, rows))


def _headed(book: Book, catalogue: Catalogue, answers: dict[str, str]) -> tuple[list[Headed], list[str]]:
    """Return the sheets whose headings were found, and the skipped ones in German words for the page.

    Visible sheets without any row are not mentioned. Raise `UnreadableFile` when no sheet has headings.
    """
    skipped = [f"{name} (ausgeblendet)" for name in book.hidden]
    headed = []
    for sheet in book.sheets:
        found = locate(sheet, answers, catalogue.heading_aliases)
        if found:
            headed.append(found)
        elif sheet.rows:
            skipped.append(f"{sheet.name} (ohne Überschriften)")
    if not headed:
        raise nothing_found()
    return headed, skipped


def _read(headed: list[Headed], catalogue: Catalogue, beat: Callable[[], None]) -> list[Entry]:
    """Return the entries of all rows, with positions from 1 over all sheets.

    A row that repeats the headings is refused. Entries name their sheet only when there are several.
    """
    entries: list[Entry] = []
    for sheet in headed:
        name = sheet.name if len(headed) > 1 else ""
        reader = RowReader(sheet=name, columns=sheet.columns, networks=catalogue.network_names)
        for row in sheet.rows:
            entry = reader.read(row, position=len(entries) + 1)
            if is_repeated(entry.raw, sheet.columns):
                entry.refusal = "Keine Zeile der Liste, sondern noch einmal die Überschriften"
            entries.append(entry)
            if len(entries) % BEAT == 0:
                beat()
    return entries


def _columns(headed: list[Headed]) -> list[dict[str, str]]:
    return [
        {"sheet": sheet.name, "heading": column.heading, "field": column.field}
        for sheet in headed
        for column in sheet.columns
    ]


def _questions(headed: list[Headed], rows: list[PlannedRow]) -> dict[str, list[dict[str, Any]]]:
    """Return the questions as `ImportJob.questions` holds them.

    They are the unknown networks of rows that are not refused, the most frequent first, and the columns of unknown
    meaning with up to three sample cells; empty columns are not asked about.
    """
    labels = Counter(label for row in rows if not row.entry.refusal for label in row.entry.unknown_networks)
    headings = []
    for sheet in headed:
        for column in (column for column in sheet.columns if not column.field):
            cells = (line(row.cells[column.index]) for row in sheet.rows if column.index < len(row.cells))
            samples = list(dict.fromkeys(cell[:80] for cell in cells if cell))[:3]
            if samples:
                headings.append({"sheet": sheet.name, "heading": column.heading, "samples": samples})
    return {
        "networks": [{"label": label, "rows": count} for label, count in labels.most_common()],
        "headings": headings,
    }
