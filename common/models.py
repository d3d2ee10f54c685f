"""Base models without domain words, and the record of when automatic jobs last ran."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone


class TimeStamped(models.Model):
    """The times at which a row was created and last saved, in UTC."""

    created_at = models.DateTimeField("angelegt", auto_now_add=True)
    updated_at = models.DateTimeField("geändert", auto_now=True)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that two people may edit at once; `common.locking` compares its version."""

    version = models.PositiveIntegerField("Fassung", default=1, editable=False)

    class Meta:
        abstract = True


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Queries over heartbeats; there is one row per kind."""

    def of(self, kind: str) -> "Heartbeat | None":
        """Return the heartbeat of that kind, or None if there has never been one."""
        return self.filter(kind=kind).first()

    def note(self, kind: str, *, at_most_every: timedelta = timedelta(0), **detail: Any) -> None:
        """Record that the kind happens now, with one upsert.

        With `at_most_every`, skip the write (one query only) if it was recorded within that time.
        """
        now = timezone.now()
        if at_most_every and self.filter(kind=kind, at__gt=now - at_most_every, at__lte=now).exists():
            return
        sign = self.model(kind=kind, at=now, detail=detail)
        self.bulk_create([sign], update_conflicts=True, unique_fields=["kind"], update_fields=["at", "detail"])


class Heartbeat(models.Model):
    """The last time of something automatic that nobody would miss until it is needed; no personal data."""

    class Kind(models.TextChoices):
        BEAT = "beat", "Zeitplan"
        WORKER = "worker", "Worker"
        BACKUP = "backup", "Sicherung"
        INBOX = "inbox", "Abruf des Postfachs"

    kind = models.CharField("was", max_length=20, choices=Kind.choices, unique=True)
    at = models.DateTimeField("zuletzt")
    detail = models.JSONField("Angaben", default=dict)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = "Lebenszeichen"
        verbose_name_plural = "Lebenszeichen"
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.get_kind_display()
