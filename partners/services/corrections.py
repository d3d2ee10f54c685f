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
    """The address to be taken over is not, or no longer, the suggested one."""


def suggest(contact: Contact) -> str:
    """Return the address that the contact probably has, or "" without a good guess (see `suggestion`).

    It is guessed from the people who hold a post at the same organisation. An undeliverable address (state HARD in the
    mailroom) and the address of another person are never suggested. At most three queries.
    """
    colleagues = Contact.objects.open().filter(organisation=contact.organisation_id).exclude(pk=contact.pk)
    known = list(colleagues.exclude(email_folded="").values_list("email_folded", flat=True))
    found = suggestion(contact.email_folded, known)
    if not found or addresses.broken([found]):
        return ""
    others = Contact.objects.filter(email_folded=found, ended_on=None).exclude(pk=contact.pk)
    return "" if others.exists() else found


def suggestion(address: str, known: list[str]) -> str:
    """Return a folded address with its domain corrected, from folded addresses of its organisation, or "".

    A domain with one slip (a letter wrong, missing, too many or swapped) becomes the only one of the colleagues and of
    the private mail providers (`_PROVIDERS`) that is so near. Else it becomes the only one that the colleagues have,
    providers aside. An address at a provider, or at a domain that a colleague has, gets no suggestion. Does no queries.
    """
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
    """Save `address` as the contact's, under the lock of the contact's row, and record it in the log.

    Raise Outdated when it is empty or not what `suggest` returns now. The contact passed in stays as it was.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if not address or email_key(address) != suggest(contact):
        raise Outdated
    contact.email = address
    contact.version += 1
    contacts.change(contact, fields=["E-Mail"], by=by)
