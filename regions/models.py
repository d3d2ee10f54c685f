"""The regional networks and their municipalities, and the school holidays."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.db.fields import FoldedField
from common.folding import search_key, sort_key
from common.models import TimeStamped, Versioned


class NetworkQuerySet(models.QuerySet["Network"]):
    """Queries over networks."""

    def active(self) -> "NetworkQuerySet":
        """Return the active networks."""
        return self.filter(is_active=True)


class Network(TimeStamped, Versioned):
    """A regional network. Name, number and municipalities are the office's own data."""

    class Mark(models.IntegerChoices):
        """The network's colour, by the number of its token in the stylesheet; never shown without the short name."""

        ONE = 1, "Blau"
        TWO = 2, "Grün"
        THREE = 3, "Rotbraun"
        FOUR = 4, "Violett"
        FIVE = 5, "Petrol"
        SIX = 6, "Magenta"
        SEVEN = 7, "Oliv"

    slug = models.SlugField("Adresse", unique=True, max_length=80, help_text="Teil der Internetadresse, bleibt stabil.")
    name = models.CharField("Name", max_length=120, unique=True)
    short_name = models.CharField("Kurzname", max_length=20, unique=True)
    sort_key = FoldedField(sources=("short_name",), fold=sort_key)
    mark = models.PositiveSmallIntegerField("Farbe", choices=Mark.choices, default=Mark.ONE)
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="networks",
        verbose_name="Zuständig",
    )
    description = models.TextField("Beschreibung", blank=True, help_text="Öffentlich. Markdown ist erlaubt.")
    is_active = models.BooleanField("aktiv", default=True)

    member_count = 0  # filled by desk.counts

    objects = NetworkQuerySet.as_manager()

    class Meta:
        verbose_name = "Netzwerk"
        verbose_name_plural = "Netzwerke"
        ordering = ["sort_key", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("desk:network", args=[self.slug])


class Municipality(Versioned):
    """A municipality of the district. Several municipalities may share a postcode (49577, 49586, 49626)."""

    name = models.CharField("Name", max_length=80, unique=True)
    sort_key = FoldedField(sources=("name",), fold=sort_key)
    search_text = FoldedField(sources=("name", "joint_municipality"), fold=search_key)
    postcodes = models.CharField("Postleitzahlen", max_length=80, help_text="mehrere durch Leerzeichen getrennt")
    joint_municipality = models.CharField("Samtgemeinde", max_length=80, blank=True)
    latitude = models.DecimalField("Breite", max_digits=6, decimal_places=3, help_text="Grad, GeoNames (CC BY 4.0)")
    longitude = models.DecimalField("Länge", max_digits=6, decimal_places=3, help_text="Grad, GeoNames (CC BY 4.0)")
    network = models.ForeignKey(
        Network, models.SET_NULL, null=True, blank=True, related_name="municipalities", verbose_name="Netzwerk"
    )

    class Meta:
        verbose_name = "Gemeinde"
        verbose_name_plural = "Gemeinden"
        ordering = ["sort_key", "pk"]

    def __str__(self) -> str:
        return self.name


class SchoolHolidayQuerySet(models.QuerySet["SchoolHoliday"]):
    """Queries over school holidays."""

    def between(self, first: date, last: date) -> "SchoolHolidayQuerySet":
        """Return the holidays that overlap these local days, both included."""
        return self.filter(first_on__lte=last, last_on__gte=first)


class SchoolHoliday(TimeStamped, Versioned):
    """Days without school in Lower Saxony: data of the office, seeded from the ministry's list."""

    school_year = models.CharField("Schuljahr", max_length=7, help_text="zum Beispiel 2026/27")
    name = models.CharField("Name", max_length=80)
    first_on = models.DateField("erster Tag")
    last_on = models.DateField("letzter Tag")
    source = models.CharField(
        "Quelle", max_length=200, blank=True, help_text="Woher die Tage sind, zum Beispiel der Erlass mit seinem Datum."
    )

    objects = SchoolHolidayQuerySet.as_manager()

    class Meta:
        verbose_name = "Schulferien"
        verbose_name_plural = "Schulferien"
        ordering = ["first_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "first_on"],
                name="school_holiday_once",
                violation_error_message="Diese Ferien gibt es schon.",
            ),
            models.CheckConstraint(
                condition=Q(first_on__lte=F("last_on")),
                name="school_holiday_days_in_order",
                violation_error_code="last_on",
                violation_error_message="Der letzte Tag liegt vor dem ersten.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.school_year}"
