"""One decision about many meetings."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from common.models import TimeStamped
from meetings.enums import BulkKind
from meetings.models.meetings import Meeting


class BulkAct(TimeStamped):
    """Many meetings called off, postponed, moved online or back, or handed over, as one decision.

    Its mails are the acts of sending that point at it; they are released together when the last one is written.
    """

    class State(models.TextChoices):
        RENDERING = "rendering", "wird vorbereitet"
        RELEASED = "released", "freigegeben"
        STOPPED = "stopped", "angehalten"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("Was", max_length=15, choices=BulkKind.choices)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.RENDERING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="entschieden von"
    )
    word = models.TextField("Persönliches Wort", blank=True)
    leaves_at = models.DateTimeField("geht auf den Weg", null=True, blank=True)  # end of the undo window
    stopped_at = models.DateTimeField("angehalten", null=True, blank=True)
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
        return reverse("desk:bulk_act", args=[self.pk])

    @property
    def taken_back_by(self) -> "BulkAct | None":
        """The act that took it back, and was not stopped itself; one query."""
        found: BulkAct | None = self.successors.exclude(state=self.State.STOPPED).first()
        return found


class BulkItem(models.Model):
    """What one decision did to one meeting; `put_back` is what stopping or taking back gives back."""

    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="items", verbose_name="Sammelaktion")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="bulk_items", verbose_name="Treffen")
    sentence = models.CharField("Ergebnis", max_length=300, blank=True)
    put_back: Any = models.JSONField(null=True, blank=True, editable=False)  # null: nothing was changed

    class Meta:
        verbose_name = "Treffen einer Sammelaktion"
        verbose_name_plural = "Treffen einer Sammelaktion"
        ordering = ["meeting__starts_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["act", "meeting"], name="bulk_item_once")]

    def __str__(self) -> str:
        return f"{self.act}: {self.meeting}"
