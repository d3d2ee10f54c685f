"""Schools, companies and labour-market actors."""

from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse

from common.db.fields import FoldedField, WebAddressField
from common.db.trigrams import any_of, every_of, holds, tells
from common.folding import match_key, phone_digits, phone_key, search_key, search_words, sort_key
from common.models import TimeStamped, Versioned
from regions.models import Municipality, Network


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Queries over organisations."""

    def found_by(self, query: str, *, is_ranked: bool = False) -> "OrganisationQuerySet":
        """Return the organisations for which every word of the query (at most eight) matches; without any, all.

        A word matches a part of name, address, place or note, or of a contact's name, role or e-mail (also a former
        one's); one of less than three letters only a beginning, and none in a note. Three or more digits of a telephone
        number also find it, at any place in it and in any spelling. Set `is_ranked` when all results are read, not
        only the first (`trigrams.any_of`).
        """
        from partners.models.contacts import Contact

        looks = []
        for word in search_words(query):
            looks.append(
                (holds(word), tells(word), Contact.objects.order_by().filter(holds(word)).values("organisation"))
            )
        words = every_of(Organisation.objects.all(), looks, is_ranked=is_ranked)
        if digits := phone_digits(query):
            words = any_of(Organisation.objects.all(), words, Q(digits__contains=digits), is_ranked=is_ranked)
        return self.filter(words)

    def with_networks(self) -> "OrganisationQuerySet":
        """Prefetch the organisations' own current memberships as `current_memberships`, in one query.

        Those of single contacts are left out.
        """
        from partners.models.memberships import Membership

        current = Membership.objects.current().filter(contact__isnull=True).select_related("network")
        return self.prefetch_related(Prefetch("memberships", queryset=current, to_attr="current_memberships"))

    def in_network(self, network: Network) -> "OrganisationQuerySet":
        """Return the organisations with a current membership in the network, also of a single contact only."""
        from partners.models.memberships import Membership

        return self.filter(pk__in=Membership.objects.current().filter(network=network).values("organisation"))


class Organisation(TimeStamped, Versioned):
    """An organisation of one of three kinds; the fields of the other kinds stay empty."""

    class Kind(models.TextChoices):
        SCHOOL = "school", "Schule"
        COMPANY = "company", "Betrieb"
        LABOUR_MARKET_ACTOR = "labour_market_actor", "Arbeitsmarktakteur"

    class SchoolType(models.TextChoices):
        HAUPTSCHULE = "hauptschule", "Hauptschule"
        REALSCHULE = "realschule", "Realschule"
        HAUPT_UND_REALSCHULE = "haupt_und_realschule", "Haupt- und Realschule"
        OBERSCHULE = "oberschule", "Oberschule"
        GYMNASIUM = "gymnasium", "Gymnasium"
        IGS = "igs", "IGS"
        KGS = "kgs", "KGS"
        FOERDERSCHULE = "foerderschule", "Förderschule"
        BBS = "bbs", "Berufsbildende Schule (BBS)"
        WALDORFSCHULE = "waldorfschule", "Freie Waldorfschule"

    class SchoolAuthority(models.TextChoices):
        DISTRICT = "district", "Landkreis"
        MUNICIPALITY = "municipality", "Gemeinde oder Samtgemeinde"
        OTHER = "other", "anderer Träger"

    class ActorKind(models.TextChoices):
        EMPLOYMENT_AGENCY = "employment_agency", "Agentur für Arbeit"
        JOBCENTER = "jobcenter", "Jobcenter"
        CHAMBER_OF_CRAFTS = "chamber_of_crafts", "Handwerkskammer"
        CHAMBER_OF_COMMERCE = "chamber_of_commerce", "IHK"
        DISTRICT_CRAFTS = "district_crafts", "Kreishandwerkerschaft"
        ECONOMIC_DEVELOPMENT = "economic_development", "Wirtschaftsförderung"
        MUNICIPALITY = "municipality", "Kommune"
        REGIONAL_MANAGEMENT = "regional_management", "Regionalmanagement"
        EDUCATION_OFFICE = "education_office", "Bildungsregion oder Bildungsbüro"
        SCHOOL_OFFICE = "school_office", "Regionales Landesamt für Schule und Bildung"
        FOUNDATION = "foundation", "Stiftung"
        EDUCATION_PROVIDER = "education_provider", "Bildungsträger"
        UNIVERSITY = "university", "Hochschule"
        EMPLOYERS = "employers", "Arbeitgeberverband"
        PARENTS = "parents", "Elternvertretung"
        OTHER = "other", "anderer Akteur"

    SECTORS = (
        "Maschinen- und Anlagenbau",
        "Metall",
        "Landtechnik",
        "Lebensmittel",
        "Logistik",
        "Bau",
        "Sanitär/Heizung/Elektro",
        "Holz",
        "Kfz",
        "Gesundheit und Pflege",
        "Handel",
        "Bank/Versicherung",
        "Verpackung/Kunststoff",
        "Garten- und Landschaftsbau/Landwirtschaft",
        "Gastgewerbe",
        "IT",
        "Öffentliche Verwaltung",
    )

    kind = models.CharField("Art", max_length=20, choices=Kind.choices)
    name = models.CharField("Name", max_length=200)
    sort_key = FoldedField(sources=("name",), fold=sort_key)
    match_key = FoldedField(sources=("name",), fold=match_key)
    search_text = FoldedField(sources=("name", "street", "postcode", "place"), fold=search_key)
    school_type = models.CharField("Schulform", max_length=30, choices=SchoolType.choices, blank=True)
    school_authority = models.CharField("Schulträger", max_length=20, choices=SchoolAuthority.choices, blank=True)
    sector = models.CharField("Branche", max_length=100, blank=True)
    actor_kind = models.CharField("Art des Akteurs", max_length=30, choices=ActorKind.choices, blank=True)
    street = models.CharField("Straße und Hausnummer", max_length=150, blank=True)
    postcode = models.CharField("PLZ", max_length=10, blank=True)
    place = models.CharField("Ort", max_length=100, blank=True)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, related_name="organisations", verbose_name="Gemeinde"
    )
    is_outside_district = models.BooleanField("außerhalb des Landkreises", default=False)
    phone = models.CharField("Telefon", max_length=100, blank=True)
    digits = FoldedField(sources=("phone",), fold=phone_key)
    website = WebAddressField("Internetseite", blank=True)
    is_shown_to_invitees = models.BooleanField(
        "darf unter „Wer kommt?“ stehen",
        default=True,
        help_text="Wer eingeladen ist, sieht, welche Einrichtungen zugesagt haben, nie die Namen der Personen.",
    )
    note = models.TextField("Notiz", blank=True)
    body_text = FoldedField(sources=("note",), fold=search_key)

    open_contacts = 0  # filled by partners.services.people

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "Einrichtung"
        verbose_name_plural = "Einrichtungen"
        ordering = ["sort_key", "pk"]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="organisation_sorted"),
            models.Index(fields=["match_key"], name="organisation_match"),
            models.Index(fields=["kind", "sort_key", "id"], name="organisation_kind_sorted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_outside_district=False) | Q(municipality__isnull=True),
                name="organisation_inside_or_outside",
                violation_error_code="is_outside_district",
                violation_error_message="Bitte entweder eine Gemeinde oder „außerhalb des Landkreises“ wählen.",
            ),
            models.CheckConstraint(
                condition=Q(kind="school") | Q(school_type="", school_authority=""),
                name="organisation_school_fields",
                violation_error_message="Schulform und Schulträger gehören nur zu einer Schule.",
            ),
            models.CheckConstraint(
                condition=Q(kind="company") | Q(sector=""),
                name="organisation_company_fields",
                violation_error_message="Eine Branche gehört nur zu einem Betrieb.",
            ),
            models.CheckConstraint(
                condition=Q(kind="labour_market_actor") | Q(actor_kind=""),
                name="organisation_actor_fields",
                violation_error_message="Die Art des Akteurs gehört nur zu einem Arbeitsmarktakteur.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("partners:organisation", args=[self.pk])

    @property
    def speciality(self) -> str:
        """The label of the school type, sector or kind of actor, whichever the kind has; "" without one."""
        return self.get_school_type_display() or self.sector or self.get_actor_kind_display()

    @property
    def current_networks(self) -> list[Network]:
        """The current networks of an organisation fetched by `with_networks`, each once; else none."""
        memberships = getattr(self, "current_memberships", ())
        return list(dict.fromkeys(membership.network for membership in memberships))

    @property
    def location(self) -> str:
        """The municipality's name, else the place, else ""; marked „(außerhalb)“ when outside the district."""
        where = self.municipality.name if self.municipality else self.place
        return f"{where} (außerhalb)".strip() if self.is_outside_district else where
