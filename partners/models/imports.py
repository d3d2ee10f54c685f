"""The reading-in of a partner list: the job's rows are the truth, a task is only a nudge."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from common.models import TimeStamped
from partners.models.contacts import Contact
from regions.models import Network


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    """Which jobs."""

    def pending(self) -> "ImportJobQuerySet":
        """Those with work for the worker, oldest first."""
        return self.filter(state__in=[ImportJob.State.READING, ImportJob.State.APPLYING]).order_by("created_at")


class ImportJob(TimeStamped):
    """One file on its way in."""

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
    file_name = models.CharField("Datei", max_length=255)
    content = models.BinaryField(editable=False)
    state = models.CharField("Stand", max_length=12, choices=State.choices, default=State.READING)
    # Column number (from 0, as text) to field name; only what the team mapped for this file's headings.
    columns = models.JSONField(default=list, blank=True)
    skipped_sheets = models.JSONField(default=list, blank=True)
    rows_total = models.PositiveIntegerField("Zeilen", default=0)
    rows_done = models.PositiveIntegerField("bearbeitet", default=0)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    claimed_by = models.CharField(max_length=64, blank=True, editable=False)
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


class ImportRow(models.Model):
    """One row of the file: what it says, what it would do, what the team decided, what came of it."""

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

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("Zeile")
    sheet = models.CharField("Blatt", max_length=100, blank=True)
    raw = models.JSONField("Zellen", default=list)
    values = models.JSONField("gelesen", default=dict)
    outcome = models.CharField("Ergebnis", max_length=10, choices=Outcome.choices)
    reasons = models.JSONField("Gründe", default=list)
    changes = models.JSONField("Änderungen", default=list)
    unknown_networks = models.JSONField("unbekannte Netzwerke", default=list)
    double_of = models.PositiveIntegerField("gleich wie Zeile", null=True, blank=True)
    candidate = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    decision = models.CharField("Entscheidung", max_length=10, choices=Decision.choices, blank=True, default="")
    result = models.CharField("Was geschah", max_length=12, blank=True)
    result_text = models.CharField("Bemerkung", max_length=500, blank=True)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "Zeile"
        verbose_name_plural = "Zeilen"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["job", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.job.file_name}, Zeile {self.number}"


class HeadingAlias(TimeStamped):
    """What the team said a column heading means, remembered for the next file."""

    key = models.CharField(
        "Überschrift", max_length=120, unique=True, help_text="gefaltet (`common.folding.match_key`)"
    )
    field = models.CharField("bedeutet", max_length=40, help_text="Feldname, oder „ignore“")

    class Meta:
        verbose_name = "Spaltenüberschrift"
        verbose_name_plural = "Spaltenüberschriften"
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} → {self.field}"


class NetworkAlias(TimeStamped):
    """What the team said an unknown network name means: one network, several, or none."""

    key = models.CharField("Name in der Liste", max_length=120, unique=True, help_text="gefaltet")
    label = models.CharField("wie geschrieben", max_length=120)
    networks = models.ManyToManyField(Network, blank=True, related_name="aliases", verbose_name="Netzwerke")

    class Meta:
        verbose_name = "Netzwerkname in Listen"
        verbose_name_plural = "Netzwerknamen in Listen"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label
