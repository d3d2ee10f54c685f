"""What is known about mailboxes, and which connections to the mail server are in use."""

from django.db import models
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
    # When its owner stopped invitations; stays while the address is broken, and holds again once it is released.
    stopped_at = models.DateTimeField("abgemeldet am", null=True, blank=True)
    # What a machine answered when something was sent there; worth nothing after its end.
    absent_until = models.DateField("abwesend bis", null=True, blank=True)
    absence_text = models.CharField("Abwesenheitsnotiz", max_length=500, blank=True, default="")
    stop_token = models.CharField(max_length=22, unique=True, null=True, default=None, editable=False)  # noqa: DJ001

    class Meta:
        verbose_name = "Adresse"
        verbose_name_plural = "Adressen"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    @property
    def is_stopped(self) -> bool:
        """Whether its owner wants no invitations, also where no mail would reach it."""
        return self.state == self.State.STOPPED or self.stopped_at is not None

    @property
    def is_away(self) -> bool:
        """Whether an absence note is still true today (local date)."""
        return self.absent_until is not None and self.absent_until >= timezone.localdate()

    @property
    def masked(self) -> str:
        """„g…@schule.example“: enough to recognise one's own address."""
        local, _, domain = self.key.rpartition("@")
        return f"{local[:1]}…@{domain}"


class Connection(models.Model):
    """One of the MAIL_CONNECTIONS that may talk to the mail server at the same time; held for as long as it is used."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    held_by = models.CharField(max_length=40, blank=True, default="")
    held_until = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "Verbindung zum Mailserver"
        verbose_name_plural = "Verbindungen zum Mailserver"
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number)
