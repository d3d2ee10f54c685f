"""Model of an incoming mail: its raw bytes, the values read from them, and its outcome."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from common.db.fields import FoldedField
from common.db.trigrams import holds
from common.folding import search_key, search_words
from common.models import TimeStamped
from mailroom.enums import MailKind


class InboxQuerySet(models.QuerySet["InboxMail"]):
    """Queries for incoming mails."""

    def unread(self) -> "InboxQuerySet":
        """Return the mails that are stored and not applied yet, oldest first."""
        return self.filter(state=InboxMail.State.NEW).order_by("received_at", "created_at")

    def waiting(self) -> "InboxQuerySet":
        """Return the mails that wait for a person."""
        return self.filter(state=InboxMail.State.WAITING)

    def found_by(self, query: str) -> "InboxQuerySet":
        """Return the mails in which every word of the query is part of the sender, the subject or the label.

        A word of one or two letters has to begin a word there. At most eight words count; without any, all mails match.
        """
        found = self
        for word in search_words(query):
            found = found.filter(holds(word))
        return found


class InboxMail(TimeStamped):
    """One incoming mail. Its bytes are stored before they are read; their hash identifies the mail."""

    Kind = MailKind

    class State(models.TextChoices):
        NEW = "new", "noch nicht gelesen"
        APPLIED = "applied", "übernommen"
        WAITING = "waiting", "wartet auf Sie"
        SETTLED = "settled", "erledigt"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256 of the bytes, in hex
    raw = models.BinaryField("Mail", editable=False)  # cut at the largest size that is read
    size = models.PositiveBigIntegerField("Größe", default=0, editable=False)  # bytes, uncut
    place = models.CharField("Fundort", max_length=300, blank=True, default="", editable=False)  # folder, validity, UID
    received_at = models.DateTimeField("eingegangen", default=timezone.now)
    kind = models.CharField("Art", max_length=20, choices=MailKind.choices, blank=True, default="")
    sender = models.CharField("Absender", max_length=320, blank=True, default="")
    sender_name = models.CharField("Name", max_length=200, blank=True, default="")
    subject = models.CharField("Betreff", max_length=500, blank=True, default="")
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.NEW)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0, editable=False)
    outcome = models.TextField("Was daraus wurde", blank=True, default="")
    about_url = models.CharField(max_length=300, blank=True, default="")
    about_label = models.CharField("worum es geht", max_length=300, blank=True, default="")
    settled_at = models.DateTimeField("erledigt", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="erledigt von"
    )
    search_text = FoldedField(sources=("sender", "sender_name", "subject", "about_label"), fold=search_key)

    objects = InboxQuerySet.as_manager()

    class Meta:
        verbose_name = "eingegangene Mail"
        verbose_name_plural = "eingegangene Mails"
        ordering = ["-received_at", "-created_at"]
        indexes = [
            models.Index(fields=["-received_at"], name="inbox_newest"),
            models.Index(fields=["received_at"], name="inbox_open", condition=models.Q(state__in=["new", "waiting"])),
        ]

    def __str__(self) -> str:
        return f"{self.subject or 'ohne Betreff'} ← {self.sender or 'unbekannt'}"

    def get_absolute_url(self) -> str:
        return reverse("mailroom:inbox_mail", args=[self.pk])
