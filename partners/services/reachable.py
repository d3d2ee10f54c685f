"""Decide whether a contact can get a mail that goes to many."""

from common.addresses import mailbox
from mailroom.models import Address
from partners.models import Contact

NO_ADDRESS = "keine E-Mail-Adresse"
STOPPED = "möchte keine Einladungen"
BROKEN = "Adresse unzustellbar"
NOT_WANTED = "bekommt keine Einladungen"
UNFIT = "an diese Adresse lässt sich keine Mail schreiben"


def why_not_mailed(contact: Contact, address: Address | None) -> str:
    """Return the German reason why this contact gets no mail that goes to many, or "".

    `address` is the mailroom's row, None when it has none: then it is in order. The owner's stop (state STOPPED) comes
    first, then `gets_invitations`, then an undeliverable address (HARD); a disturbed one (SOFT) gets mails. The end of
    a post is not checked.
    """
    if not contact.email:
        return NO_ADDRESS
    if address and address.state == Address.State.STOPPED:
        return STOPPED
    if not contact.gets_invitations:
        return NOT_WANTED
    return BROKEN if address and address.state == Address.State.HARD else ""


def fits_envelope(email: str) -> bool:
    """Return whether an envelope can carry the address (`common.addresses.mailbox` accepts it)."""
    try:
        mailbox(email)
    except ValueError:
        return False
    return True


def same_person(contact: Contact) -> tuple[int | str, str]:
    """Return a key that is equal for two posts of one person: mailbox and name; without a mailbox, contact and name."""
    return contact.email_folded or contact.pk, contact.match_key
