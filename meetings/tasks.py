"""What happens when nobody clicks."""

from celery import shared_task

from meetings.services import writing


@shared_task(name="meetings.render")
def render() -> None:
    """Write the mails of acts that wait for it; nudged by large acts, looked after by beat."""
    writing.render_due()
