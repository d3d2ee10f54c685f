"""Add data to the contacts or organisations of a page, with one query per page."""

from collections.abc import Iterable

from django.db.models import Count

from mailroom.models import Address
from mailroom.services import addresses
from partners.models import Contact, Organisation


def with_address_states(contacts: Iterable[Contact]) -> list[Contact]:
    """Return the contacts with `address` and `address_state` set. One query.

    `address` is the mailroom's row, None when it has none. `address_state` is its problem in German (disturbed,
    undeliverable or stopped by its owner); it stays "" without one.
    """
    found = list(contacts)
    known = addresses.states(contact.email_folded for contact in found)
    for contact in found:
        address = known.get(contact.email_folded)
        if address and address.state != Address.State.OK:
            contact.address_state = address.get_state_display()
        contact.address = address
    return found


def attach_open_contacts(organisations: Iterable[Organisation]) -> list[Organisation]:
    """Return the organisations with `open_contacts` set. One query.

    It is the number of people who hold a post there today (local date).
    """
    found = list(organisations)
    counts = dict(
        Contact.objects.open()
        .filter(organisation__in=found)
        .order_by()
        .values_list("organisation")
        .annotate(Count("pk"))
    )
    for organisation in found:
        organisation.open_contacts = counts.get(organisation.pk, 0)
    return found
