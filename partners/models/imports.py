"""The import of a partner list. The job's rows hold the state of the work; a task only wakes a worker."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from common.models import TimeStamped
from partners.models.contacts import Contact
from regions.models import Network


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    """Queries over import jobs."""

    def pending(self) -> "ImportJobQuerySet":
        """Return the jobs to be read or applied by a worker, claimed or not, oldest first."""
        return self.filter(state__in=[ImportJob.State.READING, ImportJob.State.APPLYING]).order_by("created_at")

    def unclaimed(self) -> "ImportJobQuerySet":
        """Return the jobs, in any state, that no worker holds or whose worker's lease has run out."""
        return self.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=timezone.now()))

    def claimed(self) -> "ImportJobQuerySet":
        """Return the jobs that a worker holds now, with a lease that has not run out."""
        return self.filter(claimed_until__gte=timezone.now())

    def without_content(self) -> "ImportJobQuerySet":
        """Return the same jobs without the bytes of their files, for lists and pages."""
        return self.defer("content")


class ImportJob(TimeStamped):
    """The import of one file."""

    class State(models.TextChoices):
        READING = "reading", "wird gelesen"
        PREVIEW = "preview", "wartet auf Ihre Entscheidung"
        APPLYING = "applying", "wird übernommen"
        DONE = "done", "übernommen"
        FAILED = "failed", "nicht lesbar"
        DISCARDED = "discarded", "verworfen"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="von"
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="übernommen von",
    )
    file_name = models.CharField("Datei", max_length=255)
    # Emptied when the job ends; the rows hold the result.
    content = models.BinaryField(editable=False)
    state = models.CharField("Stand", max_length=12, choices=State.choices, default=State.READING)
    # The team's answers about columns of this file: heading → field name.
    mapping = models.JSONField(default=dict, blank=True)
    # The columns of the file: [{"sheet", "heading", "field"}]; field is "" for a column of unknown meaning.
    columns = models.JSONField(default=list, blank=True)
    # Questions for the team: {"networks": [{"label", "rows"}], "headings": [{"sheet", "heading", "samples"}]}.
    questions = models.JSONField(default=dict, blank=True)
    # In words for the page: „alt 2019 (ausgeblendet)“.
    skipped_sheets = models.JSONField(default=list, blank=True)
    # Progress of the current step: rows read, then rows to write.
    rows_total = models.PositiveIntegerField("Zeilen", default=0)
    rows_done = models.PositiveIntegerField("bearbeitet", default=0)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    claimed_by = models.CharField(max_length=64, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Anläufe, seit zuletzt etwas geschafft wurde"
    )
    error = models.CharField("Fehler", max_length=500, blank=True)
    finished_at = models.DateTimeField("fertig", null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = "Einlesen"
        verbose_name_plural = "Eingelesene Listen"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("partners:import_job", args=[self.pk])

    @cached_property
    def rows_written(self) -> int:
        """The number of rows that have changed partners; above zero in a preview, applying was interrupted."""
        return self.rows.written().count()


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    """Queries over the rows of import jobs."""

    def doubtful(self) -> "ImportRowQuerySet":
        """Return the rows that only the team can decide, decided or not."""
        return self.filter(outcome=ImportRow.Outcome.DOUBTFUL)

    def undecided(self) -> "ImportRowQuerySet":
        """Return the doubtful rows without a decision; as long as they have none they are not written."""
        return self.doubtful().filter(decision=ImportRow.Decision.NONE)

    def written(self) -> "ImportRowQuerySet":
        """Return the rows that have created or changed a partner."""
        return self.filter(result__in=[ImportRow.Result.CREATED, ImportRow.Result.UPDATED])

    def to_write(self) -> "ImportRowQuerySet":
        """Return the rows that applying the job still has to write, in the order of the file.

        These are new and changed ones that are not left out, and doubtful ones that are taken or merged, without a
        result.
        """
        clear = Q(outcome__in=[ImportRow.Outcome.NEW, ImportRow.Outcome.CHANGED])
        decided = Q(
            outcome=ImportRow.Outcome.DOUBTFUL, decision__in=[ImportRow.Decision.TAKE, ImportRow.Decision.MERGE]
        )
        return (
            self.filter(clear | decided, result="").exclude(decision=ImportRow.Decision.LEAVE_OUT).order_by("position")
        )


class ImportRow(models.Model):
    """One row of the file: its values, the planned change, the team's decision and the result."""

    class Outcome(models.TextChoices):
        NEW = "new", "neu"
        CHANGED = "changed", "geändert"
        UNCHANGED = "unchanged", "unverändert"
        DOUBTFUL = "doubtful", "zweifelhaft"
        REFUSED = "refused", "abgelehnt"

    class Decision(models.TextChoices):
        NONE = "", "noch offen"
        TAKE = "take", "übernehmen"
        MERGE = "merge", "zusammenführen"
        LEAVE_OUT = "leave_out", "weglassen"

    class Result(models.TextChoices):
        CREATED = "created", "angelegt"
        UPDATED = "updated", "geändert"
        UNCHANGED = "unchanged", "unverändert"
        LEFT_OUT = "left_out", "weggelassen"
        OPEN = "open", "offen geblieben"
        CONFLICT = "conflict", "nicht übernommen"
        REFUSED = "refused", "abgelehnt"

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField("laufende Nummer", help_text="über alle Blätter der Datei, ab 1")
    number = models.PositiveIntegerField("Zeile", help_text="wie das Tabellenprogramm sie zählt")
    sheet = models.CharField("Blatt", max_length=100, blank=True)
    # Emptied when the job ends.
    raw = models.JSONField("Zellen", default=list)
    # For the page, by field name: organisation, person, email, …
    values = models.JSONField("gelesen", default=dict)
    outcome = models.CharField("Ergebnis", max_length=10, choices=Outcome.choices)
    reasons = models.JSONField("Gründe", default=list)
    notices = models.JSONField("Hinweise", default=list)
    # Reasons for doubt, as codes (partners.services.partner_list.entries.Doubt).
    doubts = models.JSONField(default=list)
    changes = models.JSONField("Änderungen", default=list, help_text="[Feld, bisher, neu]")
    unknown_networks = models.JSONField("unbekannte Netzwerke", default=list)
    double_of = models.PositiveIntegerField("gleich wie Zeile", null=True, blank=True)
    candidate = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="vielleicht diese Person"
    )
    merge_with = models.CharField("zusammenführen mit", max_length=300, blank=True, help_text="leer: geht nicht")
    # The change that `write` makes when the row is taken or merged; stored by `plan`.
    action = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    decision = models.CharField("Entscheidung", max_length=10, choices=Decision.choices, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="entschieden von",
    )
    result = models.CharField("Was geschah", max_length=12, choices=Result.choices, blank=True)
    result_text = models.CharField("Bemerkung", max_length=500, blank=True)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = "Zeile"
        verbose_name_plural = "Zeilen"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="import_row_once")]
        indexes = [models.Index(fields=["job", "outcome", "position"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.job.file_name}, Zeile {self.number}"


class HeadingAlias(TimeStamped):
    """The meaning of a column heading as the team answered it, kept for the next file."""

    key = models.CharField(
        "Überschrift", max_length=120, unique=True, help_text="klein geschrieben, ohne Umlaute und Satzzeichen"
    )
    field = models.CharField("bedeutet", max_length=40, help_text="das Feld, das in dieser Spalte steht")

    class Meta:
        verbose_name = "Spaltenüberschrift"
        verbose_name_plural = "Spaltenüberschriften"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class NetworkAlias(TimeStamped):
    """The meaning of an unknown network name as the team answered it: one network, several, or none."""

    key = models.CharField("Name in der Liste", max_length=120, unique=True, help_text="klein geschrieben")
    label = models.CharField("wie geschrieben", max_length=120)
    networks = models.ManyToManyField(Network, blank=True, related_name="aliases", verbose_name="Netzwerke")

    class Meta:
        verbose_name = "Netzwerkname in Listen"
        verbose_name_plural = "Netzwerknamen in Listen"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label
