"""Suggest a correction for an address that mail does not reach, and apply it."""

from collections import Counter

from django.db import transaction
from rapidfuzz.distance import OSA

from common.folding import email_key
from mailroom.services import addresses
from partners.models import Contact
from partners.services import contacts
from team.models import User

# Common private mail providers; a slip of one letter in these domains is recognised without any colleague.
_PROVIDERS = (
    *("gmail.com", "googlemail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "outlook.de", "outlook.com"),
    *("hotmail.de", "hotmail.com", "freenet.de", "icloud.com", "yahoo.de", "posteo.de", "mailbox.org", "osnanet.de"),
)


class Outdated(ValueError):
    """The suggestion no longer holds: the address was changed meanwhile."""


def suggest(contact: Contact) -> str:
    """Return the address that the contact probably has, or "" without a good guess.

    It is the address with a mended slip, or with the domain of the contact's colleagues. An address that is known as
    broken is never suggested. Two queries.
    """
    colleagues = Contact.objects.open().filter(organisation=contact.organisation_id).exclude(pk=contact.pk)
    known = list(colleagues.exclude(email_folded="").values_list("email_folded", flat=True))
    found = suggestion(contact.email_folded, known)
    return "" if not found or addresses.broken([found]) else found


def suggestion(address: str, known: list[str]) -> str:
    """Return the suggestion for a folded address from folded addresses of the same organisation. Does no queries."""
    local, _, domain = address.rpartition("@")
    domains = Counter(other.rpartition("@")[2] for other in known)
    if not local or not domain or domain in _PROVIDERS:
        return ""
    near = [one for one in (*domains, *_PROVIDERS) if one != domain and OSA.distance(one, domain) == 1]
    if len(set(near)) == 1 and domain not in domains:
        return f"{local}@{near[0]}"
    own = [one for one in domains if one not in _PROVIDERS]
    if len(own) == 1 and own[0] != domain:  # all colleagues have moved to another domain
        return f"{local}@{own[0]}"
    return ""


@transaction.atomic
def take_over(contact: Contact, address: str, *, by: User) -> None:
    """Save the suggested address of a contact, under the lock of the contact's row.

    Raise Outdated when this address is no longer suggested.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if not address or email_key(address) != suggest(contact):
        raise Outdated
    contact.email = address
    contact.version += 1
    contacts.change(contact, fields=["E-Mail"], by=by)
