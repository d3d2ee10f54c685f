"""What the worker does for the outbox."""

from celery import shared_task

from mailroom.services import delivery


@shared_task(name="mailroom.deliver")
def deliver() -> None:
    """Send everything that is due. Beat calls it every ten seconds, a queued mail at once."""
    delivery.deliver_all()
