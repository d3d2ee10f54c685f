"""An act of sending: one decision, many mails."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from common.models import TimeStamped
from meetings.enums import MailingKind
from meetings.models.bulk import BulkAct
from meetings.models.invitations import Invitation
from meetings.models.meetings import Meeting


class Mailing(TimeStamped):
    """One decision to mail to many: first every mail is rendered, then the undo window runs, then they leave.

    Its key is the `act` of its rows in the outbox.
    """

    class State(models.TextChoices):
        RENDERING = "rendering", "wird vorbereitet"
        RELEASED = "released", "freigegeben"
        STOPPED = "stopped", "angehalten"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="mailings", verbose_name="Treffen")
    kind = models.CharField("Art", max_length=15, choices=MailingKind.choices)
    bulk = models.ForeignKey(
        BulkAct, models.SET_NULL, null=True, blank=True, related_name="mailings", verbose_name="Sammelaktion"
    )
    word = models.TextField("Persönliches Wort", blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.RENDERING)
    total = models.PositiveIntegerField("Mails", default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="entschieden von"
    )
    leaves_at = models.DateTimeField("geht auf den Weg", null=True, blank=True)  # end of the undo window
    stopped_at = models.DateTimeField("angehalten", null=True, blank=True)
    made_planned = models.BooleanField(default=False)  # the meeting was a draft before
    put_back = models.JSONField(null=True, blank=True, editable=False)  # what stopping gives back to the meeting

    class Meta:
        verbose_name = "Sendung"
        verbose_name_plural = "Sendungen"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.meeting}"

    def get_absolute_url(self) -> str:
        return reverse("meetings:mailing", args=[self.meeting_id, self.pk])


class MailingItem(models.Model):
    """One mail that an act wants written; taken by a worker, many at a time, with a lease."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="items")
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="mailing_items")
    claimed_by = models.CharField(max_length=40, blank=True, default="")
    claimed_until = models.DateTimeField(null=True, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField("Hindernis", max_length=300, blank=True)
    told_before = models.PositiveIntegerField(null=True, blank=True)  # of which facts she knew until this mail

    class Meta:
        verbose_name = "Mail einer Sendung"
        verbose_name_plural = "Mails einer Sendung"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["mailing", "invitation"], name="mailing_item_once")]
        indexes = [models.Index(fields=["mailing", "rendered_at"], name="mailing_item_open")]

    def __str__(self) -> str:
        return f"{self.mailing_id} → {self.invitation_id}"
