"""The models of a meeting, its agenda and its checklist."""

import re
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from common.db.fields import FoldedField, WebAddressField
from common.db.trigrams import every_of, holds, tells
from common.folding import search_key, search_words
from common.models import TimeStamped, Versioned
from meetings.enums import AgendaKind, Format, Kind, State
from partners.models import Organisation
from regions.models import Network

_POSTCODE = re.compile(r"\b\d{5}\b")


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """The queries for meetings."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "MeetingQuerySet":
        """Filter meetings that this member of the team may see: at present all."""
        return self

    def upcoming(self) -> "MeetingQuerySet":
        """Filter meetings that are neither over nor called off, the next one first."""
        return self.exclude(state=State.CANCELLED).filter(ends_at__gte=timezone.now()).order_by("starts_at", "pk")

    def public(self) -> "MeetingQuerySet":
        """Filter public meetings, without drafts and those that were called off as drafts."""
        known = Q(state=State.PLANNED) | Q(state=State.CANCELLED, facts_version__gt=0)
        return self.filter(known, is_public=True)

    def past(self) -> "MeetingQuerySet":
        """Filter meetings that are over."""
        return self.filter(ends_at__lt=timezone.now())

    def in_network(self, network: Network) -> "MeetingQuerySet":
        """Filter meetings of this network, alone or with other networks."""
        return self.filter(pk__in=Meeting.networks.through.objects.filter(network=network).values("meeting"))

    def found_by(self, query: str, *, is_ranked: bool = False) -> "MeetingQuerySet":
        """Filter meetings where each word of the query is in the meeting's text, its agenda or the host's search text.

        A word needs at least three letters to be found in the text of the invitation. Without a word all match.
        `is_ranked`: the caller reads all of them, not only the first ones (`trigrams.any_of`).
        """
        looks = []
        for word in search_words(query):
            hosts = Organisation.objects.order_by().filter(holds(word)).values("pk")
            items = AgendaItem.objects.order_by().filter(holds(word)).values("meeting")
            looks.append((holds(word), tells(word), items, Q(host__in=hosts)))
        return self.filter(every_of(Meeting.objects.all(), looks, is_ranked=is_ranked))


class Meeting(TimeStamped, Versioned):
    """A meeting of one or several networks, to which people are invited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # in public feeds (RFC 7986 section 5.3)
    sequence = models.PositiveIntegerField(default=0, editable=False)  # RFC 5546 section 2.1.4
    facts_version = models.PositiveIntegerField(
        default=0, editable=False
    )  # rises with the facts that invitees know; not in drafts
    kind = models.CharField("Art", max_length=10, choices=Kind.choices, default=Kind.NETWORK)
    title = models.CharField("Titel", max_length=200)
    theme = models.CharField("Schwerpunktthema", max_length=200, blank=True)
    networks = models.ManyToManyField(Network, related_name="meetings", verbose_name="Netzwerke")
    format = models.CharField("Format", max_length=10, choices=Format.choices, default=Format.IN_PERSON)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    starts_at = models.DateTimeField("Beginn")
    ends_at = models.DateTimeField("Ende")
    host = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="hosted_meetings", verbose_name="Gastgeber"
    )
    place = models.CharField(
        "Ort",
        max_length=300,
        blank=True,
        help_text="Raum oder Anschrift; leer heißt: beim Gastgeber unter seiner Anschrift.",
    )
    online_link = WebAddressField(
        "Online-Raum",
        blank=True,
        max_length=500,
        help_text="Steht in keiner Mail. Jede Person bekommt ihren eigenen Weg hinein.",
    )
    dial_in = models.CharField("Einwahl per Telefon", max_length=200, blank=True)
    capacity_in_person = models.PositiveIntegerField(
        "Plätze vor Ort", null=True, blank=True, help_text="Leer heißt: ohne Grenze."
    )
    capacity_online = models.PositiveIntegerField(
        "Plätze online", null=True, blank=True, help_text="Leer heißt: ohne Grenze."
    )
    answer_deadline_on = models.DateField("Anmeldeschluss", null=True, blank=True)  # local day, included
    text = models.TextField("Worum es geht", blank=True, help_text="Steht in der Einladung. Markdown ist erlaubt.")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="responsible_meetings",
        verbose_name="Zuständig",
    )
    is_public = models.BooleanField(
        "öffentlich", default=False, help_text="Zeigt das Treffen auf der öffentlichen Seite des Netzwerks."
    )
    search_text = FoldedField(sources=("title", "theme", "place"), fold=search_key)
    body_text = FoldedField(sources=("text",), fold=search_key)

    numbers: Any = None  # set by meetings.services.planning.overview

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "Treffen"
        verbose_name_plural = "Treffen"
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="meeting_starts"),
            models.Index(fields=["ends_at"], name="meeting_ends"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")),
                name="meeting_times_in_order",
                violation_error_code="end_time",
                violation_error_message="Das Ende muss nach dem Beginn liegen.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetings:meeting", args=[self.pk])

    @property
    def starts_on(self) -> date:
        """The local day of the start."""
        return timezone.localdate(self.starts_at)

    @property
    def is_past(self) -> bool:
        """Whether the meeting is over."""
        return self.ends_at < timezone.now()

    @property
    def is_cancelled(self) -> bool:
        """Whether the meeting was called off."""
        return self.state == State.CANCELLED

    @property
    def is_draft(self) -> bool:
        """Whether the meeting is a draft, which nobody outside the team knows."""
        return self.state == State.DRAFT

    @property
    def has_in_person(self) -> bool:
        """Whether people can take part in person."""
        return self.format in (Format.IN_PERSON, Format.HYBRID)

    @property
    def has_online(self) -> bool:
        """Whether people can take part online."""
        return self.format in (Format.ONLINE, Format.HYBRID)

    @property
    def is_open_for_answers(self) -> bool:
        """Whether invitees can answer by themselves: planned, not begun, and the deadline is not over.

        An invitee with a former answer can still answer after the deadline.
        """
        now = timezone.now()
        return self.state == State.PLANNED and not self.is_deadline_over(now) and now < self.starts_at

    def is_deadline_over(self, at: datetime) -> bool:
        """Return whether that instant (UTC) is after the last day for answers (local, included); False without one."""
        return self.answer_deadline_on is not None and timezone.localdate(at) > self.answer_deadline_on

    @property
    def location(self) -> str:
        """The place of an in-person or hybrid meeting on one line, "" for an online one. Reads `host`.

        With a host: its name, the room, street and town; without the address when `place` has one of its own (street
        or town of the host, or a postcode).
        """
        if not self.has_in_person:
            return ""
        if self.host is None:
            return self.place
        town = f"{self.host.postcode} {self.host.place}".strip()
        address = [part for part in (self.host.street, town) if part]
        named = [part for part in (self.host.street, self.host.place) if part]
        if _POSTCODE.search(self.place) or any(part.lower() in self.place.lower() for part in named):
            address = []
        return ", ".join(part for part in (self.host.name, self.place, *address) if part)


