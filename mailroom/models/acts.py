"""Models of an act: one decision to mail to many recipients, and one item per mail."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from common.db.fields import FoldedField
from common.folding import search_key
from common.models import TimeStamped


class ActQuerySet(models.QuerySet["Act"]):
    """Queries for acts."""

    def about(self, *rows: models.Model) -> "ActQuerySet":
        """Return the acts about one of these rows, which are all of one model."""
        kinds = {row._meta.label_lower for row in rows}
        return self.filter(about_kind__in=kinds, about_key__in=[str(row.pk) for row in rows])

    def rendering(self) -> "ActQuerySet":
        """Return the acts whose mails are being written."""
        return self.filter(state=Act.State.RENDERING)

    def not_stopped(self) -> "ActQuerySet":
        """Return the acts that are not stopped."""
        return self.exclude(state=Act.State.STOPPED)


class Act(TimeStamped):
    """One decision to mail to many: first all mails are rendered, then the window to stop runs, then they leave.

    `writer` names the class that writes the mails (ACT_WRITERS). An act of kind MANY has no mails of its own. Its parts
    point at it as their `parent`: they share one window, are released together and are stopped together.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", "Einladung"
        REMINDER = "reminder", "Erinnerung"
        UPDATE = "update", "Änderung"
        CANCELLATION = "cancellation", "Absage"
        WITHDRAWAL = "withdrawal", "Rücknahme der Einladung"
        LETTER = "letter", "Rundmail"
        MANY = "many", "Sammelaktion"

    class State(models.TextChoices):
        RENDERING = "rendering", "wird vorbereitet"
        RELEASED = "released", "freigegeben"
        STOPPED = "stopped", "angehalten"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("Art", max_length=15, choices=Kind.choices)
    writer = models.CharField("geschrieben von", max_length=40, editable=False)
    # The row that the act is about, named as in `team.ActivityTarget`; no foreign key, since mailroom must not depend
    # on the apps above it.
    about_kind = models.CharField(max_length=100, blank=True, default="", editable=False)
    about_key = models.CharField(max_length=40, blank=True, default="", editable=False)
    about_url = models.CharField(max_length=300, blank=True, default="", editable=False)
    about_label = models.CharField("worum es geht", max_length=300, blank=True, default="")
    search_text = FoldedField(sources=("about_label",), fold=search_key)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="entschieden von"
    )
    word = models.TextField("Persönliches Wort", blank=True, default="")
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.RENDERING)
    total = models.PositiveIntegerField("Mails", default=0)
    leaves_at = models.DateTimeField("geht auf den Weg", null=True, blank=True)  # end of the window to stop
    stopped_at = models.DateTimeField("angehalten", null=True, blank=True)
    outcome = models.TextField(
        "was das Anhalten ergab", blank=True, default=""
    )  # the writer's sentence instead of the default
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="Teil von"
    )
    # Data of the writer: the state that a stop restores, and the content of the mails (its `subject` is displayed).
    undo_record: Any = models.JSONField(default=dict, blank=True, editable=False)
    content: Any = models.JSONField(default=dict, blank=True, editable=False)
    # The page on which the act was composed and the data posted there (`mailroom.forms.composed_on`).
    composed: Any = models.JSONField(null=True, blank=True, default=None, editable=False)

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = "Sendung"
        verbose_name_plural = "Sendungen"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["about_key", "about_kind"], name="act_about")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about_label}"

    def get_absolute_url(self) -> str:
        return reverse("mailroom:act", args=[self.pk])

    @property
    def heading(self) -> str:
        """German heading with kind, subject of a letter and number of recipients, e.g. „Einladung an 12 Personen“.

        For an act that holds others: „Sammelaktion: “ and the label.
        """
        if self.holds_others:
            return f"Sammelaktion: {self.about_label}"
        subject = f" „{self.content['subject']}“" if self.content.get("subject") else ""
        return f"{self.get_kind_display()}{subject} an {self.total} {'Person' if self.total == 1 else 'Personen'}"

    @property
    def holds_others(self) -> bool:
        """Whether the act has parts instead of mails of its own."""
        return self.kind == self.Kind.MANY

    @property
    def is_stopped(self) -> bool:
        """Whether the act has been stopped."""
        return self.state == self.State.STOPPED

    @property
    def can_be_stopped(self) -> bool:
        """Whether no mail of the act may have left yet: it is being written, or its window is open.

        Also true for a part, which `stop_act` stops only with its parent.
        """
        if self.state == self.State.RELEASED:
            return self.leaves_at is not None and timezone.now() < self.leaves_at
        return self.state == self.State.RENDERING


class ActItem(models.Model):
    """One mail that an act has to write. Workers claim items in batches, with a lease."""

    act = models.ForeignKey(Act, models.CASCADE, related_name="items", verbose_name="Sendung")
    recipient = models.CharField("Empfänger", max_length=40)  # a key that the writer understands
    lane = models.CharField(max_length=40, blank=True, default="")  # of the outbox
    claimed_by = models.CharField(max_length=40, blank=True, default="")
    claimed_until = models.DateTimeField(null=True, blank=True)
    rendered_at = models.DateTimeField("geschrieben", null=True, blank=True)
    problem = models.CharField("Hindernis", max_length=300, blank=True, default="")
    memo = models.PositiveIntegerField(null=True, blank=True)  # set by the writer, to undo this one mail

    class Meta:
        verbose_name = "Mail einer Sendung"
        verbose_name_plural = "Mails einer Sendung"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["act", "recipient"], name="act_item_once")]
        indexes = [
            models.Index(fields=["act", "rendered_at"], name="act_item_open"),
            models.Index(fields=["lane"], name="act_item_lane"),
        ]

    def __str__(self) -> str:
        return f"{self.act_id} → {self.recipient}"
