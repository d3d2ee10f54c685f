"""What the worker does for outbox and inbox."""

import logging

from celery import shared_task

from mailroom.mailbox_types import Misconfigured, Unreachable
from mailroom.services import delivery, fetching
from mailroom.services.acts import write as writing

logger = logging.getLogger(__name__)
SECONDS = 45  # the rest is left to the next minute, so that no two runs of one mailbox hold all workers


@shared_task(name="mailroom.deliver")
def deliver() -> None:
    """Send everything that is due. Beat calls it every ten seconds, a queued mail at once."""
    delivery.deliver_all()


@shared_task(name="mailroom.write")
def write() -> None:
    """Write the mails of acts that wait for it; nudged by large acts, looked after by beat."""
    writing.write_due()


@shared_task(name="mailroom.fetch")
def fetch() -> None:
    """Read the mailbox. Beat calls it each minute; two at once are harmless."""
    try:
        report = fetching.fetch(seconds=SECONDS)
    except (Misconfigured, Unreachable) as error:
        logger.warning("the mailbox was not read: %s", error.text)
    else:
        if not report.is_empty:
            logger.info("the mailbox was read: %s", report)
