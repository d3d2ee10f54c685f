"""The model of a message from an invitee to the team."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.db.fields import FoldedField
from common.db.trigrams import holds
from common.folding import search_key, search_words
from meetings.enums import Via
from meetings.models.invitations import Invitation


class MessageQuerySet(models.QuerySet["Message"]):
    """The queries for messages."""

    def open(self) -> "MessageQuerySet":
        """Filter messages that nobody has settled, the newest first."""
        return self.filter(settled_at=None).order_by("-at", "-pk")

    def found_by(self, query: str) -> "MessageQuerySet":
        """Filter messages that hold every word of the query; a query without a word keeps all."""
        return self.filter(*map(holds, search_words(query)))


class Message(models.Model):
    """One message of an invitee to the team, beside an answer or alone. It is open until somebody settles it."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="messages")
    text = models.TextField("Nachricht")
    via = models.CharField("Weg", max_length=10, choices=Via.choices)
    at = models.DateTimeField("geschrieben", default=timezone.now)
    settled_at = models.DateTimeField("erledigt", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="erledigt von"
    )
    search_text = FoldedField(sources=("text",), fold=search_key)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "Nachricht"
        verbose_name_plural = "Nachrichten"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["settled_at", "-at"], name="message_open")]

    def __str__(self) -> str:
        return f"{self.invitation.contact}: {self.text[:60]}"
