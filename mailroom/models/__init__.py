"""Outgoing and incoming mails, acts, and the state of addresses. These models know nothing about meetings."""

from mailroom.models.acts import Act, ActItem, ActQuerySet
from mailroom.models.addresses import Address, Connection
from mailroom.models.inbox import InboxMail, InboxQuerySet
from mailroom.models.outbox import (
    GIVE_UP_AFTER,
    HANDED_OVER_AT_MOST,
    OutboxMail,
    OutboxQuerySet,
    two_days_from_now,
)

__all__ = [
    "GIVE_UP_AFTER",
    "HANDED_OVER_AT_MOST",
    "Act",
    "ActItem",
    "ActQuerySet",
    "Address",
    "Connection",
    "InboxMail",
    "InboxQuerySet",
    "OutboxMail",
    "OutboxQuerySet",
    "two_days_from_now",
]
