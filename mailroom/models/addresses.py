"""Models of mail addresses with their state, and of the connections to the mail server."""

from django.db import models
from django.utils import timezone

from common.folding import shown_domain
from common.models import TimeStamped


class Address(TimeStamped):
    """State of one mail address, keyed by its folded form (`common.folding.email_key`)."""

    class State(models.TextChoices):
        OK = "ok", "in Ordnung"
        SOFT = "soft", "vorübergehend gestört"
        HARD = "hard", "unzustellbar"
        STOPPED = "stopped", "möchte keine Einladungen"

    key = models.CharField("Adresse", max_length=320, unique=True)
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.OK)
    reason = models.CharField("Grund", max_length=300, blank=True)
    since = models.DateTimeField("seit", default=timezone.now)
    # Time at which the owner stopped invitations. It stays while the address is undeliverable, and applies again once
    # the address is released.
    stopped_at = models.DateTimeField("abgemeldet am", null=True, blank=True)
    # Absence note that the address answered with; it no longer counts after its end.
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
        """Whether the owner has stopped invitations, also while the address is undeliverable."""
        return self.state == self.State.STOPPED or self.stopped_at is not None

    @property
    def is_away(self) -> bool:
        """Whether an absence note applies today (local date)."""
        return self.absent_until is not None and self.absent_until >= timezone.localdate()

    @property
    def masked(self) -> str:
        """Shortened address, e.g. „g…@schule.example“, which its owner recognises; the domain in its own letters."""
        local, _, domain = self.key.rpartition("@")
        return f"{local[:1]}…@{shown_domain(domain)}"


class Connection(models.Model):
    """One of the MAIL_CONNECTIONS parallel connections to the mail server, held by a process until `held_until`."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    held_by = models.CharField(max_length=40, blank=True, default="")
    held_until = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "Verbindung zum Mailserver"
        verbose_name_plural = "Verbindungen zum Mailserver"
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number)
