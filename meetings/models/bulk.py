"""One decision about many meetings."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse

from common.models import TimeStamped
from mailroom.models import Act
from meetings.enums import BulkKind
from meetings.models.meetings import Meeting


class BulkAct(TimeStamped):
    """Many meetings called off, postponed, moved online or back, or handed over, as one decision.

    Its `act` holds the acts of sending about each meeting: they have one window and are released together.
    Both have the same key.
    """

    State = Act.State

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.OneToOneField(Act, models.PROTECT, related_name="+", verbose_name="Sendung")
    kind = models.CharField("Was", max_length=15, choices=BulkKind.choices)
    takes_back = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="successors", verbose_name="nimmt zurück"
    )

    class Meta:
        verbose_name = "Sammelaktion"
        verbose_name_plural = "Sammelaktionen"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at"], name="bulk_newest")]

    def __str__(self) -> str:
        return self.get_kind_display()

    def get_absolute_url(self) -> str:
        return reverse("meetings:bulk_act", args=[self.pk])

    @property
    def state(self) -> str:
        """Where its act stands. Reads `act`."""
        return self.act.state

    @property
    def leaves_at(self) -> datetime | None:
        """When its window to stop ends. Reads `act`."""
        return self.act.leaves_at

    @property
    def taken_back_by(self) -> "BulkAct | None":
        """The act that took it back, and was not stopped itself; one query."""
        found: BulkAct | None = self.successors.exclude(act__state=Act.State.STOPPED).first()
        return found


class BulkItem(models.Model):
    """What one decision did to one meeting; `undo_record` is what stopping or taking back restores."""

    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="items", verbose_name="Sammelaktion")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="bulk_items", verbose_name="Treffen")
    sentence = models.CharField("Ergebnis", max_length=300, blank=True)
    undo_record: Any = models.JSONField(null=True, blank=True, editable=False)  # null: nothing was changed

    class Meta:
        verbose_name = "Treffen einer Sammelaktion"
        verbose_name_plural = "Treffen einer Sammelaktion"
        ordering = ["meeting__starts_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["act", "meeting"], name="bulk_item_once")]

    def __str__(self) -> str:
        return f"{self.act}: {self.meeting}"
