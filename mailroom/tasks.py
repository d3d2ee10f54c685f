"""What the worker does for the outbox and the inbox."""

import logging

from celery import shared_task

from mailroom.mailboxes import Unreachable
from mailroom.services import delivery, fetching

logger = logging.getLogger(__name__)


@shared_task(name="mailroom.deliver")
def deliver() -> None:
    """Send everything that is due. Beat calls it every ten seconds, a queued mail at once."""
    delivery.deliver_all()


@shared_task(name="mailroom.fetch")
def fetch() -> None:
    """Read the mailbox once. Beat calls it each minute; two at once are harmless."""
    try:
        fetching.fetch()
    except Unreachable as error:
        logger.error("the mailbox cannot be read: %s", type(error.__cause__ or error).__name__)
