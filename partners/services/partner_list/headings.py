"""Find the row of headings and the meaning of each column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from common.folding import match_key
from partners.services.partner_list.cells import line
from partners.services.partner_list.sheets import Formula, Sheet, SheetRow, UnreadableFile

IGNORE = "ignore"

# Field name → its label on the page where the team maps columns.
FIELDS = {
    "organisation": "Einrichtung",
    "kind": "Art (Schule, Betrieb, Arbeitsmarktakteur)",
    "speciality": "Schulform oder Branche",
    "authority": "Schulträger",
    "street": "Straße und Hausnummer",
    "postcode": "PLZ",
    "place": "Ort",
    "postcode_place": "PLZ und Ort in einer Zelle",
    "municipality": "Gemeinde",
    "salutation": "Anrede",
    "title": "Titel",
    "first_name": "Vorname",
    "last_name": "Nachname",
    "full_name": "ganzer Name in einer Zelle",
    "role": "Funktion",
    "email": "E-Mail",
    "more_email": "weitere E-Mail",
    "shared": "Sammelpostfach (ja/nein)",
    "phone": "Telefon",
    "mobile": "Mobiltelefon",
    "networks": "Netzwerk",
    "invitations": "Verteiler (bekommt Einladungen: ja/nein)",
    "note": "Bemerkung",
    IGNORE: "nicht einlesen",
}

_SYNONYMS = {
    "organisation": (
        "Einrichtung", "Einrichtungsname", "Name der Einrichtung", "Organisation", "Institution", "Firma",
        "Firmenname", "Name der Firma", "Betrieb", "Name des Betriebs", "Unternehmen", "Unternehmensname", "Schule",
        "Name der Schule", "Schulname", "Schule/Betrieb", "Schule / Unternehmen", "Schule/Firma", "Arbeitgeber",
        "Partner", "Partnername", "Einrichtung/Firma", "Einrichtung / Schule", "Dienststelle",
    ),
    "kind": ("Art", "Typ", "Kategorie", "Art der Einrichtung", "Partnerart", "Gruppe"),
    "speciality": (
        "Schulform / Branche", "Schulform/Branche", "Schulform", "Schulart", "Schultyp", "Branche", "Wirtschaftszweig",
        "Sektor", "Branche / Schulform", "Gewerbe",
    ),
    "authority": ("Schulträger", "Träger"),
    "street": (
        "Straße", "Strasse", "Str.", "Anschrift", "Straße und Hausnummer", "Straße, Hausnummer", "Straße / Hausnummer",
        "Straße Nr.", "Straße, Nr.", "Adresse",
    ),
    "postcode": ("PLZ", "Plz.", "Postleitzahl"),
    "place": ("Ort", "Stadt", "Wohnort", "Standort", "Sitz", "Ortschaft"),
    "postcode_place": ("PLZ Ort", "PLZ/Ort", "PLZ, Ort", "PLZ und Ort", "PLZ + Ort"),
    "municipality": ("Gemeinde", "Kommune", "Stadt/Gemeinde", "Gemeinde/Stadt"),
    "salutation": ("Anrede", "Geschlecht", "Herr/Frau", "Frau/Herr"),
    "title": ("Titel", "akad. Titel", "akademischer Titel", "Grad"),
    "first_name": ("Vorname", "Vornamen", "Rufname", "Vorname Ansprechpartner"),
    "last_name": ("Nachname", "Familienname", "Zuname", "Name", "Nachname Ansprechpartner"),
    "full_name": (
        "Ansprechpartner", "Ansprechpartnerin", "Ansprechpartner/in", "Ansprechpartner/-in", "Ansprechpartner:in",
        "Ansprechperson", "Ansprechpersonen", "Kontaktperson", "Kontakt", "AP", "Person", "Vor- und Nachname",
        "Vorname Name", "Vorname Nachname", "Name, Vorname", "Nachname, Vorname", "Ansprechpartner Name",
    ),
    "role": ("Funktion", "Position", "Rolle", "Aufgabe", "Stellung", "Tätigkeit", "Amt", "Abteilung/Funktion"),
    "email": (
        "E-Mail", "Email", "Mail", "E-Mail-Adresse", "Emailadresse", "Mailadresse", "E-Mail Adresse", "Mail-Adresse",
        "E-Mail dienstlich", "E-Mailadresse",
    ),
    "more_email": ("E-Mail 2", "Email 2", "Mail 2", "weitere E-Mail", "2. E-Mail", "E-Mail alternativ"),
    "shared": ("Sammelpostfach", "Sammeladresse"),
    "phone": (
        "Telefon", "Tel.", "Tel", "Telefonnummer", "Telefon-Nr.", "Tel.-Nr.", "Durchwahl", "Fon", "Festnetz",
        "Rufnummer", "Telefon dienstlich", "Telefon (dienstlich)",
    ),
    "mobile": ("Mobil", "Handy", "Mobiltelefon", "Mobilnummer", "Handynummer", "Telefon mobil", "Mobil-Nr."),
    "networks": (
        "Netzwerk", "Netzwerke", "Region", "Regionen", "Regionalnetzwerk", "Netzwerk/Region", "Netzwerktreffen",
        "Netzwerkregion",
    ),
    "invitations": (
        "Verteiler", "Einladung", "Einladungen", "bekommt Einladungen", "bekommt Einladung", "Einladung ja/nein",
        "im Verteiler", "Mailverteiler", "Einladungsverteiler",
    ),
    "note": ("Bemerkung", "Bemerkungen", "Notiz", "Notizen", "Anmerkung", "Anmerkungen", "Kommentar", "Hinweis"),
    IGNORE: ("Nr.", "lfd. Nr.", "Lfd Nr", "Nummer", "ID"),
}  # fmt: skip

_KNOWN = {match_key(name): field for field, names in _SYNONYMS.items() for name in names}
_SEARCHED_ROWS = 30
_WITHOUT_HEADING = "(ohne Überschrift)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its index from 0, its heading as written, its field ("" when the heading is unknown)."""

    index: int
    heading: str
    field: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Headed:
    """A sheet's columns and the rows below its headings."""

    name: str
    columns: list[Column]
    rows: list[SheetRow]


