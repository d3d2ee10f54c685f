"""Celery tasks of partners."""

import os
import socket
import uuid

from celery import shared_task

from partners.services import imports


@shared_task(name="partners.work_imports")
def work_imports() -> None:
    """Process the waiting partner lists one after the other, unless another worker holds one.

    Sent after uploads, answers and „übernehmen“, and by the schedule.
    """
    worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    while imports.work(worker=worker):
        pass
