"""Claim import jobs for workers: one import at a time, with a lease that each step renews."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from partners.models import ImportJob


class LostClaim(Exception):
    """Another worker has the job, or the team ended it; the transaction of the failed write rolls back."""


def lease_ends() -> datetime:
    """Return when the lease of a claim made or renewed now ends."""
    return timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def take(worker: str) -> ImportJob | None:
    """Claim the oldest waiting job; return None when there is none or a worker holds one.

    Exactly one worker wins; its attempt is counted. One import at a time leaves the other workers free for the mail.
    The job comes without the bytes of its file.
    """
    pending = ImportJob.objects.pending()
    if not pending.unclaimed().exists():
        return None
    with transaction.atomic():
        list(pending.order_by("pk").select_for_update().values("pk"))  # concurrent claims wait here
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
    """One worker's claim on one job, as long as the job stays in the state that `job` had when the claim was made.

    Each write raises LostClaim once another worker has the job or its state was changed.
    """

    def __init__(self, job: ImportJob, worker: str) -> None:
        self.job = job
        self.worker = worker
        self.renewed_at = timezone.now()

    def confirm(self, **values: object) -> None:
        """Renew the lease and write these values of the job.

        Raise `LostClaim` when the worker no longer holds the job in this state. A lease that has run out is renewed as
        long as nobody else has claimed the job.
        """
        self.renewed_at = timezone.now()
        if not self._mine().update(claimed_until=lease_ends(), updated_at=timezone.now(), **values):
            raise LostClaim(f"{self.job.pk} {self.worker}")

    def beat(self) -> None:
        """Renew the lease when a third of it has passed; called during long computations. Raise `LostClaim`."""
        if timezone.now() - self.renewed_at > timedelta(seconds=settings.IMPORT_LEASE_SECONDS / 3):
            self.confirm()

    def finish(self, *, state: str, **values: object) -> None:
        """Move the job to its next state, write these values and release the job. Raise `LostClaim`."""
        self.confirm(state=state, **values)
        ImportJob.objects.filter(pk=self.job.pk, claimed_by=self.worker).update(
            claimed_by="", claimed_until=None, attempts=0
        )

    def _mine(self) -> QuerySet[ImportJob]:
        return ImportJob.objects.filter(pk=self.job.pk, claimed_by=self.worker, state=self.job.state)
