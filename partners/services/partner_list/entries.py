"""Read one row of a list cell by cell, without a look into the database."""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from common.folding import fold
from partners.models import Contact, Organisation
from partners.services.partner_list import cells, kinds, person_names, remarks
from partners.services.partner_list.headings import IGNORE, Column
from partners.services.partner_list.networks import NetworkNames
from partners.services.partner_list.sheets import Formula, SheetRow


class Doubt(enum.StrEnum):
    """Reasons why only the team can decide a row. The texts are in the rows' reasons."""

    UNKNOWN_NETWORK = "unknown_network"
    LOST_LETTERS = "lost_letters"
    TWO_ADDRESSES = "two_addresses"
    TWO_PEOPLE = "two_people"
    BROKEN_ADDRESS = "broken_address"
    STOPPED = "stopped"
    TOO_LONG = "too_long"
    CARRIED = "carried"
    KIND_MISSING = "kind_missing"
    SIMILAR_ORGANISATION = "similar_organisation"
    WHICH_ORGANISATION = "which_organisation"
    OTHER_NAME = "other_name"
    OTHER_ADDRESS = "other_address"
    OTHER_ORGANISATION = "other_organisation"
    LEFT_POST = "left_post"
    NEAR_DOUBLE = "near_double"
    LEFT_OUT = "left_out"