def locate(sheet: Sheet, answers: Mapping[str, str], aliases: Mapping[str, str]) -> Headed | None:
    """Find the row with the most known headings among the first 30; return None when no row has two of them.

    Headings of one field count once. `answers` are the team's for this file (heading → field), `aliases` the remembered
    ones (folded heading → field); only the latter help to find the row. Answers beat aliases, and these beat the
    built-in meanings.
    """
    candidates = sheet.rows[:_SEARCHED_ROWS]
    known = {**_KNOWN, **aliases}
    scores = [len({known[key] for key in _keys(row) if key in known}) for row in candidates]
    if not scores or max(scores) < 2:
        return None
    at = scores.index(max(scores))
    answered = {**aliases, **{match_key(heading): field for heading, field in answers.items()}}
    columns = _settle_name(_columns(sheet, at, {**_KNOWN, **answered}), is_answered="name" in answered)
    columns = _one_column_per_field(columns, first={match_key(heading) for heading in answers})
    return Headed(sheet.name, columns, sheet.rows[at + 1 :])


def is_repeated(texts: Sequence[str], columns: Iterable[Column]) -> bool:
    """Return whether a row repeats the headings, as lists do after a page break.

    More than half of its filled cells, at least two of them filled, have to equal their heading. `texts` are all cells
    of the row.
    """
    pairs = [(texts[column.index], column.heading) for column in columns if column.index < len(texts)]
    filled = [(text.casefold(), heading.casefold()) for text, heading in pairs if text]
    same = sum(text == heading for text, heading in filled)
    return len(filled) > 1 and same * 2 > len(filled)


def is_remembered(heading: str) -> bool:
    """Return whether an answer also applies to later files: not without a heading or with a built-in meaning."""
    return not heading.endswith(_WITHOUT_HEADING) and match_key(heading) not in _KNOWN


def nothing_found() -> UnreadableFile:
    """Return the error for a file without any headings."""
    return UnreadableFile(
        "In den ersten 30 Zeilen stehen keine Spaltenüberschriften wie „Einrichtung“, „Name“ oder „E-Mail“. "
        "Bitte ergänzen Sie über der Liste eine Zeile mit Überschriften."
    )


def _keys(row: SheetRow) -> list[str]:
    return [match_key(line(cell)) for cell in row.cells if not isinstance(cell, Formula)]


def _columns(sheet: Sheet, at: int, known: Mapping[str, str]) -> list[Column]:
    """Return the columns that have a heading or any content below it, with their fields by `known`.

    A column without a heading is called after its letter. `at` is the index of the row of headings in the sheet.
    """
    header = sheet.rows[at]
    width = max(len(row.cells) for row in sheet.rows[at:])
    columns = []
    for index in range(width):
        cell = header.cells[index] if index < len(header.cells) else None
        heading = "" if isinstance(cell, Formula) else line(cell)
        if heading or any(line(row.cells[index]) for row in sheet.rows[at + 1 :] if index < len(row.cells)):
            heading = heading[:120] or f"Spalte {_letter(index)} {_WITHOUT_HEADING}"
            columns.append(Column(index, heading, known.get(match_key(heading), ""), index in sheet.hidden_columns))
    return columns


def _settle_name(columns: list[Column], *, is_answered: bool) -> list[Column]:
    """Return the columns with the meaning of „Name“ settled by the other columns.

    It is the last name beside a first name; the whole name where only the organisation has a column; the organisation
    where only the whole name has one; else the last name. With `is_answered` the team has said it, and nothing changes.
    """
    if is_answered:
        return columns
    fields = {column.field for column in columns}
    meaning = "last_name"
    if "first_name" not in fields:
        meaning = "full_name" if "organisation" in fields else meaning
        if "full_name" in fields:
            meaning = "organisation" if "organisation" not in fields else "last_name"
    return [
        Column(column.index, column.heading, meaning, column.is_hidden)
        if match_key(column.heading) == "name"
        else column
        for column in columns
    ]


def _one_column_per_field(columns: list[Column], *, first: set[str]) -> list[Column]:
    """Return the columns with at most one per field; columns headed as in `first` (folded) take precedence.

    A second address or number becomes `more_email` or `mobile`; any other second column becomes a question.
    """
    taken: set[str] = set()
    settled = []
    for column in sorted(columns, key=lambda column: match_key(column.heading) not in first):
        name = column.field
        if name in taken and name != IGNORE:
            name = {"email": "more_email", "phone": "mobile"}.get(name, "")
            name = "" if name in taken else name
        taken.add(name)
        settled.append(Column(column.index, column.heading, name, column.is_hidden))
    return sorted(settled, key=lambda column: column.index)


def _letter(index: int) -> str:
    """Return the letters by which a spreadsheet names the column with this index from 0."""
    from openpyxl.utils import get_column_letter  # not at the top: see `workbooks`

    return str(get_column_letter(index + 1))
