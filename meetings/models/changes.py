"""The model of a change of the facts that invitees know, with the decision whether they are told."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from mailroom.models import Act
from meetings.enums import Decision
from meetings.models.facts import Facts
from meetings.models.meetings import Meeting


class ChangeQuerySet(models.QuerySet["Change"]):
    """The queries for changes."""

    def undecided(self) -> "ChangeQuerySet":
        """Filter changes without a decision whether the invitees are told."""
        return self.filter(decision=Decision.OPEN)


class Change(models.Model):
    """The facts of a meeting before one change; `number` is the meeting's `facts_version` after it."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="changes", verbose_name="Treffen")
    number = models.PositiveIntegerField("Nummer")
    before = models.JSONField("vorher")
    sequence_before = models.PositiveIntegerField()
    at = models.DateTimeField("geändert", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="geändert von"
    )
    decision = models.CharField("Entscheidung", max_length=10, choices=Decision.choices, default=Decision.OPEN)
    act = models.ForeignKey(
        Act, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="mitgeteilt mit"
    )

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "Änderung"
        verbose_name_plural = "Änderungen"
        ordering = ["meeting", "number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="change_once")]

    def __str__(self) -> str:
        return f"{self.meeting}: {self.get_decision_display()}"

    @property
    def facts_before(self) -> Facts:
        """The facts before the change."""
        return Facts.read(self.before)
