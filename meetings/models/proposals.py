"""The model of a proposal from a mail about an invitation, which the team decides."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.db.fields import FoldedField
from common.folding import email_key
from common.models import TimeStamped
from mailroom.models import InboxMail
from meetings.enums import Answer, ProposalKind, Resolution
from meetings.models.invitations import Invitation


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """The queries for proposals."""

    def open(self) -> "ProposalQuerySet":
        """Filter undecided proposals, the oldest first, with person, organisation, meeting and mail (no bytes)."""
        related = ("invitation__contact__organisation", "invitation__meeting", "mail")
        found = self.filter(settled_at=None).select_related(*related).defer("mail__raw")
        return found.order_by("created_at", "pk")

    def of_meeting(self, meeting: Any) -> "ProposalQuerySet":
        """Filter proposals about one meeting."""
        return self.filter(invitation__meeting=meeting)


class Proposal(TimeStamped):
    """An answer, a substitute, a guest or another time that a calendar sent, until the team decides.

    There is one open row per invitation, kind and sender; a newer mail of the same sender updates it. A decided
    proposal is not asked again (`at` is the mail's DTSTAMP, or its receipt).
    """

    Kind = ProposalKind

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="proposals", verbose_name="Einladung")
    mail = models.ForeignKey(
        InboxMail, models.SET_NULL, null=True, blank=True, related_name="proposals", verbose_name="Mail"
    )
    kind = models.CharField("worum es geht", max_length=15, choices=ProposalKind.choices)
    email = models.CharField("Adresse", max_length=320, blank=True)  # of the proposed participant, or of the sender
    email_folded = FoldedField(sources=("email",), fold=email_key)
    name = models.CharField("Name", max_length=200, blank=True)
    answer = models.CharField("Antwort", max_length=10, choices=Answer.choices, blank=True, default="")
    comment = models.TextField("Nachricht", blank=True)
    starts_at = models.DateTimeField("vorgeschlagener Beginn", null=True, blank=True)
    ends_at = models.DateTimeField("vorgeschlagenes Ende", null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0)  # of the meeting, as the sender knew it
    at = models.DateTimeField("geantwortet")
    is_automatic = models.BooleanField(default=False, editable=False)  # no mail goes back to a machine
    settled_at = models.DateTimeField("geklärt", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="geklärt von"
    )
    resolution = models.CharField("Entscheidung", max_length=10, choices=Resolution.choices, blank=True, default="")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "offene Frage"
        verbose_name_plural = "offene Fragen"
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "kind", "email_folded"],
                condition=Q(settled_at=None),
                name="proposal_open_once",
            ),
            models.UniqueConstraint(fields=["invitation", "kind", "email_folded", "at"], name="proposal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invitation}: {self.get_kind_display()}"

    @property
    def who(self) -> str:
        """The name and address of the sender or proposed person, as far as known."""
        return f"{self.name} ({self.email})" if self.name and self.email else self.name or self.email
