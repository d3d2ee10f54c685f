"""An address that no mail reaches: what it may have been meant to be, and taking it over."""

from collections import Counter

from django.db import transaction
from rapidfuzz.distance import OSA

from common.folding import email_key
from mailroom.services import addresses
from partners.models import Contact
from partners.services import contacts
from team.models import User

# Where people keep their private mail; a slip of one letter in these is known without any colleague.
_PROVIDERS = (
    *("gmail.com", "googlemail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "outlook.de", "outlook.com"),
    *("hotmail.de", "hotmail.com", "freenet.de", "icloud.com", "yahoo.de", "posteo.de", "mailbox.org", "osnanet.de"),
)


class Outdated(ValueError):
    """The suggestion is none any more: somebody has changed the address meanwhile."""


def suggest(contact: Contact) -> str:
    """The address that she may have: a slip mended, or the domain that her colleagues have; "" without a good guess.

    Two queries. Never an address that is known as broken.
    """
    colleagues = Contact.objects.open().filter(organisation=contact.organisation_id).exclude(pk=contact.pk)
    known = list(colleagues.exclude(email_folded="").values_list("email_folded", flat=True))
    found = suggestion(contact.email_folded, known)
    return "" if not found or addresses.broken([found]) else found


def suggestion(address: str, known: list[str]) -> str:
    """The same for a folded address among folded ones of the same organisation. Touches no database."""
    local, _, domain = address.rpartition("@")
    domains = Counter(other.rpartition("@")[2] for other in known)
    if not local or not domain or domain in _PROVIDERS:
        return ""
    near = [one for one in (*domains, *_PROVIDERS) if one != domain and OSA.distance(one, domain) == 1]
    if len(set(near)) == 1 and domain not in domains:
        return f"{local}@{near[0]}"
    own = [one for one in domains if one not in _PROVIDERS]
    if len(own) == 1 and own[0] != domain:  # they have all moved
        return f"{local}@{own[0]}"
    return ""


@transaction.atomic
def take_over(contact: Contact, address: str, *, by: User) -> None:
    """Give her the suggested address. Raises Outdated when it is not suggested any more."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if not address or email_key(address) != suggest(contact):
        raise Outdated
    contact.email = address
    contact.version += 1
    contacts.change(contact, fields=["E-Mail"], by=by)
