"""The contacts of organisations: one person in one post."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from common import folding
from common.db.fields import FoldedField
from common.db.trigrams import any_of, every_of, holds, tells
from common.folding import email_key, match_key, phone_digits, phone_key, search_key, search_words, sort_key
from common.models import TimeStamped, Versioned
from mailroom.models import Address
from partners.models.organisations import Organisation
from regions.models import Network


class ContactQuerySet(models.QuerySet["Contact"]):
    """Queries over contacts."""

    def open(self) -> "ContactQuerySet":
        """Return the contacts who hold their post today (local date)."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=timezone.localdate()))

    def ended(self) -> "ContactQuerySet":
        """Return the contacts who no longer hold their post today (local date)."""
        return self.filter(ended_on__lte=timezone.localdate())

    def found_by(self, query: str, *, is_ranked: bool = False) -> "ContactQuerySet":
        """Return the contacts for whom every word of the query (at most eight) matches; without any, all.

        A word matches a part of name, role, e-mail or note, or of the organisation's name or address; one of less than
        three letters only a beginning, and none in a note. Three or more digits of a telephone number also find it,
        at any place in it and in any spelling. Set `is_ranked` when all results are read, not only the first
        (`trigrams.any_of`).
        """
        looks = []
        for word in search_words(query):
            places = Organisation.objects.order_by().filter(holds(word)).values("pk")
            looks.append((holds(word), tells(word), Q(organisation__in=places)))
        words = every_of(Contact.objects.all(), looks, is_ranked=is_ranked)
        if digits := phone_digits(query):
            words = any_of(Contact.objects.all(), words, Q(digits__contains=digits), is_ranked=is_ranked)
        return self.filter(words)

    def with_broken_address(self) -> "ContactQuerySet":
        """Return the contacts whose address has any state except OK in the mailroom.

        That is disturbed, undeliverable, or stopped by its owner.
        """
        return self.filter(email_folded__in=Address.objects.exclude(state=Address.State.OK).values("key"))

    def in_network(self, network: Network) -> "ContactQuerySet":
        """Return the contacts who belong to the network today, by their organisation's membership or by their own.

        Those who have left an organisation of the network are among them; combine with `open()`.
        """
        from partners.models.memberships import Membership

        current = Membership.objects.current().filter(network=network)
        return self.filter(
            Q(organisation__in=current.filter(contact__isnull=True).values("organisation"))
            | Q(pk__in=current.filter(contact__isnull=False).values("contact"))
        )


class Contact(TimeStamped, Versioned):
    """One person in one post.

    A person who changes jobs gets a new contact that points to the former one. The former contact is ended and keeps
    its history, and the post can be filled again.
    """

    class Salutation(models.TextChoices):
        MS = "ms", "Frau"
        MR = "mr", "Herr"

    class Source(models.TextChoices):
        """The origin of the address, which its owner is told (GDPR article 14 paragraph 2 letter f)."""

        SELF = "self", "von der Person selbst"
        ORGANISATION = "organisation", "von der Einrichtung"
        PUBLIC = "public", "öffentlich, zum Beispiel von der Website"
        LIST = "list", "aus einer Partnerliste"

    ROLES = (
        "Schulleitung",
        "Stellvertretende Schulleitung",
        "Koordination Berufliche Orientierung",
        "Fachbereichsleitung Arbeit-Wirtschaft-Technik",
        "Lehrkraft",
        "Schulsozialarbeit",
        "Sekretariat",
        "Geschäftsführung",
        "Personalleitung",
        "Ausbildungsleitung",
        "Ausbilder/in",
        "Auszubildende",
        "Einrichtungsleitung",
        "Wirtschaftsförderung",
        "Berufsberatung",
        "Bürgermeister/in",
        "Teamleitung",
        "Projektleitung",
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contacts", verbose_name="Einrichtung")
    salutation = models.CharField(
        "Anrede",
        max_length=5,
        choices=Salutation.choices,
        blank=True,
        help_text="Leer heißt: „Guten Tag, Vorname Name“.",
    )
    title = models.CharField("Titel", max_length=40, blank=True)
    first_name = models.CharField("Vorname", max_length=100, blank=True)
    last_name = models.CharField("Name", max_length=100)
    sort_key = FoldedField(sources=("last_name", "first_name"), fold=sort_key)
    match_key = FoldedField(sources=("full_name",), fold=match_key)
    search_text = FoldedField(sources=("first_name", "last_name", "role", "email"), fold=search_key)
    role = models.CharField("Funktion", max_length=120, blank=True)
    role_key = FoldedField(sources=("role",), fold=folding.sort_key)
    email = models.EmailField("E-Mail", blank=True, max_length=254)
    email_folded = FoldedField(sources=("email",), fold=email_key)
    is_shared_mailbox = models.BooleanField(
        "Sammelpostfach", default=False, help_text="Mehrere Personen lesen diese Adresse, zum Beispiel info@ …"
    )
    source = models.CharField(
        "Woher die Adresse ist",
        max_length=12,
        choices=Source.choices,
        blank=True,
        help_text="Wer als Gast eingeladen wird, liest es in der Mail.",
    )
    phone = models.CharField("Telefon", max_length=100, blank=True)
    digits = FoldedField(sources=("phone",), fold=phone_key)
    gets_invitations = models.BooleanField("bekommt Einladungen", default=True)
    ended_on = models.DateField("nicht mehr in dieser Funktion ab", null=True, blank=True)
    former = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="successor_post", verbose_name="früherer Kontakt"
    )
    note = models.TextField("Notiz", blank=True)
    body_text = FoldedField(sources=("note",), fold=search_key)

    address: Address | None = None  # the mailroom's record of the address, if any; filled as `address_state`
    address_state = ""  # the problem with the address, in German; filled by partners.services.people

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["sort_key", "pk"]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="contact_sorted"),
            models.Index(fields=["role_key", "sort_key", "id"], name="contact_by_role"),
            models.Index(fields=["email_folded"], name="contact_email"),
            models.Index(fields=["organisation", "match_key"], name="contact_match"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["email_folded"],
                condition=Q(ended_on__isnull=True, is_shared_mailbox=False) & ~Q(email_folded=""),
                name="contact_email_once",
                violation_error_code="email",
                violation_error_message=(
                    "Diese E-Mail-Adresse gehört schon zu einer anderen Person. "
                    "Lesen mehrere dieses Postfach, bitte „Sammelpostfach“ ankreuzen."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("partners:contact", args=[self.pk])

    @property
    def full_name(self) -> str:
        """First and last name, without title."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def formal_name(self) -> str:
        """Salutation, title, first and last name as far as known: „Frau Dr. Gesa Ahrens“."""
        return " ".join(part for part in (self.get_salutation_display(), self.title, self.full_name) if part)

    @property
    def greeting(self) -> str:
        """„Guten Tag, Frau Dr. Ahrens“; without a salutation „Guten Tag, Gesa Ahrens“."""
        if not self.salutation:
            return f"Guten Tag, {self.full_name}"
        name = " ".join(part for part in (self.get_salutation_display(), self.title, self.last_name) if part)
        return f"Guten Tag, {name}"

    @property
    def is_open(self) -> bool:
        """Whether the person holds the post today (local date)."""
        return self.ended_on is None or self.ended_on > timezone.localdate()
