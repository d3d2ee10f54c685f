"""Check and parse mail addresses as an SMTP envelope can carry them."""

from email import utils
from email.headerregistry import Address
from functools import lru_cache

from django.core.exceptions import ValidationError

from common.folding import ascii_domain

_LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3: a path of 256 with its angle brackets


@lru_cache(maxsize=256)  # one mail asks for the same address three times
def mailbox(text: str) -> Address:
    """Parse „Name <post@ämter.example>“ or a plain address; return it with the domain in ASCII form.

    Raise ValueError for an address that no envelope can carry, and for none or more than one.
    """
    (name, address), *more = utils.getaddresses([text]) or [("", "")]
    local, _, domain = address.rpartition("@")
    domain = ascii_domain(domain)
    is_fit = local and domain and f"{local}{domain}".isascii() and f"{local}{domain}".isprintable()
    if more or not is_fit or set(f"{local}{domain}") & set(' "<>()[],;:\\@') or not text.isprintable():
        raise ValueError("not an address for an envelope")
    if len(f"{local}@{domain}") > _LONGEST_ADDRESS:
        raise ValueError("too long for an envelope")
    return Address(name, local, domain)


def validate_reachable(address: str) -> None:
    """Raise ValidationError for an address that `EmailField` accepts but our mail cannot reach (a validator)."""
    try:
        mailbox(address)
    except ValueError:
        raise ValidationError(
            "An diese E-Mail-Adresse können wir keine Mails schicken. Bitte nehmen Sie eine übliche Adresse "
            "wie name@schule.example, ohne Anführungszeichen und Klammern.",
            code="unreachable",
        ) from None
