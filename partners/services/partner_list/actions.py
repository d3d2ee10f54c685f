"""Build the action of a row: the change that taking or merging it makes, as plain data stored with the row.

{"contact": id | absent, "row": position | absent, "organisation": {"id": …} | {"new": {…}, "networks": […]},
"values": {field: value}, "seen": {field: value} | absent, "note": [line], "networks": [id], "share": bool,
"organisation_changes": {field: [seen, new]}}

"bare" means the organisation alone, and "networks" are its own. With "contact" or "row" that contact is updated, else a
contact is created. "seen" holds the stored values that the preview showed: only these fields are written, and only if
they are unchanged. "share" marks every contact with the address as a reader of a shared mailbox. "certain" means that
the preview knew no contact of this name, so a contact of this name that exists by now is the same person.
"""

from collections.abc import Iterable
from typing import Any

from partners.models import Contact
from partners.services.partner_list import comparing
from partners.services.partner_list.catalogue import Catalogue
from partners.services.partner_list.comparing import Changes
from partners.services.partner_list.entries import Doubt, Entry
from partners.services.partner_list.offers import OrganisationOffer
from partners.services.partner_list.organisations import Group

Action = dict[str, Any]


def create(entry: Entry, home: dict[str, Any], *, share: bool = False, is_certain: bool = True) -> Action:
    """Return the action that creates a contact at an organisation (see `organisation`), which may be new too.

    With `share`, all contacts with the address become readers of a shared mailbox. Pass `is_certain=False` when the
    team decided that the person differs from one of the same name or address. With a remark against invitations they
    get none.
    """
    values = {"gets_invitations": gets_invitations(entry), **comparing.offer(entry)}
    if entry.stops_invitations:
        values["gets_invitations"] = False
    action: Action = {"organisation": home, "values": values, "note": note_lines(entry)}
    if entry.networks:
        action["networks"] = list(entry.networks)
    if share:
        action["share"] = True
    if is_certain:
        action["certain"] = True
    return action


def bare(home: dict[str, Any], networks: Iterable[int]) -> Action:
    """Return the action for an organisation alone, with the networks that it joins as a whole."""
    return {"organisation": home, "bare": True, "networks": sorted(networks)}


def update(contact: Contact, changes: Changes, networks: set[int]) -> Action:
    """Return the action that applies the differences shown in the preview to a known contact.

    `networks` are the missing memberships. When it is written, the stored values must still be those shown.
    """
    return {
        "contact": contact.pk,
        "values": {name: new for name, (_, new) in changes.items()},
        "seen": {name: old for name, (old, _) in changes.items()},
        "networks": sorted(networks),
    }


def merge(entry: Entry, *, contact: Contact | None, row: int | None) -> Action:
    """Return the action that merges all values of the row into the contact of the earlier row at position `row`.

    If that row has no contact, or without `row`, they go into `contact`. Stored values that differ are overwritten.
    """
    values = comparing.offer(entry)
    if Doubt.STOPPED in entry.doubts:
        values["gets_invitations"] = False
    action: Action = {"values": values, "note": note_lines(entry), "networks": list(entry.networks)}
    if contact:
        action["contact"] = contact.pk
    if row is not None:
        action["row"] = row
    return action


def organisation(group: Group, offered: OrganisationOffer) -> dict[str, Any]:
    """Return the organisation of a row: the known one's id, or the fields and memberships of a new one."""
    if group.known:
        return {"id": group.known.pk}
    fields = {name: value for name, value in offered.fields.items() if value not in ("", None, False)}
    return {"new": fields, "networks": offered.networks}


def note_lines(entry: Entry) -> list[str]:
    """Return the lines for the note: remark, texts in full length, and the addresses that are not used."""
    return [*entry.note_lines, *comparing.kept_apart(entry)]


def gets_invitations(entry: Entry) -> bool:
    """Return whether a new contact gets invitations: as the list says; without that column everyone does.

    Nobody does with an empty cell or a remark against invitations.
    """
    if entry.stops_invitations:
        return False
    return entry.gets_invitations if entry.gets_invitations is not None else not entry.has_list_column


def shown_values(entry: Entry, group: Group | None, catalogue: Catalogue) -> dict[str, str]:
    """Return what was read from the row as texts by name, for the page, without empty ones."""
    salutation = comparing.shown("salutation", entry.salutation)
    person = " ".join(part for part in (salutation, entry.title, entry.full_name) if part)
    shown = {
        "organisation": group.name if group else entry.organisation,
        "place": f"{entry.postcode} {entry.place}".strip(),
        "person": person,
        "role": entry.role,
        "email": entry.email or entry.addresses.broken,
        "phone": entry.phone,
        "networks": ", ".join([*(catalogue.short_names[pk] for pk in entry.networks), *entry.unknown_networks]),
        "note": "\n".join(entry.note_lines),
    }
    return {name: value for name, value in shown.items() if value}
