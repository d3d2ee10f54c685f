"""Celery tasks of the outbox and the inbox."""

import logging

from celery import shared_task

from mailroom.mailbox_types import Misconfigured, Unreachable
from mailroom.services import delivery, fetching
from mailroom.services.acts import write as writing

logger = logging.getLogger(__name__)
SECONDS = 45  # less than the minute between two runs, so that runs for one mailbox do not occupy all workers


@shared_task(name="mailroom.deliver")
def deliver() -> None:
    """Send batches until no mail is due or none can be claimed; send none while the outbox pauses after an alarm.

    Called by beat every ten seconds, and at once when mails are queued (`outbox.nudge`).
    """
    delivery.deliver_all()


@shared_task(name="mailroom.write")
def write() -> None:
    """Write the mails of all acts that are not written yet. Called by large acts when they start, and by beat."""
    writing.write_due()


@shared_task(name="mailroom.fetch")
def fetch() -> None:
    """Read the mailbox for up to SECONDS. Beat calls this every minute; concurrent runs are safe.

    Logs a warning when the mailbox is misconfigured or unreachable.
    """
    try:
        report = fetching.fetch(seconds=SECONDS)
    except (Misconfigured, Unreachable) as error:
        logger.warning("the mailbox was not read: %s", error.text)
    else:
        if not report.is_empty:
            logger.info("the mailbox was read: %s", report)
