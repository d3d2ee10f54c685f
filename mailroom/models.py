"""Outgoing mail and the state of addresses. Knows bytes and addresses, never meetings."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import TimeStamped


class Address(TimeStamped):
    """What is known about one mailbox, by its folded address (`common.folding.email_key`)."""

    class State(models.TextChoices):
        OK = "ok", "in Ordnung"
        SOFT = "soft", "vorübergehend gestört"
        HARD = "hard", "unzustellbar"
        STOPPED = "stopped", "möchte keine Einladungen"

    key = models.CharField("Adresse", max_length=320, unique=True)
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.OK)
    reason = models.CharField("Grund", max_length=300, blank=True)
    since = models.DateTimeField("seit", default=timezone.now)

    class Meta:
        verbose_name = "Adresse"
        verbose_name_plural = "Adressen"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    """Which mails."""

    def due(self) -> "OutboxQuerySet":
        """Waiting, and its time has come; oldest first."""
        return self.filter(state=OutboxMail.State.QUEUED, next_attempt_at__lte=timezone.now()).order_by(
            "next_attempt_at", "created_at"
        )


class OutboxMail(TimeStamped):
    """One mail to one recipient: the finished RFC 5322 bytes and their fate. The row is the truth."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Konto"

    class State(models.TextChoices):
        QUEUED = "queued", "wartet"
        SENDING = "sending", "wird gesendet"
        SENT = "sent", "gesendet"
        FAILED = "failed", "gescheitert"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("Art", max_length=30, choices=Kind.choices)
    message_id = models.CharField("Message-ID", max_length=255, unique=True)
    envelope_from = models.CharField("Absender", max_length=320)
    recipient = models.CharField("Empfänger", max_length=320)
    subject = models.CharField("Betreff", max_length=500)
    raw = models.BinaryField("Mail", editable=False)
    state = models.CharField("Zustand", max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    next_attempt_at = models.DateTimeField("nächster Versuch", default=timezone.now)
    claimed_until = models.DateTimeField("in Arbeit bis", null=True, blank=True, editable=False)
    last_error = models.CharField("letzter Fehler", max_length=500, blank=True)
    sent_at = models.DateTimeField("gesendet", null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "Mail"
        verbose_name_plural = "Postausgang"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="outbox_due", condition=Q(state="queued")),
            models.Index(fields=["-created_at"], name="outbox_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
