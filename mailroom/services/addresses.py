"""What is known about addresses; read by partners and meetings."""

from collections.abc import Iterable

from mailroom.models import Address


def states(keys: Iterable[str]) -> dict[str, Address]:
    """By folded address (`common.folding.email_key`), in one query; an address that is not in it is in order."""
    wanted = {key for key in keys if key}
    return {address.key: address for address in Address.objects.filter(key__in=wanted)} if wanted else {}
