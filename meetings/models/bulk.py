"""The models of one decision about many meetings."""

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
    """One decision that calls off, postpones, moves online or back, hands over or takes back many meetings.

    Its `act` is the parent of the acts about each meeting: they share one window to stop and are released together.
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
        """The state of the act. Reads `act`."""
        return self.act.state

    @property
    def leaves_at(self) -> datetime | None:
        """The instant (UTC) at which the window to stop ends. Reads `act`."""
        return self.act.leaves_at

    @property
    def taken_back_by(self) -> "BulkAct | None":
        """The decision that took this one back and was not stopped itself; None without one. One query."""
        found: BulkAct | None = self.successors.exclude(act__state=Act.State.STOPPED).first()
        return found


class BulkItem(models.Model):
    """The result of one decision for one meeting; stopping or taking back restores from `undo_record`."""

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
