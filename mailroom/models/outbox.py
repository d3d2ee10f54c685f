"""Outgoing mail: finished bytes and their fate."""

import email
import uuid
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from common.db.fields import FoldedField
from common.db.trigrams import holds
from common.folding import search_key, search_words
from common.models import TimeStamped
from mailroom.models.acts import Act

# RFC 5321 section 4.5.4.1 asks for days; after two an invitation or a link is of no use.
GIVE_UP_AFTER = timedelta(hours=48)
# A mail whose outcome stayed unknown goes once more and not again: once twice is better than never, thrice is not.
HANDED_OVER_AT_MOST = 2
# Older ones nobody will settle any more.
UNSETTLED_FOR = timedelta(days=30)


def two_days_from_now() -> datetime:
    """When a mail that is queued now is given up."""
    return timezone.now() + GIVE_UP_AFTER


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    """Which mails."""

    def waiting(self) -> "OutboxQuerySet":
        """Those that will leave by themselves."""
        is_over = Q(state=OutboxMail.State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
        return self.filter(state__in=OutboxMail.WAITING).exclude(is_over)

    def due(self) -> "OutboxQuerySet":
        """Waiting, and its time has come, and no older one of its lane is still under way; oldest first."""
        now = timezone.now()
        due = self.waiting().filter(next_attempt_at__lte=now, not_before__lte=now)
        older = OutboxMail.objects.exclude(lane="").filter(lane=OuterRef("lane"), version__lt=OuterRef("version"))
        in_front = older.filter(state__in=OutboxMail.UNDER_WAY).exclude(
            state=OutboxMail.State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST
        )
        return due.filter(Q(lane="") | ~Exists(in_front)).order_by("next_attempt_at", "created_at")

    def lapsed(self) -> "OutboxQuerySet":
        """Left behind by a process that is gone, claimed or in the middle of sending."""
        return self.filter(state__in=OutboxMail.IN_HAND, claimed_until__lt=timezone.now())

    def of_act(self, act: Act) -> "OutboxQuerySet":
        """Those that one decision brought on their way, by the act itself or by its parts."""
        return self.filter(Q(act=act) | Q(act__parent=act)) if act.holds_others else self.filter(act=act)

    def in_lane(self, lane: str) -> "OutboxQuerySet":
        """Those that leave one after the other."""
        return self.filter(lane=lane)

    def may_have_arrived(self) -> "OutboxQuerySet":
        """Those of which a recipient may know: they may have left and did not come back."""
        return self.may_have_left().exclude(returned__in=OutboxMail.CAME_BACK)

    def may_have_left(self) -> "OutboxQuerySet":
        """Those that a mail server may know of: taken by it, on their way to it, or in doubt."""
        state = OutboxMail.State
        return self.filter(Q(state__in=[state.SENT, state.SENDING, state.UNCERTAIN]) | Q(unanswered__gt=0))

    def unsettled(self) -> "OutboxQuerySet":
        """Those that the team has to look at: failed, come back or in doubt, still of use, and no newer one is well."""
        state, now = OutboxMail.State, timezone.now()
        is_lost = Q(state=state.FAILED) | Q(state=state.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
        came_back = Q(returned__in=OutboxMail.CAME_BACK)
        newer = OutboxMail.objects.exclude(lane="").filter(lane=OuterRef("lane"), version__gt=OuterRef("version"))
        newer = newer.filter(state__in=[state.SENT, *OutboxMail.UNDER_WAY]).exclude(came_back)
        is_of_use = Q(lane="") | Q(expires_at__gt=now)
        recent = self.filter(is_lost | came_back, is_of_use, created_at__gte=now - UNSETTLED_FOR)
        return recent.filter(Q(lane="") | ~Exists(newer))

    def found_by(self, query: str) -> "OutboxQuerySet":
        """Those where every word of the query is part of recipient or subject."""
        found = self
        for word in search_words(query):
            found = found.filter(holds(word))
        return found


class OutboxMail(TimeStamped):
    """One mail to one recipient: the finished RFC 5322 bytes and their fate. The row is the truth."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Konto"
        INVITATION = "invitation", "Einladung"
        REMINDER = "reminder", "Erinnerung"
        UPDATE = "update", "Änderung"
        CANCELLATION = "cancellation", "Absage"
        WITHDRAWAL = "withdrawal", "Rücknahme"
        LETTER = "letter", "Rundmail"
        TEST = "test", "Probe"

    class State(models.TextChoices):
        QUEUED = "queued", "wartet"
        CLAIMED = "claimed", "an der Reihe"
        SENDING = "sending", "wird gesendet"
        SENT = "sent", "gesendet"
        RETRY = "retry", "neuer Versuch"
        UNCERTAIN = "uncertain", "ungewiss"
        FAILED = "failed", "gescheitert"
        SUPERSEDED = "superseded", "überholt"
        CANCELLED = "cancelled", "angehalten"

    class Returned(models.TextChoices):
        """What a mail server reported after it had taken the mail."""

        HARD = "hard", "kam zurück: Adresse unzustellbar"
        SOFT = "soft", "kam zurück"
        DELAYED = "delayed", "verzögert"

    class Reason(models.TextChoices):
        """Why a mail goes no more, or is sent again by nobody: something newer, or what it says is true no more."""

        NEWER = "newer", "eine neuere Mail"
        ACT = "act", "eine neuere Sendung"
        CHANGED = "changed", "inzwischen geändert"
        WITHDRAWN = "withdrawn", "zurückgenommen"
        CALLED_OFF = "called_off", "abgesagt ohne Mail"

    CAME_BACK = (Returned.HARD, Returned.SOFT)

    WAITING = (State.QUEUED, State.RETRY, State.UNCERTAIN)
    IN_HAND = (State.CLAIMED, State.SENDING)
    UNDER_WAY = (*WAITING, *IN_HAND)
    # What has not begun to leave; of one that is uncertain, the second sending can still be spared.
    STOPPABLE = (State.QUEUED, State.CLAIMED, State.RETRY)
    SUPERSEDABLE = (*STOPPABLE, State.UNCERTAIN)

    WHATEVER_THE_ADDRESS = (Kind.ACCOUNT, Kind.TEST)  # somebody has just asked for it
    # Whoever stopped invitations gets none of these.
    STOPPED_BY_ADDRESS = (Kind.INVITATION, Kind.REMINDER, Kind.LETTER)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("Art", max_length=30, choices=Kind.choices)
    message_id = models.CharField("Message-ID", max_length=255, unique=True)
    envelope_from = models.CharField("Absender", max_length=320)
    recipient = models.CharField("Empfänger", max_length=320)
    subject = models.CharField("Betreff", max_length=500)
    search_text = FoldedField(sources=("recipient", "subject"), fold=search_key)
    raw = models.BinaryField("Mail", editable=False)
    state = models.CharField("Zustand", max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    next_attempt_at = models.DateTimeField("nächster Versuch", default=timezone.now)
    not_before = models.DateTimeField("frühestens", null=True, blank=True, default=timezone.now)  # null: held
    expires_at = models.DateTimeField("wird aufgegeben", default=two_days_from_now, editable=False)
    claimed_by = models.CharField(max_length=40, blank=True, default="", editable=False)
    claimed_until = models.DateTimeField("in Arbeit bis", null=True, blank=True, editable=False)
    unanswered = models.PositiveSmallIntegerField("ohne Bestätigung übergeben", default=0, editable=False)
    lane = models.CharField(max_length=40, blank=True, default="", editable=False)  # strict order within; "": none
    version = models.PositiveIntegerField(default=0, editable=False)  # a higher one in the lane supersedes
    key = models.CharField(max_length=120, unique=True, null=True, default=None, editable=False)  # noqa: DJ001
    act = models.ForeignKey(  # what is stopped as one; it stays as long as a mail of it does
        Act,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="mails",
        verbose_name="Sendung",
        editable=False,
    )
    is_sequel = models.BooleanField(default=False, editable=False)  # of no use unless an earlier one of the lane left
    superseded_reason = models.CharField(
        "überholt durch", max_length=10, choices=Reason.choices, blank=True, default="", editable=False
    )
    superseded_by_act = models.ForeignKey(  # the act that took its place, and gives it back when it is stopped
        Act, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+", editable=False
    )
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="überholt von", editable=False
    )
    about_url = models.CharField(max_length=300, blank=True, default="", editable=False)
    about_label = models.CharField("worum es geht", max_length=300, blank=True, default="", editable=False)
    last_code = models.PositiveSmallIntegerField("letzter Code", null=True, blank=True)
    last_error = models.CharField("letzter Fehler", max_length=500, blank=True)
    smtp_reply = models.CharField("Antwort des Mailservers", max_length=500, blank=True)
    sent_at = models.DateTimeField("gesendet", null=True, blank=True)

    # Beside the state, so that a worker that settles a row late does not overwrite what a report has said.
    returned = models.CharField("Rückmeldung", max_length=10, choices=Returned.choices, blank=True, default="")
    returned_at = models.DateTimeField("Rückmeldung am", null=True, blank=True)
    returned_reason = models.CharField("Grund der Rückmeldung", max_length=300, blank=True, default="")

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "Mail"
        verbose_name_plural = "Postausgang"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="outbox_due", condition=Q(state__in=["queued", "retry", "uncertain"])
            ),
            models.Index(
                fields=["claimed_until"], name="outbox_claimed", condition=Q(state__in=["claimed", "sending"])
            ),
            models.Index(fields=["sent_at"], name="outbox_sent", condition=Q(sent_at__isnull=False)),
            # Of every row: SQLite takes no partial index for `lane = ?`, nor does PostgreSQL for a plan that it keeps.
            models.Index(fields=["lane", "version"], name="outbox_lanes"),
            models.Index(fields=["act"], name="outbox_act", condition=Q(act__isnull=False)),
            models.Index(
                fields=["superseded_by_act"], name="outbox_superseded", condition=Q(superseded_by_act__isnull=False)
            ),
            models.Index(fields=["-created_at"], name="outbox_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"

    def get_absolute_url(self) -> str:
        return reverse("mailroom:outbox_mail", args=[self.pk])

    @property
    def shows_content(self) -> bool:
        """Whether body and links may be seen: an account mail's link lets in whoever has it. In the demo it does."""
        return self.kind != self.Kind.ACCOUNT or settings.DEMO

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        if self.state == self.State.UNCERTAIN:
            return self.unanswered >= HANDED_OVER_AT_MOST
        return self.state not in self.UNDER_WAY

    @property
    def can_be_sent_again(self) -> bool:
        """Whether a person may send the same bytes once more: it failed or came back, or nobody knows."""
        came_back = self.state == self.State.SENT and self.has_come_back
        return self.state == self.State.FAILED or came_back or (self.state == self.State.UNCERTAIN and self.is_over)

    @property
    def has_come_back(self) -> bool:
        """Whether a mail server has reported for good that it did not arrive."""
        return self.returned in self.CAME_BACK

    @property
    def gives_up_at(self) -> datetime:
        """When it is tried no more (UTC): two days after it could leave first, or when it is of no use any more."""
        return min(self.expires_at, (self.not_before or self.created_at) + GIVE_UP_AFTER)

    @property
    def leaves_at(self) -> datetime:
        """When it may leave at the earliest (UTC); for one that is not held."""
        return max(self.next_attempt_at, self.not_before or self.next_attempt_at)

    @cached_property
    def message(self) -> EmailMessage:
        """The frozen bytes, parsed."""
        return email.message_from_bytes(bytes(self.raw), policy=policy.default)

    @property
    def text(self) -> str:
        """The plain-text part, "" when there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML part, "" when there is none."""
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content().replace("\r\n", "\n") if part else ""
