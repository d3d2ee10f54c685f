"""State of mail addresses and their stop links. Other apps read and change it through this module."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from common.addresses import mailbox
from common.folding import email_key
from mailroom.mail_text import storable
from mailroom.models import Address
from team.models import User
from team.services import activity

_State = Address.State
_STOPPED = "über den Abmelde-Link"
_CHUNK = 500  # values in one IN


def states(keys: Iterable[str]) -> dict[str, Address]:
    """Return the known addresses by folded address (`common.folding.email_key`), in one query.

    An address that is missing in the result is in order.
    """
    wanted = {key for key in keys if key}
    return {address.key: address for address in Address.objects.filter(key__in=wanted)} if wanted else {}


def broken(keys: Iterable[str]) -> set[str]:
    """Return those of these folded addresses that are undeliverable (state HARD), in one query."""
    wanted = {key for key in keys if key}
    hard = Address.objects.filter(key__in=wanted, state=_State.HARD)
    return set(hard.values_list("key", flat=True)) if wanted else set()


def stop_tokens(emails: Iterable[str]) -> dict[str, str]:
    """Return the token of each address's stop link by folded address; create the missing tokens and addresses.

    Takes one query per 500 addresses when every address has its token, and a few more when some are missing. With
    many thousand new addresses, do not call it in a transaction that must stay short.
    """
    keys = sorted({key for email in emails if (key := email_key(email))})
    tokens = _tokens(keys)
    if len(tokens) < len(keys):
        missing = [key for key in keys if key not in tokens]
        Address.objects.bulk_create(
            [Address(key=key, stop_token=_new_token()) for key in missing], batch_size=_CHUNK, ignore_conflicts=True
        )
        for start in range(0, len(missing), _CHUNK):
            bare = Address.objects.filter(key__in=missing[start : start + _CHUNK], stop_token=None)
            for pk in bare.values_list("pk", flat=True):  # a row without a token; the first writer wins
                Address.objects.filter(pk=pk, stop_token=None).update(
                    stop_token=_new_token(), updated_at=timezone.now()
                )
        tokens |= _tokens(missing)
    return tokens


def stop_token(email: str) -> str:
    """Return the token of this address's stop link, "" when it has none; one query."""
    known = Address.objects.filter(key=email_key(email)).values_list("stop_token", flat=True)
    return next(iter(known), None) or ""


@transaction.atomic
def stop(address: Address) -> None:
    """Stop invitations to this address and record the activity. Called when its owner uses the stop link.

    An undeliverable address stays marked as undeliverable and keeps the time of the stop beside it. Idempotent.
    """
    now = timezone.now()
    rows = Address.objects.filter(pk=address.pk, stopped_at=None)
    changed = rows.filter(state=_State.HARD).update(stopped_at=now, updated_at=now)
    changed = changed or rows.exclude(state__in=[_State.STOPPED, _State.HARD]).update(
        state=_State.STOPPED, reason=_STOPPED, since=now, stopped_at=now, updated_at=now
    )
    if changed:
        activity.record("Über den Link in der Mail von Einladungen abgemeldet", by=None, about=[address])


@transaction.atomic
def resume(address: Address) -> None:
    """Revoke the owner's stop of this address and record the activity. Changes nothing when there is no stop.

    An undeliverable address stays undeliverable.
    """
    now = timezone.now()
    rows = Address.objects.filter(pk=address.pk)
    changed = rows.filter(state=_State.STOPPED).update(
        state=_State.OK, reason="", since=now, stopped_at=None, updated_at=now
    )
    changed = changed or rows.exclude(stopped_at=None).update(stopped_at=None, updated_at=now)
    if changed:
        activity.record("Über den Link in der Mail wieder zu Einladungen angemeldet", by=None, about=[address])


@transaction.atomic
def mark_usable(key: str, *, by: User, about: Iterable[Model] = ()) -> bool:
    """Mark a disturbed or undeliverable address as usable again; return False when it is neither.

    A stop by its owner stays in force. Locks the address and records the activity. Idempotent.
    """
    now = timezone.now()
    address = Address.objects.select_for_update().filter(key=key, state__in=[_State.HARD, _State.SOFT]).first()
    if address is None:
        return False
    state, reason = (_State.STOPPED, _STOPPED) if address.stopped_at else (_State.OK, "")
    Address.objects.filter(pk=address.pk).update(state=state, reason=reason, since=now, updated_at=now)
    activity.record(f"hat die Adresse {key} wieder freigegeben", by=by, about=[address, *about])
    return True


def clear_disturbance(email: str, *, at: datetime) -> None:
    """Clear a temporary disturbance noted before `at`, the instant at which a mail came from or reached the address.

    An undeliverable address stays so: a person who can send from it may still be unable to receive.
    """
    if key := storable(email_key(email)):
        now = timezone.now()
        disturbed = Address.objects.filter(key=key, state=_State.SOFT, since__lt=at)
        disturbed.update(state=_State.OK, reason="", since=now, updated_at=now)


def _tokens(keys: list[str]) -> dict[str, str]:
    """Return the existing tokens by folded address, with one query per 500 addresses."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), _CHUNK):
        known = Address.objects.filter(key__in=keys[start : start + _CHUNK]).exclude(stop_token=None)
        found |= {key: token or "" for key, token in known.values_list("key", "stop_token")}
    return found


def _new_token() -> str:
    return secrets.token_urlsafe(16)  # 128 bits, 22 characters


def tagged(tag: str) -> str:
    """Return INBOX_ADDRESS with `+tag` before the @ if INBOX_PLUS_ADDRESSING is on, else unchanged."""
    local, domain = _split_address(settings.INBOX_ADDRESS)
    return f"{local}+{tag}@{domain}" if settings.INBOX_PLUS_ADDRESSING else f"{local}@{domain}"


@lru_cache(maxsize=8)
def _split_address(address: str) -> tuple[str, str]:
    """Return local part and domain of an address."""
    found = mailbox(address)
    return found.username, found.domain
