"""Base models without domain words, and when things last happened that happen by themselves."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone


class TimeStamped(models.Model):
    """When a row was made and last written, UTC."""

    created_at = models.DateTimeField("angelegt", auto_now_add=True)
    updated_at = models.DateTimeField("geändert", auto_now=True)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that two people may edit at once; `common.locking` compares the version."""

    version = models.PositiveIntegerField("Fassung", default=1, editable=False)

    class Meta:
        abstract = True


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """One row per kind."""

    def of(self, kind: str) -> "Heartbeat | None":
        """The sign of that kind; None where there has never been one."""
        return self.filter(kind=kind).first()

    def note(self, kind: str, *, at_most_every: timedelta = timedelta(0), **detail: Any) -> None:
        """Write down that it happens now, one upsert; a look is all it costs where that was done a moment ago."""
        now = timezone.now()
        if at_most_every and self.filter(kind=kind, at__gt=now - at_most_every, at__lte=now).exists():
            return
        sign = self.model(kind=kind, at=now, detail=detail)
        self.bulk_create([sign], update_conflicts=True, unique_fields=["kind"], update_fields=["at", "detail"])


class Heartbeat(models.Model):
    """When something last happened that nobody would miss until it is needed; nothing about a person."""

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