@dataclass(slots=True, eq=False)
class Entry:
    """One row, normalised. Where the row has no value, texts are "" and answers None."""

    position: int
    sheet: str
    number: int
    raw: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)  # field → the cell's text as a person reads it
    refusal: str = ""
    doubts: dict[Doubt, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    # The organisation as this row describes it.
    organisation: str = ""
    kind: str = ""
    speciality: str = ""
    authority: str = ""
    street: str = ""
    postcode: str = ""
    place: str = ""
    municipality: str = ""
    # The person.
    salutation: str = ""
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    role: str = ""
    addresses: cells.Addresses = field(default_factory=cells.Addresses)
    phone: str = ""
    is_shared: bool | None = None
    gets_invitations: bool | None = None
    has_list_column: bool = True
    networks: tuple[int, ...] = ()
    unknown_networks: tuple[str, ...] = ()
    note_lines: list[str] = field(default_factory=list)
    stops_invitations: bool = False

    @property
    def full_name(self) -> str:
        """The first and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_organisation_only(self) -> bool:
        """Whether the row describes an organisation and no person; a heading within the list gives only a name."""
        person = (
            self.full_name
            or self.role
            or self.salutation
            or self.title
            or self.addresses.usable
            or self.addresses.broken
        )
        said = self.kind or self.speciality or self.street or self.postcode or self.place
        return bool(self.organisation and said and not person)

    @property
    def email(self) -> str:
        """The first usable address, or ""."""
        return self.addresses.usable[0] if self.addresses.usable else ""

    @property
    def where(self) -> str:
        """„Zeile 12“, with the sheet when the list has several."""
        return f"Zeile {self.number}" + (f" ({self.sheet})" if self.sheet else "")


BEAT = 500  # rows between two heartbeats of a long computation
BROKEN_LINE = "Adresse in der Liste: {}"
OTHERS_LINE = "In der Liste stand auch: {}"

_LIMITS: dict[str, int] = {
    name: getattr(model._meta.get_field(name), "max_length", None) or 0
    for model, names in (
        (Contact, ("title", "first_name", "last_name", "role", "phone")),
        (Organisation, ("name", "street", "postcode", "place")),
    )
    for name in names
}
_LIMITS["organisation"] = _LIMITS.pop("name")
_LABELS = {
    "organisation": "Einrichtung",
    "title": "Titel", "first_name": "Vorname", "last_name": "Name", "role": "Funktion", "phone": "Telefon",
    "street": "Straße", "postcode": "PLZ", "place": "Ort",
}  # fmt: skip
_SUM = re.compile(r"(?:zwischen|gesamt)?summe\b|gesamt\b|anzahl\b|total\b")


class RowReader:
    """Reads the rows of one sheet. `sheet` is its name for `Entry.where`, "" in a file with only one.

    Columns that are not to be read in (field `IGNORE`) are left out.
    """

    def __init__(self, *, sheet: str, columns: Iterable[Column], networks: NetworkNames) -> None:
        self.sheet = sheet
        self.columns = [column for column in columns if column.field != IGNORE]
        self.networks = networks
        self.has_list_column = any(column.field == "invitations" for column in self.columns)

    def read(self, row: SheetRow, *, position: int) -> Entry:
        """Return the entry of a row, with open questions in `doubts` and hints for the team in `notices`.

        A row that is not part of the list gets a `refusal` and is read no further than its cells' texts.
        """
        entry = Entry(position, self.sheet, row.number, raw=[_raw(cell) for cell in row.cells])
        found = self._read_cells(row, entry)
        entry.refusal = _refusal(row, found)
        if entry.refusal:
            return entry
        self._read_organisation(entry, found)
        self._read_person(entry, found)
        self._read_addresses(entry, found)
        self._read_networks_and_list(entry, found)
        _read_remarks(entry, found)
        _shorten_texts(entry)
        if row.is_hidden:
            entry.notices.append("Die Zeile ist in der Tabelle ausgeblendet")
        return entry

    def _read_cells(self, row: SheetRow, entry: Entry) -> dict[str, Any]:
        """Return field → cell of the filled cells, and keep their texts in the entry.

        Formulas and cells of unmapped columns are left out, with a notice; hidden columns are read, with one.
        """
        found: dict[str, Any] = {}
        for column in self.columns:
            cell = row.cells[column.index] if column.index < len(row.cells) else None
            shown = _raw(cell)
            if not shown:
                continue
            if isinstance(cell, Formula):
                entry.notices.append(f"Formel in „{column.heading}“ nicht übernommen: {cell.text[:80]}")
                continue
            if not column.field:
                entry.notices.append(f"Spalte „{column.heading}“ ist nicht zugeordnet: {shown[:200]}")
                continue
            if column.is_hidden:
                entry.notices.append(f"Die Spalte „{column.heading}“ ist in der Tabelle ausgeblendet")
            found[column.field] = cell
            entry.texts[column.field] = shown
        return found

    def _read_organisation(self, entry: Entry, found: dict[str, Any]) -> None:
        """Set what the row says about the organisation; columns of their own beat the one for postcode and place."""
        entry.organisation = cells.line(found.get("organisation"))
        entry.kind = kinds.kind(cells.line(found.get("kind")))
        if not entry.kind and entry.texts.get("kind"):
            entry.notices.append(f"Art „{cells.line(found['kind'])}“ ist nicht bekannt")
        entry.speciality = cells.line(found.get("speciality"))
        entry.authority = cells.line(found.get("authority"))
        entry.street = cells.line(found.get("street"))
        entry.municipality = cells.line(found.get("municipality"))
        code, place = cells.postcode_and_place(found.get("postcode_place"))
        if "postcode" in found:
            code = cells.postcode(found["postcode"])
        entry.postcode = code.value
        entry.place = cells.line(found.get("place")) or place
        entry.notices += code.notices

    def _read_person(self, entry: Entry, found: dict[str, Any]) -> None:
        """Set name, salutation, title and role; columns of their own beat what is found in the name.

        What no letter says (brackets, degrees, a rank) becomes a line of the note, with a notice. Of two people the
        second becomes one, with a doubt.
        """
        salutation = person_names.salutation(found.get("salutation"))
        entry.salutation, spoken_title = salutation.value
        entry.notices += salutation.notices
        name = person_names.person_name(
            found.get("full_name"), first=found.get("first_name"), last=found.get("last_name")
        )
        entry.salutation = entry.salutation or name.salutation
        title, additions = person_names.title(found.get("title"))
        entry.title = title or spoken_title or name.title
        entry.first_name, entry.last_name = name.first_name, name.last_name
        entry.role = cells.line(found.get("role"))
        for remark in filter(None, (name.remark, additions)):
            entry.note_lines.append(remark)
            entry.notices.append(f"„{remark}“ stand beim Namen und kommt in die Notiz")
        if name.others:
            entry.note_lines.append(OTHERS_LINE.format(name.others))
            entry.doubts[Doubt.TWO_PEOPLE] = (
                f"Zwei Personen in einer Zelle: Übernommen wird {entry.full_name}, in die Notiz kommt „{name.others}“. "
                "Braucht die andere einen eigenen Eintrag, legen Sie ihn danach an"
            )

    def _read_addresses(self, entry: Entry, found: dict[str, Any]) -> None:
        """Set addresses and telephone numbers.

        Of several usable addresses the first counts, with a doubt. A broken one beside it becomes a line of the note;
        without any usable one it is a doubt.
        """
        first, more = (cells.emails(found.get(name)).value for name in ("email", "more_email"))
        usable = tuple(dict.fromkeys(first.usable + more.usable))
        entry.addresses = cells.Addresses(usable, ", ".join(filter(None, (first.broken, more.broken))))
        if len(usable) > 1:
            entry.doubts[Doubt.TWO_ADDRESSES] = (
                f"Mehrere Adressen: Übernommen wird {usable[0]}, "
                f"in die Notiz {'kommen' if len(usable) > 2 else 'kommt'} {', '.join(usable[1:])}"
            )
        elif usable and entry.addresses.broken:
            entry.note_lines.append(BROKEN_LINE.format(entry.addresses.broken))
        elif entry.addresses.broken:
            entry.doubts[Doubt.BROKEN_ADDRESS] = (
                f"„{entry.addresses.broken}“ ist keine vollständige E-Mail-Adresse: Ohne Adresse übernehmen? "
                "Sie bleibt in der Notiz stehen"
            )
        numbers = [cells.phone(found.get(name)) for name in ("phone", "mobile")]
        entry.phone = ", ".join(number.value for number in numbers if number.value)
        entry.notices += [notice for number in numbers for notice in number.notices]

    def _read_networks_and_list(self, entry: Entry, found: dict[str, Any]) -> None:
        """Set networks, with a doubt about unknown ones, and the answers yes or no."""
        named = self.networks.read(found.get("networks"))
        entry.networks, entry.unknown_networks = named.networks, named.unknown
        if named.unknown:
            names = ", ".join(f"„{label}“" for label in named.unknown)
            plural = "Unbekannte Netzwerke" if len(named.unknown) > 1 else "Unbekanntes Netzwerk"
            entry.doubts[Doubt.UNKNOWN_NETWORK] = f"{plural} {names}: Ohne diese Mitgliedschaft übernehmen?"
        listed = cells.yes_no(found.get("invitations"))
        entry.gets_invitations = listed.value
        entry.has_list_column = self.has_list_column
        entry.notices += [f"Verteiler: {notice}" for notice in listed.notices]
        entry.is_shared = cells.yes_no(found.get("shared")).value


def _raw(cell: object) -> str:
    """Return the cell's text, or the formula itself, cut to 2,000 characters."""
    return cells.text(cell.text if isinstance(cell, Formula) else cell)[:2000]


def _refusal(row: SheetRow, found: dict[str, Any]) -> str:
    """Return why a row is not part of the list (a divider, a sum, only formulas or numbers), or ""."""
    if not found:
        return "Keine Zeile der Liste: nur Formeln oder Zellen ohne Überschrift"
    shown = [cells.text(cell) for cell in found.values()]
    if len(shown) == 1 and (len(shown[0]) > 1 and shown[0][0] in "-–—=_*#~" and shown[0][-1] in "-–—=_*#~"):
        return "Keine Zeile der Liste, sondern eine Zwischenüberschrift"
    if len(shown) <= 3 and any(_SUM.match(fold(text)) for text in shown):
        return "Keine Zeile der Liste, sondern eine Summe"
    if all(not any(char.isalpha() for char in text) for text in shown):
        return "Keine Zeile der Liste: nur Zahlen"
    return ""


def _read_remarks(entry: Entry, found: dict[str, Any]) -> None:
    """Keep the remark for the note, with a notice when it means something to the team.

    One against invitations is a doubt when the list also says yes.
    """
    remark = cells.text(found.get("note"))
    if not remark:
        return
    entry.note_lines.append(remark)
    if remarks.is_meaningful(remark):
        entry.notices.append(f"Bemerkung beachten: {remark}")
    entry.stops_invitations = remarks.stops_invitations(remark)
    if entry.stops_invitations and entry.gets_invitations:
        entry.doubts[Doubt.STOPPED] = (
            f"Die Bemerkung „{remark}“ widerspricht dem Verteiler: Ohne Einladungen übernehmen?"
        )


def _shorten_texts(entry: Entry) -> None:
    """Shorten texts to the length of their columns in the database; add a doubt.

    The whole text becomes a line of the note.
    """
    for name, limit in _LIMITS.items():
        written = getattr(entry, name)
        if len(written) > limit:
            setattr(entry, name, written[:limit].strip())
            entry.note_lines.append(f"{_LABELS[name]}: {written}")
            entry.doubts[Doubt.TOO_LONG] = (
                f"„{_LABELS[name]}“ ist länger als {limit} Zeichen: Gekürzt übernehmen? "
                "Der ganze Text kommt in die Notiz"
            )
