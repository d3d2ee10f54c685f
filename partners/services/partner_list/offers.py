"""Collect the values that the rows of one organisation give: all for a new one, differences for a known one."""

from dataclasses import dataclass, field
from typing import Any

from partners.models import Organisation
from partners.services.partner_list import kinds
from partners.services.partner_list.catalogue import Catalogue
from partners.services.partner_list.cells import has_lost_letters, same_name, street_key
from partners.services.partner_list.comparing import Changes, differences, missing_lines, note_with
from partners.services.partner_list.entries import Doubt, Entry
from partners.services.partner_list.organisations import Group
from partners.services.partner_list.places import place_key

_FIRST_WINS = ("kind", "speciality", "authority", "street", "postcode", "place", "municipality")
_LABELS = {
    "kind": "Art", "speciality": "Schulform oder Branche", "authority": "Schulträger", "street": "Straße",
    "postcode": "PLZ", "place": "Ort", "municipality": "Gemeinde",
}  # fmt: skip
_KEYS = {"street": street_key, "place": place_key}


@dataclass(slots=True)
class OrganisationOffer:
    """The fields of a new organisation or the changes to a known one, with notices and doubts for the team.

    `networks` are those that a new organisation joins as a whole.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    changes: Changes = field(default_factory=dict)
    networks: list[int] = field(default_factory=list)
    doubts: dict[Doubt, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def make(group: Group, catalogue: Catalogue) -> OrganisationOffer:
    """Return the offer of a group of rows; for each field the first row with a value counts."""
    said = _merge_rows(group)
    if group.known:
        return _for_known(group, said, catalogue)
    return _for_new(group, said, catalogue)


def _merge_rows(group: Group) -> dict[str, str]:
    """Return field → the first value that a row gives; entries that say otherwise get a notice."""
    said: dict[str, tuple[str, Entry]] = {}
    for entry in group.entries:
        for name in _FIRST_WINS:
            value = getattr(entry, name)
            if not value:
                continue
            first, source = said.setdefault(name, (value, entry))
            key = _KEYS.get(name, str.casefold)
            if key(first) != key(value):
                entry.notices.append(f"{_LABELS[name]} „{value}“ gilt nicht: {source.where} sagt „{first}“")
    return {name: value for name, (value, _) in said.items()}


def _for_new(group: Group, said: dict[str, str], catalogue: Catalogue) -> OrganisationOffer:
    """Return fields of a new organisation, and the networks that all its people's rows or a row about it alone name.

    A missing kind follows from the name, else company. There is a doubt when no kind can be found, letters are lost, or
    an organisation at the same place, stored or in the file, has almost the same name.
    """
    found = OrganisationOffer(networks=_named_by_all(group))
    kind = said.get("kind", "")
    if not kind and (kind := kinds.kind_from_name(group.name)):
        label = Organisation.Kind(kind).label
        found.notices.append(f"Art der Einrichtung fehlt, nach dem Namen: {label}")
    if not kind:
        kind = Organisation.Kind.COMPANY
        found.doubts[Doubt.KIND_MISSING] = (
            "Die Art der Einrichtung fehlt (Schule, Betrieb oder Arbeitsmarktakteur): Als Betrieb übernehmen?"
        )
    found.fields = {"name": group.name, "kind": kind, **_address(said), **_bare(group)}
    _set_speciality(found, kind, group, said)
    _set_municipality(found, said, catalogue)
    if any(has_lost_letters(value) for value in (group.name, said.get("place", ""), said.get("street", ""))):
        found.doubts[Doubt.LOST_LETTERS] = f"In „{group.name}“ sind Buchstaben verloren: So übernehmen?"
    if group.similar is not None:
        found.doubts[Doubt.SIMILAR_ORGANISATION] = _similar_reason(group)
    return found


def _similar_reason(group: Group) -> str:
    where = f" (Zeile {group.similar.entries[0].number})" if isinstance(group.similar, Group) else ""
    name = group.similar.name if group.similar else ""
    return f"„{group.name}“ heißt fast wie „{name}“{where} am selben Ort: Ist es eine andere Einrichtung?"


def _address(said: dict[str, str]) -> dict[str, str]:
    return {name: said[name] for name in ("street", "postcode", "place") if name in said}


def _bare(group: Group) -> dict[str, str]:
    """Return the first telephone and all note lines of the rows that concern the organisation alone."""
    lines = [line for entry in group.bare for line in entry.note_lines]
    return {"phone": next((entry.phone for entry in group.bare if entry.phone), ""), "note": "\n".join(lines)}


def _set_speciality(found: OrganisationOffer, kind: str, group: Group, said: dict[str, str]) -> None:
    """Set school type and authority, sector, or kind of actor, as the kind of organisation asks.

    The organisation's name helps where the cell is unclear, and beats words in it that merely contain a kind of actor;
    an actor without any is ActorKind.OTHER.
    """
    written = said.get("speciality", "")
    if kind == Organisation.Kind.SCHOOL:
        school_type = kinds.school_type(written) or kinds.school_type(group.name)
        found.fields |= {
            "school_type": school_type,
            "school_authority": kinds.school_authority(said.get("authority", "")),
        }
        if written and not kinds.school_type(written):
            found.notices.append(
                f"Schulform „{written}“ " + ("nach dem Namen gelesen" if school_type else "ist unbekannt")
            )
    elif kind == Organisation.Kind.COMPANY:
        found.fields["sector"] = written[:100]
    else:
        actor = (
            kinds.actor_kind_label(written, name=group.name)
            or kinds.actor_kind(group.name)
            or kinds.actor_kind(written)
        )
        found.fields["actor_kind"] = actor or Organisation.ActorKind.OTHER
        if written and not kinds.actor_kind(written):
            found.notices.append(f"„{written}“ ist keine Art eines Arbeitsmarktakteurs")


def _set_municipality(found: OrganisationOffer, said: dict[str, str], catalogue: Catalogue) -> None:
    """Set municipality and `is_outside_district` from the column „Gemeinde“, else from place and postcode."""
    where = catalogue.places.of_column(said.get("municipality", ""))
    notices = [where.notice]
    if where.municipality is None and not where.is_outside:
        where = catalogue.places.find(said.get("postcode", ""), said.get("place", ""))
        notices.append(where.notice)
    found.notices += filter(None, notices)
    found.fields |= {"municipality_id": where.municipality, "is_outside_district": where.is_outside}


def _named_by_all(group: Group) -> list[int]:
    """Return the networks that a new organisation joins as a whole.

    These are the networks that all rows of its people name, and those in rows about the organisation alone.
    """
    if not group.people and not group.bare:
        return []
    bare = [network for entry in group.bare for network in entry.networks]
    first, *others = group.people or group.bare[:1]
    of_all = [network for network in first.networks if all(network in entry.networks for entry in others)]
    return list(dict.fromkeys(bare + of_all))


def _for_known(group: Group, said: dict[str, str], catalogue: Catalogue) -> OrganisationOffer:
    """Return the changes to a known organisation: what the rows say where it differs or nothing is stored.

    Its kind stays, with a notice, and it joins no networks here. The name changes only when the stored one has lost
    letters; the note gets its missing lines.
    """
    known = group.known
    assert known is not None  # noqa: S101  # nosec B101 # for the type checker; `make` has checked it
    found = OrganisationOffer()
    offered: dict[str, Any] = _address(said)
    if has_lost_letters(known.name) and same_name(known.name, group.name):
        offered["name"] = group.name
    written = said.get("speciality", "")
    if known.kind == Organisation.Kind.SCHOOL:
        offered["school_type"] = kinds.school_type(written)
        offered["school_authority"] = kinds.school_authority(said.get("authority", ""))
    elif known.kind == Organisation.Kind.COMPANY:
        offered["sector"] = written[:100]
    else:
        offered["actor_kind"] = kinds.actor_kind_label(written, name=known.name)
    where = catalogue.places.of_column(said.get("municipality", ""))
    if where.municipality or where.is_outside:
        offered |= {"municipality_id": where.municipality, "is_outside_district": where.is_outside}
    said_kind = said.get("kind", known.kind)
    if said_kind != known.kind:
        label = Organisation.Kind(said_kind).label
        found.notices.append(f"Art „{label}“ in der Liste; gespeichert bleibt „{known.get_kind_display()}“")
    offered = {
        name: value for name, value in offered.items() if value or name in ("municipality_id", "is_outside_district")
    }
    bare = _bare(group)
    offered |= {"phone": bare["phone"]} if bare["phone"] else {}
    found.changes = differences(offered, known)
    if missing_lines(known.note, bare["note"].splitlines()):
        found.changes["note"] = (known.note, note_with(known.note, bare["note"].splitlines()))
    return found
