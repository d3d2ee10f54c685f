"""Who works on which job: one import at a time, claimed with a lease that each step renews."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from partners.models import ImportJob


class LostClaim(Exception):
    """Another worker has the job, or the team put an end to it; what this one was about to write is undone."""


def lease_ends() -> datetime:
    """Until when a claim made or renewed now holds."""
    return timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def take(worker: str) -> ImportJob | None:
    """Claim the oldest job that has work; None when there is none, or while any worker holds one.

    Exactly one worker wins, and one import at a time leaves the other workers to the mail.
    """
    pending = ImportJob.objects.pending()
    if not pending.unclaimed().exists():
        return None
    with transaction.atomic():
        list(pending.order_by("pk").select_for_update().values("pk"))  # who claims at the same time waits here
        if pending.claimed().exists():
            return None
        pk = pending.values_list("pk", flat=True).first()
        if pk is None:
            return None
        pending.filter(pk=pk).update(
            claimed_by=worker, claimed_until=lease_ends(), attempts=F("attempts") + 1, updated_at=timezone.now()
        )
    return ImportJob.objects.without_content().select_related("by", "applied_by").get(pk=pk)


class Claim:
    """One worker's hold on one job in one state."""

    def __init__(self, job: ImportJob, worker: str) -> None:
        self.job = job
        self.worker = worker
        self.renewed_at = timezone.now()

    def confirm(self, **values: object) -> None:
        """Renew the lease and write values of the job. Raises `LostClaim`, which rolls the transaction back."""
        self.renewed_at = timezone.now()
        if not self._mine().update(claimed_until=lease_ends(), updated_at=timezone.now(), **values):
            raise LostClaim(f"{self.job.pk} {self.worker}")

    def beat(self) -> None:
        """Renew the lease when a third of it has passed; for long computing."""
        if timezone.now() - self.renewed_at > timedelta(seconds=settings.IMPORT_LEASE_SECONDS / 3):
            self.confirm()

    def finish(self, *, state: str, **values: object) -> None:
        """Let go of the job in its next state."""
        self.confirm(state=state, **values)
        ImportJob.objects.filter(pk=self.job.pk, claimed_by=self.worker).update(
            claimed_by="", claimed_until=None, attempts=0
        )

    def _mine(self) -> QuerySet[ImportJob]:
        return ImportJob.objects.filter(pk=self.job.pk, claimed_by=self.worker, state=self.job.state)
