"""Export partner lists with the columns that the import reads again, one row per person."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from partners.models import Contact, Membership, Organisation

COLUMNS = (
    "Einrichtung", "Art", "Schulform / Branche", "Schulträger", "Straße", "PLZ", "Ort", "Gemeinde", "Anrede", "Titel",
    "Vorname", "Name", "Funktion", "E-Mail", "Sammelpostfach", "Telefon", "Netzwerk", "Verteiler", "Bemerkung",
)  # fmt: skip


def contact_rows(contacts: QuerySet[Contact]) -> Iterator[Sequence[object]]:
    """Yield one row of `COLUMNS` per contact, with their organisation and all their current networks."""
    current = Membership.objects.current().select_related("network")
    found = contacts.select_related("organisation__municipality").prefetch_related(
        Prefetch("organisation__memberships", queryset=current, to_attr="current_memberships")
    )
    for contact in found:
        yield _row(contact.organisation, contact)


def organisation_rows(organisations: QuerySet[Organisation]) -> Iterator[Sequence[object]]:
    """Yield each organisation as one row of `COLUMNS` per current contact, or one row if it has none."""
    found = organisations.prefetch_related(
        None  # drops the prefetch of the list page
    ).prefetch_related(
        Prefetch("contacts", queryset=Contact.objects.open(), to_attr="people"),
        Prefetch(
            "memberships",
            queryset=Membership.objects.current().select_related("network"),
            to_attr="current_memberships",
        ),
    )
    for organisation in found:
        people: Any = organisation.people  # prefetched above
        yield from (_row(organisation, contact) for contact in people or [None])


def _row(organisation: Organisation, contact: Contact | None) -> list[object]:
    """Return the cells of `COLUMNS`; those about a person are "" without a contact.

    Networks are the whole organisation's and the contact's own. Needs `current_memberships` prefetched.
    """
    networks = dict.fromkeys(
        membership.network.name
        for membership in organisation.current_memberships  # type: ignore[attr-defined]
        if membership.contact_id in (None, contact.pk if contact else None)
    )
    cells: list[object] = [
        organisation.name,
        organisation.get_kind_display(),
        organisation.speciality,
        organisation.get_school_authority_display(),
        organisation.street,
        organisation.postcode,
        organisation.place,
        "außerhalb" if organisation.is_outside_district else organisation.municipality or "",
    ]
    if contact:
        cells += [contact.get_salutation_display(), contact.title, contact.first_name, contact.last_name, contact.role]
        cells += [contact.email, "ja" if contact.is_shared_mailbox else "nein", contact.phone]
    else:
        cells += [""] * 8
    cells += ["; ".join(networks)]
    return cells + (["ja" if contact.gets_invitations else "nein", contact.note] if contact else ["", ""])
