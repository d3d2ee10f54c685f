"""The filters of the list of meetings; each is one query parameter."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.lists import ListFilter, SortFilter
from meetings.enums import Format, State
from meetings.models import Meeting
from partners.forms.fields import DayInput
from regions.models import Network
from regions.services import days
from team.models import Absence, User


class MeetingFilter(ListFilter):
    """The filter of the list of meetings, by default those that are not over.

    The format of a meeting is filtered by `way`, since the parameter `format` asks for a file.
    """

    PERIODS = (("vergangene", "vergangene"), ("alle", "alle"))

    q = django_filters.CharFilter(
        method="filter_words",
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Thema, Ort …"}),
    )
    period = django_filters.ChoiceFilter(
        choices=PERIODS, method="filter_period", label="Zeitraum", empty_label="kommende"
    )
    since = django_filters.DateFilter(method="filter_since", label="von", widget=DayInput())
    until = django_filters.DateFilter(method="filter_until", label="bis", widget=DayInput())
    network = django_filters.ModelChoiceFilter(
        queryset=Network.objects.all(),
        to_field_name="slug",
        method="filter_network",
        label="Netzwerk",
        empty_label="alle Netzwerke",
    )
    way = django_filters.ChoiceFilter(
        field_name="format", choices=Format.choices, label="Format", empty_label="alle Formate"
    )
    state = django_filters.ChoiceFilter(choices=State.choices, label="Stand", empty_label="jeder Stand")
    responsible = django_filters.ModelChoiceFilter(
        queryset=User.objects.all(), method="filter_responsible", label="Zuständig", empty_label="alle im Team"
    )
    sort = SortFilter(columns={"date": ["starts_at"]})

    class Meta:
        model = Meeting
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> QuerySet:
        """Return the filtered meetings: with `period`, `since` or `until` the latest first, else those not over."""
        asked = self.form.cleaned_data
        if asked.get("period") or asked.get("since") or asked.get("until"):
            queryset = queryset.order_by("-starts_at", "-pk")
        else:
            queryset = queryset.filter(ends_at__gte=timezone.now())
        return super().filter_queryset(queryset)

    def filter_words(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Filter meetings where each word is in title, theme, place or host."""
        return queryset.found_by(value)

    def filter_period(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Filter meetings that are over (`vergangene`); any other value keeps all."""
        return queryset.past() if value == "vergangene" else queryset

    def filter_since(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Filter meetings that end on this local day or later; a day outside the calendar does not filter."""
        return queryset.filter(ends_at__date__gte=value) if days.FIRST <= value <= days.LAST else queryset

    def filter_until(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Filter meetings that begin on this local day or earlier; a day outside the calendar does not filter."""
        return queryset.filter(starts_at__date__lte=value) if days.FIRST <= value <= days.LAST else queryset

    def filter_network(self, queryset: Any, name: str, value: Network) -> QuerySet:
        """Filter meetings of the network, alone or with other networks."""
        return queryset.in_network(value)

    def filter_responsible(self, queryset: QuerySet, name: str, value: User) -> QuerySet:
        """Filter meetings of this user and of everybody whose deputy they are now."""
        absent = Absence.objects.running().filter(deputy=value).values("away")
        return queryset.filter(Q(responsible=value) | Q(responsible__in=absent))