class AgendaItem(models.Model):
    """One item of the agenda. It has an offset from the meeting's start, so that it moves with the meeting."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda_items")
    offset_minutes = models.PositiveSmallIntegerField("Minuten nach Beginn", default=0)
    title = models.CharField("Titel", max_length=200)
    speaker = models.CharField("Wer", max_length=200, blank=True)
    kind = models.CharField("Art", max_length=20, choices=AgendaKind.choices, default=AgendaKind.TALK)
    search_text = FoldedField(sources=("title", "speaker"), fold=search_key)

    class Meta:
        verbose_name = "Tagesordnungspunkt"
        verbose_name_plural = "Ablauf"
        ordering = ["offset_minutes", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def starts_at(self) -> datetime:
        """The instant (UTC) at which the item begins. Reads `meeting`."""
        return self.meeting.starts_at + timedelta(minutes=self.offset_minutes)


class ChecklistItem(TimeStamped, Versioned):
    """One step of the preparation, due so many days before the meeting (negative: after it)."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="checklist_items")
    title = models.CharField("Aufgabe", max_length=200)
    days_before = models.SmallIntegerField("Tage vorher", default=7, help_text="Negativ heißt: so viele Tage danach.")
    done_at = models.DateTimeField("erledigt", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="erledigt von"
    )

    class Meta:
        verbose_name = "Vorbereitungsschritt"
        verbose_name_plural = "Vorbereitung"
        ordering = ["-days_before", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def due_on(self) -> date:
        """The local day by which it should be done. Reads `meeting`."""
        return self.meeting.starts_on - timedelta(days=self.days_before)

    @property
    def is_overdue(self) -> bool:
        """Whether the step is open and its day has passed. Reads `meeting`."""
        return self.done_at is None and self.due_on < timezone.localdate()
