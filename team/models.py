"""The members of the team, their absences, and the log of activities."""

from datetime import datetime
from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.urls import reverse
from django.utils import timezone

from common.addresses import validate_reachable
from common.db.fields import FoldedField
from common.folding import email_key, sort_key
from common.models import Versioned

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # recovery codes alone are no second factor


class UserQuerySet(models.QuerySet["User"]):
    """Queries over users."""

    def active(self) -> "UserQuerySet":
        """Return the users who are not locked out; some may have no password yet."""
        return self.filter(is_active=True)

    def leads(self) -> "UserQuerySet":
        """Return the users who also manage members, locked out or not."""
        return self.filter(is_lead=True)

    def with_second_factor(self) -> "UserQuerySet":
        """Annotate each user with `has_second_factor`: an app or a passkey.

        Recovery codes alone do not count.
        """
        factors = Authenticator.objects.filter(user=models.OuterRef("pk"), type__in=FACTORS)
        return self.annotate(has_second_factor=models.Exists(factors))


class UserAccounts(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates users; the e-mail address is the login name."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this address in any spelling, locked out or not. Raise DoesNotExist."""
        return self.get(email_folded=email_key(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a member of the team; send no mail and record nothing in the log (`members.invite` does).

        Without a password they cannot log in until they have set one by link.
        """
        user: User = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a lead. Django's own superuser flag stays off, so that one flag decides who may manage members."""
        return self.create_user(email, password, is_lead=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, Versioned):
    """A member of the team. Every member sees and does everything; the lead also manages members."""

    email = models.EmailField("E-Mail", unique=True, validators=[validate_reachable])
    email_folded = FoldedField(sources=("email",), fold=email_key)
    first_name = models.CharField("Vorname", max_length=100, blank=True)
    last_name = models.CharField("Nachname", max_length=100, blank=True)
    sort_key = FoldedField(sources=("last_name", "first_name"), fold=sort_key)
    phone = models.CharField("Telefon", max_length=50, blank=True)
    is_lead = models.BooleanField("Leitung", default=False, help_text="Die Leitung legt auch Teammitglieder an.")
    is_active = models.BooleanField("darf sich anmelden", default=True)
    joined_at = models.DateTimeField("angelegt", default=timezone.now, editable=False)
    # The member has read the others' activities on "Heute" up to this instant.
    news_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The end of the member's last absence: until then a deputy may be in charge, afterwards no query is needed.
    away_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserAccounts()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "Teammitglied"
        verbose_name_plural = "Teammitglieder"
        ordering = ["sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email_folded"],
                name="user_email_once",
                violation_error_message="Mit dieser E-Mail-Adresse gibt es schon ein Teammitglied.",
                violation_error_code="email",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_absolute_url(self) -> str:
        return reverse("team:member", args=[self.pk])

    @property
    def is_staff(self) -> bool:
        """Whether the user may open the admin: the whole team may."""
        return self.is_active

    @property
    def may_be_away(self) -> bool:
        """Whether an absence of this member was running or planned when the row was read, and is not over."""
        return self.away_until is not None and self.away_until > timezone.now()

    def get_full_name(self) -> str:
        """Return first and last name, or "" when neither is known."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """Return the name of the member in a sentence: the full name, else the e-mail address."""
        return self.get_full_name() or self.email


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Queries over absences."""

    def running(self) -> "AbsenceQuerySet":
        """Return the absences that run now and whose deputy may log in."""
        now = timezone.now()
        return self.filter(starts_at__lte=now, ends_at__gt=now, deputy__is_active=True)

    def not_over(self) -> "AbsenceQuerySet":
        """Return the absences that run or are planned, the next one first."""
        return self.filter(ends_at__gt=timezone.now()).order_by("starts_at", "pk")

    def between(self, starts_at: datetime, ends_at: datetime) -> "AbsenceQuerySet":
        """Return the absences that overlap this time, whose end is excluded."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class Absence(models.Model):
    """Days on which a member is away and another one stands in. No row of the absent member changes owner.

    `starts_at` and `ends_at` are the midnights around the days. `starts_at` is later when the absence was entered
    during its first day, and `ends_at` is earlier when it was ended early.
    """

    away = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name="wer nicht da ist")
    deputy = models.ForeignKey(User, models.CASCADE, related_name="deputised", verbose_name="Vertretung")
    first_on = models.DateField("von")  # local days, both included
    last_on = models.DateField("bis")
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    is_summary_seen = models.BooleanField(default=False, editable=False)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "Abwesenheit"
        verbose_name_plural = "Abwesenheiten"
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["ends_at"], name="absence_ends")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_on__lte=models.F("last_on")),
                name="absence_days_in_order",
                violation_error_message="Der letzte Tag liegt vor dem ersten.",
            ),
            models.CheckConstraint(
                condition=~models.Q(away=models.F("deputy")),
                name="absence_deputy_is_another",
                violation_error_message="Bitte wählen Sie jemand anderen als Vertretung.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.away}: {self.first_on:%d.%m.%Y} bis {self.last_on:%d.%m.%Y}"

    @property
    def is_running(self) -> bool:
        """Whether the absence runs now, whether or not the deputy may log in."""
        return self.starts_at <= timezone.now() < self.ends_at


class Activity(models.Model):
    """One German sentence about an act, written by the service that did it. Never changed afterwards."""

    at = models.DateTimeField("wann", default=timezone.now, db_index=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="activities", verbose_name="wer")
    sentence = models.CharField("was", max_length=500)

    class Meta:
        verbose_name = "Vorgang"
        verbose_name_plural = "Verlauf"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.sentence


class ActivityTarget(models.Model):
    """A row that an activity is about: app label and model in lower case, and the primary key as text.

    There is no foreign key, because the team must not import the apps above it.
    """

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=100)
    key = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key", "activity"], name="activity_target_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
