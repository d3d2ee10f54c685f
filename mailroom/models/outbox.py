"""Model of an outgoing mail: its finished bytes and its delivery state."""

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

# RFC 5321 section 4.5.4.1 asks for 4 to 5 days; after two days an invitation or a link is of no use.
GIVE_UP_AFTER = timedelta(hours=48)
# A mail whose outcome is unknown is repeated once: a duplicate is better than no mail, a third copy is not.
HANDED_OVER_AT_MOST = 2
# Older mails are no longer reported as unsettled.
UNSETTLED_FOR = timedelta(days=30)


def two_days_from_now() -> datetime:
    """Return the instant at which a mail that is queued now is given up."""
    return timezone.now() + GIVE_UP_AFTER


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    """Queries for outgoing mails."""

    def waiting(self) -> "OutboxQuerySet":
        """Return the mails that will leave or be retried automatically, including held ones.

        Mails that a worker has claimed or is sending are not among them, nor finally uncertain ones.
        """
        is_over = Q(state=OutboxMail.State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
        return self.filter(state__in=OutboxMail.WAITING).exclude(is_over)

    def due(self) -> "OutboxQuerySet":
        """Return the waiting mails whose time has come and whose lane has no older mail under way, oldest first."""
        now = timezone.now()
        due = self.waiting().filter(next_attempt_at__lte=now, not_before__lte=now)
        older = OutboxMail.objects.exclude(lane="").filter(lane=OuterRef("lane"), version__lt=OuterRef("version"))
        in_front = older.filter(state__in=OutboxMail.UNDER_WAY).exclude(
            state=OutboxMail.State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST
        )
        return due.filter(Q(lane="") | ~Exists(in_front)).order_by("next_attempt_at", "created_at")

    def lapsed(self) -> "OutboxQuerySet":
        """Return the claimed or sending mails whose lease has ended, as a dead process leaves them."""
        return self.filter(state__in=OutboxMail.IN_HAND, claimed_until__lt=timezone.now())

    def of_act(self, act: Act) -> "OutboxQuerySet":
        """Return the mails of the act, or of its parts if it holds others."""
        return self.filter(Q(act=act) | Q(act__parent=act)) if act.holds_others else self.filter(act=act)

    def in_lane(self, lane: str) -> "OutboxQuerySet":
        """Return the mails of this lane, which leave one after the other."""
        return self.filter(lane=lane)

    def may_have_arrived(self) -> "OutboxQuerySet":
        """Return the mails that a recipient may have: they may have left and did not come back."""
        return self.may_have_left().exclude(returned__in=OutboxMail.CAME_BACK)

    def may_have_left(self) -> "OutboxQuerySet":
        """Return the mails that a mail server may have: sent, being sent, uncertain, or once unanswered."""
        state = OutboxMail.State
        return self.filter(Q(state__in=[state.SENT, state.SENDING, state.UNCERTAIN]) | Q(unanswered__gt=0))

    def unsettled(self) -> "OutboxQuerySet":
        """Return the mails that the team has to look at, of the last 30 days.

        They failed, came back or are finally uncertain, and nobody has settled them. A mail in a lane counts only until
        it expires, and while no newer mail of the lane is sent or under way.
        """
        state, now = OutboxMail.State, timezone.now()
        is_lost = Q(state=state.FAILED) | Q(state=state.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
        came_back = Q(returned__in=OutboxMail.CAME_BACK)
        newer = OutboxMail.objects.exclude(lane="").filter(lane=OuterRef("lane"), version__gt=OuterRef("version"))
        newer = newer.filter(state__in=[state.SENT, *OutboxMail.UNDER_WAY]).exclude(came_back)
        is_of_use = Q(lane="") | Q(expires_at__gt=now)
        recent = self.filter(is_lost | came_back, is_of_use, created_at__gte=now - UNSETTLED_FOR, settled_at=None)
        return recent.filter(Q(lane="") | ~Exists(newer))

    def found_by(self, query: str) -> "OutboxQuerySet":
        """Return the mails in which every word of the query is part of the recipient or the subject.

        A word of one or two letters has to begin a word there. At most eight words count; without any, all mails match.
        """
        found = self
        for word in search_words(query):
            found = found.filter(holds(word))
        return found


class OutboxMail(TimeStamped):
    """One mail to one recipient: the finished RFC 5322 bytes and their delivery state."""

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
        """State of delivery. A worker holds a claimed mail; of a mail in sending the bytes may be leaving.

        An uncertain mail was handed over without an answer: nobody knows whether it arrived.
        """

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
        """Report of a mail server after it had accepted the mail."""

        HARD = "hard", "kam zurück: Adresse unzustellbar"
        SOFT = "soft", "kam zurück"
        DELAYED = "delayed", "verzögert"

    class Reason(models.TextChoices):
        """Reason for which a mail no longer leaves or cannot be sent again."""

        NEWER = "newer", "eine neuere Mail"
        ACT = "act", "eine neuere Sendung"
        CHANGED = "changed", "inzwischen geändert"
        WITHDRAWN = "withdrawn", "zurückgenommen"
        CALLED_OFF = "called_off", "abgesagt ohne Mail"

    CAME_BACK = (Returned.HARD, Returned.SOFT)

    WAITING = (State.QUEUED, State.RETRY, State.UNCERTAIN)
    IN_HAND = (State.CLAIMED, State.SENDING)
    UNDER_WAY = (*WAITING, *IN_HAND)
    # Mails that have not begun to leave; of an uncertain mail, the repetition can still be prevented.
    STOPPABLE = (State.QUEUED, State.CLAIMED, State.RETRY)
    SUPERSEDABLE = (*STOPPABLE, State.UNCERTAIN)

    WHATEVER_THE_ADDRESS = (Kind.ACCOUNT, Kind.TEST)  # somebody has just asked for it
    # Kinds that an address whose owner stopped invitations does not get.
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
    act = models.ForeignKey(  # the act cannot be deleted while it has mails
        Act,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="mails",
        verbose_name="Sendung",
        editable=False,
    )
    is_sequel = models.BooleanField(default=False, editable=False)  # leaves only after an earlier mail of the lane
    superseded_reason = models.CharField(
        "überholt durch", max_length=10, choices=Reason.choices, blank=True, default="", editable=False
    )
    superseded_by_act = models.ForeignKey(  # the act that superseded the mail; stopping it restores the mail
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

    # Separate from the state, so that a worker that settles a row late does not overwrite a report.
    returned = models.CharField("Rückmeldung", max_length=10, choices=Returned.choices, blank=True, default="")
    returned_at = models.DateTimeField("Rückmeldung am", null=True, blank=True)
    returned_reason = models.CharField("Grund der Rückmeldung", max_length=300, blank=True, default="")
    settled_at = models.DateTimeField("erledigt", null=True, blank=True, editable=False)  # a lost mail, by a person
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="erledigt von",
        editable=False,
    )

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
            # Not partial: for `lane = ?`, neither SQLite nor a generic plan of PostgreSQL uses a partial index.
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
        """Whether the team may see the content; of account mails, whose links give access, only in the demo."""
        return self.kind != self.Kind.ACCOUNT or settings.DEMO

    @property
    def is_over(self) -> bool:
        """Whether the mail is not sent or retried automatically any more."""
        if self.state == self.State.UNCERTAIN:
            return self.unanswered >= HANDED_OVER_AT_MOST
        return self.state not in self.UNDER_WAY

    @property
    def can_be_sent_again(self) -> bool:
        """Whether a person may send the same bytes again: the mail failed, came back or is finally uncertain.

        `outbox.send_again` may still refuse, for reasons of the address, the lane or the time.
        """
        came_back = self.state == self.State.SENT and self.has_come_back
        return self.state == self.State.FAILED or came_back or (self.state == self.State.UNCERTAIN and self.is_over)

    @property
    def has_come_back(self) -> bool:
        """Whether a mail server has reported that the mail finally did not arrive."""
        return self.returned in self.CAME_BACK

    @property
    def gives_up_at(self) -> datetime:
        """Instant (UTC) after which there is no further attempt: `expires_at` or, if earlier, two days in the queue.

        These days begin at `not_before`; for a held mail at its creation.
        """
        return min(self.expires_at, (self.not_before or self.created_at) + GIVE_UP_AFTER)

    @property
    def leaves_at(self) -> datetime:
        """Earliest instant (UTC) at which the mail may leave; without meaning while it is held."""
        return max(self.next_attempt_at, self.not_before or self.next_attempt_at)

    @cached_property
    def message(self) -> EmailMessage:
        """The mail parsed from its stored bytes."""
        return email.message_from_bytes(bytes(self.raw), policy=policy.default)

    @property
    def text(self) -> str:
        """Content of the plain-text part, "" when there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """Content of the HTML part, "" when there is none."""
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content().replace("\r\n", "\n") if part else ""
