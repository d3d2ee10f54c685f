"""Load the stored partners into dictionaries, with a number of queries that does not grow with the list."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone

from mailroom.models import Address
from partners.models import Contact, HeadingAlias, ImportRow, Membership, NetworkAlias, Organisation
from partners.services.partner_list.cells import has_lost_letters, same_name
from partners.services.partner_list.networks import NetworkNames
from partners.services.partner_list.places import Location, Places
from regions.models import Municipality, Network


@dataclass(frozen=True, slots=True)
class Decided:
    """The team's earlier decision about an identical row, which has been carried out.

    `doubts` are those that the row had then, `contact` the one that it led to, if any.
    """

    decision: str
    doubts: frozenset[str]
    contact: int | None


@dataclass(slots=True)
class Catalogue:
    """Organisations, contacts (open and ended apart), memberships, networks, municipalities and earlier answers.

    Keys: `by_key` match_key of the organisation; `by_place` place_key or postcode; `people` and `left` (ended, latest
    first) the organisation; `of_organisation` and `of_contact` → networks; `addresses` only those that get no mail;
    `decided` the fingerprint.
    """

    places: Places
    network_names: NetworkNames
    short_names: dict[int, str]
    heading_aliases: dict[str, str]
    organisations: dict[int, Organisation] = field(default_factory=dict)
    by_key: dict[str, list[Organisation]] = field(default_factory=dict)
    by_place: dict[str, list[Organisation]] = field(default_factory=dict)
    with_lost_letters: list[Organisation] = field(default_factory=list)
    locations: dict[int, Location] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    by_email: dict[str, list[Contact]] = field(default_factory=dict)
    people: dict[int, list[Contact]] = field(default_factory=dict)
    left_by_email: dict[str, list[Contact]] = field(default_factory=dict)
    left: dict[int, list[Contact]] = field(default_factory=dict)
    of_organisation: dict[int, set[int]] = field(default_factory=dict)
    of_contact: dict[int, set[int]] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    decided: dict[str, Decided] = field(default_factory=dict)

    def near(self, location: Location) -> list[Organisation]:
        """Return the organisations at this place or with this postcode."""
        found = self.by_place.get(location.place, []) + self.by_place.get(location.postcode, [])
        return list({organisation.pk: organisation for organisation in found}.values())

    def networks_of(self, contact: Contact) -> set[int]:
        """Return the networks that a contact, or as a whole their organisation, belongs to now or later."""
        own = self.of_contact.get(contact.pk, set())
        return own | self.of_organisation.get(contact.organisation_id, set())

    def person(self, organisation: int, full_name: str) -> list[Contact]:
        """Return the open contacts of this name at an organisation."""
        return [contact for contact in self.people.get(organisation, []) if same_name(contact.full_name, full_name)]

    def former_person(self, organisation: int, full_name: str) -> list[Contact]:
        """Return the contacts of this name who have left an organisation."""
        return [contact for contact in self.left.get(organisation, []) if same_name(contact.full_name, full_name)]


def load() -> Catalogue:
    """Load the whole catalogue from the database; `network_names` knows only active networks. Locks nothing."""
    networks = list(Network.objects.active())
    aliases = NetworkAlias.objects.prefetch_related("networks")
    catalogue = Catalogue(
        places=Places.of(Municipality.objects.all()),
        network_names=NetworkNames.of(networks, aliases),
        short_names=dict(Network.objects.values_list("pk", "short_name")),
        heading_aliases=dict(HeadingAlias.objects.values_list("key", "field")),
        addresses={
            address.key: address
            for address in Address.objects.filter(state__in=[Address.State.HARD, Address.State.STOPPED])
        },
        decided=_decided(),
    )
    _add_organisations(catalogue, Organisation.objects.order_by("pk").iterator(2000))
    _add_contacts(catalogue)
    for organisation, contact_id, network in lasting_memberships().values_list("organisation", "contact", "network"):
        if contact_id is None:
            catalogue.of_organisation.setdefault(organisation, set()).add(network)
        else:
            catalogue.of_contact.setdefault(contact_id, set()).add(network)
    return catalogue


def lasting_memberships() -> QuerySet[Membership]:
    """Return the memberships of any kind that are in force or begin later; a list adds nothing to them."""
    return Membership.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate()))


def _add_organisations(catalogue: Catalogue, organisations: Iterable[Organisation]) -> None:
    for organisation in organisations:
        location = catalogue.places.location(organisation.postcode, organisation.place)
        catalogue.organisations[organisation.pk] = organisation
        catalogue.locations[organisation.pk] = location
        catalogue.by_key.setdefault(organisation.match_key, []).append(organisation)
        for key in {location.place, location.postcode} - {""}:
            catalogue.by_place.setdefault(key, []).append(organisation)
        if has_lost_letters(organisation.name):
            catalogue.with_lost_letters.append(organisation)


def _add_contacts(catalogue: Catalogue) -> None:
    """Index the open contacts by key, organisation and address, and the ended ones, latest first, by the last two."""
    for contact in Contact.objects.open().order_by("pk").iterator(2000):
        catalogue.contacts[contact.pk] = contact
        catalogue.people.setdefault(contact.organisation_id, []).append(contact)
        if contact.email_folded:
            catalogue.by_email.setdefault(contact.email_folded, []).append(contact)
    for contact in Contact.objects.ended().order_by("-ended_on", "pk").iterator(2000):
        catalogue.left.setdefault(contact.organisation_id, []).append(contact)
        if contact.email_folded:
            catalogue.left_by_email.setdefault(contact.email_folded, []).append(contact)


def _decided() -> dict[str, Decided]:
    """Return fingerprint → the latest decision that was carried out."""
    R = ImportRow.Result
    rows = (
        ImportRow.objects.exclude(decision="")
        .filter(result__in=[R.CREATED, R.UPDATED, R.UNCHANGED, R.LEFT_OUT])
        .order_by("pk")
        .values_list("fingerprint", "decision", "doubts", "contact")
    )
    return {
        fingerprint: Decided(decision, frozenset(doubts), contact)
        for fingerprint, decision, doubts, contact in rows.iterator(2000)
    }
