"""/healthz, the address for monitoring: needs no login and shows no personal data."""

import os
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from common.models import Heartbeat
from mailroom.models import OutboxMail
from mailroom.services.fetching import INBOX_LIMIT
from netzwerk.celery import app

OLDEST_DUE_LIMIT = timedelta(minutes=10)


@never_cache
@require_safe
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Return the state of database, broker and mail as JSON; 503 when somebody has to act.

    That is when the database or the broker fails, a mail is due for more than ten minutes, or the mailbox was last read
    more than 30 minutes ago. `oldest_due_mail_seconds` and `last_inbox_fetch` are null if there is none.
    """
    report: dict[str, Any] = {"database": True, "broker": broker_is_writable()}
    oldest = inbox = None
    try:
        oldest, inbox = oldest_due(), Heartbeat.objects.of(Heartbeat.Kind.INBOX)
    except DatabaseError:
        report["database"] = False
    now = timezone.now()
    report["oldest_due_mail_seconds"] = int((now - oldest).total_seconds()) if oldest else None
    report["last_inbox_fetch"] = inbox.at.isoformat(timespec="seconds") if inbox else None
    is_late = oldest is not None and now - oldest > OLDEST_DUE_LIMIT
    is_unread = inbox is not None and now - inbox.at > INBOX_LIMIT
    is_well = report["database"] and report["broker"] and not is_late and not is_unread
    return JsonResponse({"status": "ok" if is_well else "error", **report}, status=200 if is_well else 503)


def oldest_due() -> datetime | None:
    """Return since when the longest-waiting mail is due, or None. Mails with a lapsed lease count as due."""
    waiting = OutboxMail.objects.due().order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    left_behind = OutboxMail.objects.lapsed().order_by("claimed_until").values_list("claimed_until", flat=True).first()
    return min(filter(None, (waiting, left_behind)), default=None)


def broker_is_writable() -> bool:
    """Return whether the broker accepts a task now; the attempt to connect has a timeout of two seconds."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        return os.access(settings.QUEUE_DIR / "messages", os.W_OK)
    try:
        with app.connection_for_write(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0.2, timeout=2)
    except (OperationalError, OSError):
        return False
    return True
