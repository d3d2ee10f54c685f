"""Compare a row with the stored partner and with other rows: normalised, and ignoring empty cells."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from common.folding import email_key, fold, match_key
from partners.models import Contact, Organisation
from partners.services.partner_list.cells import has_lost_letters, holds, phone_key, same_name, street_key
from partners.services.partner_list.entries import BROKEN_LINE, Entry
from partners.services.partner_list.places import place_key

CONTACT_LABELS = {
    "salutation": "Anrede", "title": "Titel", "first_name": "Vorname", "last_name": "Name", "role": "Funktion",
    "email": "E-Mail", "is_shared_mailbox": "Sammelpostfach", "phone": "Telefon",
    "gets_invitations": "bekommt Einladungen", "note": "Notiz",
}  # fmt: skip
ORGANISATION_LABELS = {
    "name": "Name der Einrichtung", "street": "Straße", "postcode": "PLZ", "place": "Ort", "school_type": "Schulform",
    "school_authority": "Schulträger", "sector": "Branche", "actor_kind": "Art des Akteurs",
    "municipality_id": "Gemeinde", "is_outside_district": "außerhalb des Landkreises",
    "phone": "Telefon der Einrichtung", "note": "Notiz zur Einrichtung",
}  # fmt: skip

Changes = dict[str, tuple[Any, Any]]  # field → stored, new


def offer(entry: Entry) -> dict[str, Any]:
    """Return the values that the row gives for the person, by field of `Contact`, without empty ones and notes."""
    said: dict[str, Any] = {
        "salutation": entry.salutation,
        "title": entry.title,
        "first_name": entry.first_name,
        "last_name": entry.last_name,
        "role": entry.role,
        "email": entry.email,
        "phone": entry.phone,
    }
    said = {name: value for name, value in said.items() if value}
    if entry.is_shared is not None:
        said["is_shared_mailbox"] = entry.is_shared
    if entry.gets_invitations is not None:
        said["gets_invitations"] = entry.gets_invitations
    return said


def differences(said: Mapping[str, Any], stored: Contact | Organisation) -> Changes:
    """Return the fields whose stored value differs from the said one, as field → (stored, said).

    Other spellings are no difference (`_is_same`); nor is a text with lost letters. An empty said value counts, so
    callers leave it out.
    """
    found: Changes = {}
    for name, value in said.items():
        old = getattr(stored, name)
        if not _is_same(name, old, value) and not (isinstance(value, str) and has_lost_letters(value)):
            found[name] = (old, value)
    return found


def missing_lines(note: str, lines: Iterable[str]) -> list[str]:
    """Return the lines that the note does not hold yet."""
    return [line for line in lines if not holds(note, line)]


def note_with(note: str, lines: Iterable[str]) -> str:
    """Return the note with the lines that it does not hold yet, each on a line of its own."""
    return "\n".join([*filter(None, [note]), *missing_lines(note, lines)])


def kept_apart(entry: Entry) -> list[str]:
    """Return the note lines for addresses that are not used: all but the first, and unusable ones.

    An unusable one that has its line already gets none.
    """
    lines = [f"Weitere Adresse: {address}" for address in entry.addresses.usable[1:]]
    broken = BROKEN_LINE.format(entry.addresses.broken)
    return lines + ([broken] if entry.addresses.broken and broken not in entry.note_lines else [])


def disagreements(entry: Entry, earlier: Entry) -> list[str]:
    """Return what differs from, or adds to, an earlier row about the same person, as German texts.

    Without any the row is an exact double. What only the earlier row says is no disagreement, except a second or
    unusable address.
    """
    found = []
    said = offer(earlier)
    for name, value in offer(entry).items():
        if name not in said or not _is_same(name, said[name], value):
            was = shown(name, said[name]) if name in said else "nichts"
            found.append(f"{CONTACT_LABELS[name]}: hier „{shown(name, value)}“, dort „{was}“")
    if not set(entry.networks) <= set(earlier.networks) or not (
        {fold(label) for label in entry.unknown_networks} <= {fold(label) for label in earlier.unknown_networks}
    ):
        found.append("Netzwerk: hier andere als dort")
    if missing_lines("\n".join(earlier.note_lines), entry.note_lines):
        found.append("Bemerkung: hier eine andere als dort")
    if entry.addresses.broken != earlier.addresses.broken or entry.addresses.usable[1:] != earlier.addresses.usable[1:]:
        found.append("E-Mail: hier eine andere als dort")
    return found


def shown(name: str, value: Any) -> str:
    """Return the value of a field (of a contact or an organisation) as a person reads it."""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    choices: Iterable[tuple[str, str]] = ()
    if name in ("salutation",):
        choices = Contact.Salutation.choices
    elif name in ("school_type", "school_authority", "actor_kind", "kind"):
        choices = Organisation._meta.get_field(name).flatchoices  # type: ignore[union-attr]
    return next((str(label) for code, label in choices if code == value), str(value))


def _is_same(name: str, old: Any, new: Any) -> bool:
    """Return whether a new value of a field says the same as the old one.

    Names and other texts are compared folded, with lost letters matching any; address, street and place by their keys;
    the postcode exactly. A telephone cell says the same when the old one holds all its numbers. A whole name differs
    from an old one with lost letters.
    """
    if old == new:
        return True
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    if name in ("first_name", "last_name", "name") and has_lost_letters(old) and not has_lost_letters(new):
        return False  # the row has the whole name
    if name == "email":
        return email_key(old) == email_key(new)
    if name == "phone":
        return _numbers(new) <= _numbers(old)
    if name == "street":
        return street_key(old) == street_key(new)
    if name == "place":
        return place_key(old) == place_key(new)
    if name == "postcode":
        return False
    return same_name(old, new) or (bool(old) and match_key(old) == match_key(new) and fold(old) == fold(new))


def _numbers(phone: str) -> set[str]:
    return {key for key in map(phone_key, re.split(r"[,;\n]| oder ", phone)) if key}
