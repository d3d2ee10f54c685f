"""What happens when nobody clicks."""

import os
import socket
import uuid

from celery import shared_task

from partners.services import imports


@shared_task(name="partners.work_imports")
def work_imports() -> None:
    """Work off every partner list that waits; nudged by uploads, swept by beat."""
    worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    while imports.work(worker=worker):
        pass
