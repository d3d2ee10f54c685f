"""Memberships of organisations and contacts in networks, with kind and period."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.models import TimeStamped, Versioned
from partners.models.contacts import Contact
from partners.models.organisations import Organisation
from regions.models import Network


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Queries over memberships."""

    def current(self) -> "MembershipQuerySet":
        """Return the memberships in force today (local date); a contact's own counts only while they hold the post."""
        today = timezone.localdate()
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=today),
            Q(ends_on__isnull=True) | Q(ends_on__gte=today),
            Q(contact__ended_on__isnull=True) | Q(contact__ended_on__gt=today),
        )


class Membership(TimeStamped, Versioned):
    """An organisation in a network, with all its people or, when `contact` is set, with this one person only."""

    class Kind(models.TextChoices):
        MEMBER = "member", "Mitglied"
        HOST = "host", "Gastgeber"
        GUEST = "guest", "Gast"

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="memberships", verbose_name="Einrichtung"
    )
    contact = models.ForeignKey(
        Contact,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="nur diese Person",
        help_text="Leer heißt: die ganze Einrichtung mit allen ihren Personen.",
    )
    network = models.ForeignKey(Network, models.PROTECT, related_name="memberships", verbose_name="Netzwerk")
    kind = models.CharField("Art", max_length=10, choices=Kind.choices, default=Kind.MEMBER)
    starts_on = models.DateField("von", null=True, blank=True)
    ends_on = models.DateField("bis (einschließlich)", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "Mitgliedschaft"
        verbose_name_plural = "Mitgliedschaften"
        ordering = ["network__sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(starts_on__lte=F("ends_on")),
                name="membership_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message="Das Ende liegt vor dem Anfang.",
            ),
            models.UniqueConstraint(
                fields=["organisation", "network", "kind"],
                condition=Q(contact__isnull=True, ends_on__isnull=True),
                name="membership_of_organisation_once",
                violation_error_message="Diese Mitgliedschaft gibt es schon.",
            ),
            models.UniqueConstraint(
                fields=["contact", "network", "kind"],
                condition=Q(contact__isnull=False, ends_on__isnull=True),
                name="membership_of_contact_once",
                violation_error_message="Diese Mitgliedschaft gibt es schon.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact or self.organisation} – {self.network.short_name} ({self.get_kind_display()})"
