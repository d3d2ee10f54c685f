"""The models of invitations, their answers, and notes of calls."""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from common.models import TimeStamped
from meetings.enums import Answer, CallOutcome, Mode, Refusal, State, Via
from meetings.models.meetings import Meeting
from partners.models import Contact
from regions.models import Network


def new_token() -> str:
    """Return 128 random bits for a link as 22 characters of the URL-safe alphabet."""
    return secrets.token_urlsafe(16)


def new_tag() -> str:
    """Return 64 random bits for the tag of an address as 16 lower-case hex digits, since mail systems may fold case."""
    return secrets.token_hex(8)


# The answer was given before the meeting moved; a cancelled meeting asks for no answer.
_IS_FORMER = ~Q(answer="") & Q(answered_sequence__lt=F("meeting__sequence")) & ~Q(meeting__state=State.CANCELLED)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """The queries for invitations."""

    def valid(self, now: datetime | None = None) -> "InvitationQuerySet":
        """Filter invitations that are not withdrawn at the instant `now` (UTC; None means the current one)."""
        return self.filter(Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=now or timezone.now()))

    def withdrawn(self) -> "InvitationQuerySet":
        """Filter withdrawn invitations: their people are not invited until they are invited again."""
        return self.filter(withdrawn_at__lte=timezone.now())

    def accepted(self) -> "InvitationQuerySet":
        """Filter invitations whose answer is an acceptance, including a former one."""
        return self.filter(answer=Answer.ACCEPTED)

    def former(self) -> "InvitationQuerySet":
        """Filter invitations whose answer was given before the meeting moved; none of a meeting that is called off."""
        return self.filter(_IS_FORMER)

    def marked(self) -> Any:
        """Annotate `is_former`: whether the answer was given before the meeting moved, and it is not called off."""
        return self.annotate(is_former=_IS_FORMER)

    def unanswered(self) -> "InvitationQuerySet":
        """Filter invitations without an answer."""
        return self.filter(answer="")

    def awaited(self) -> "InvitationQuerySet":
        """Filter invitations without an answer or with a former one."""
        return self.filter(Q(answer="") | _IS_FORMER)

    def counted(self) -> dict[str, int]:
        """Return the numbers of all (`total`), unanswered (`silent`) and formerly answered (`former`) invitations."""
        return self.aggregate(
            total=Count("pk"), silent=Count("pk", filter=Q(answer="")), former=Count("pk", filter=_IS_FORMER)
        )


class Invitation(TimeStamped):
    """One person invited to one meeting; it has the current answer, `Response` has the history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="invitations", verbose_name="Treffen")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="invitations", verbose_name="Person")
    network = models.ForeignKey(
        Network,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="über das Netzwerk",
        help_text="Leer heißt: als Gast eingeladen.",
    )
    email = models.CharField("eingeladen unter", max_length=254)  # ATTENDEE and envelope of the newest mail
    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    withdrawn_at = models.DateTimeField("Link zurückgezogen", null=True, blank=True)
    tag = models.CharField(max_length=16, unique=True, default=new_tag, editable=False)
    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # of the calendar object
    mail_version = models.PositiveIntegerField(default=0, editable=False)  # of the outbox lane
    answer = models.CharField("Antwort", max_length=10, choices=Answer.choices, blank=True, default="")
    mode = models.CharField("Teilnahme", max_length=10, choices=Mode.choices, blank=True, default="")
    comment = models.TextField("Nachricht", blank=True)
    answered_at = models.DateTimeField("geantwortet", null=True, blank=True)
    answered_via = models.CharField("auf dem Weg", max_length=10, choices=Via.choices, blank=True, default="")
    answered_sequence = models.PositiveIntegerField(default=0, editable=False)  # of the meeting, at that answer
    extra_sequence = models.PositiveIntegerField(
        default=0, editable=False
    )  # added to the meeting's in this calendar object
    told_version = models.PositiveIntegerField(default=0, editable=False)  # `facts_version` told by the newest mail
    joined_at = models.DateTimeField("online beigetreten", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "Einladung"
        verbose_name_plural = "Einladungen"
        ordering = ["contact__sort_key", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "contact"], name="invitation_once")]
        indexes = [models.Index(fields=["meeting", "answer"], name="invitation_answers")]

    def __str__(self) -> str:
        return f"{self.contact} – {self.meeting}"

    def get_absolute_url(self) -> str:
        """Return the path of the invitee's page."""
        return reverse("meetings:answer", args=[self.token])

    @property
    def sequence(self) -> int:
        """The SEQUENCE of the invitation's calendar object (RFC 5546 section 2.1.4). Reads `meeting`."""
        return self.meeting.sequence + self.extra_sequence

    @property
    def is_joining_online(self) -> bool:
        """Whether the invitee has accepted online and the answer is not a former one. Reads `meeting`."""
        return self.answer == Answer.ACCEPTED and self.mode == Mode.ONLINE and not self.is_answer_former

    @property
    def is_answer_former(self) -> bool:
        """Whether the answer was given before the meeting moved, so that it is asked for again. Reads `meeting`.

        False for a meeting that was called off.
        """
        has_moved = self.answered_sequence < self.meeting.sequence
        return bool(self.answer) and has_moved and not self.meeting.is_cancelled

    @property
    def lane(self) -> str:
        """The outbox lane, the key as text: mails of one invitation are sent strictly in order."""
        return str(self.pk)


class Response(models.Model):
    """One answer as received; a row is never changed. `record.record` decides which one counts."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="responses")
    answer = models.CharField("Antwort", max_length=10, choices=Answer.choices)
    mode = models.CharField("Teilnahme", max_length=10, choices=Mode.choices, blank=True, default="")
    comment = models.TextField("Nachricht", blank=True)
    via = models.CharField("Weg", max_length=10, choices=Via.choices)
    at = models.DateTimeField("geantwortet")
    recorded_at = models.DateTimeField("eingetragen", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="notiert von"
    )
    sequence = models.PositiveIntegerField(default=0)  # of the meeting as the invitee knew it
    refusal = models.CharField("zählt nicht", max_length=10, choices=Refusal.choices, blank=True, default="")

    class Meta:
        verbose_name = "Rückmeldung"
        verbose_name_plural = "Rückmeldungen"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_answer_display()} ({self.get_via_display()})"


class CallNote(models.Model):
    """The outcome of one phone call about an invitation."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="call_notes")
    outcome = models.CharField("Ergebnis", max_length=15, choices=CallOutcome.choices)
    at = models.DateTimeField("angerufen", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="wer"
    )

    class Meta:
        verbose_name = "Anruf"
        verbose_name_plural = "Anrufe"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.get_outcome_display()
