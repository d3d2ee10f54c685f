"""The filters of the outbox."""

import django_filters
from django import forms
from django.db.models import QuerySet

from common.lists import ListFilter
from mailroom.models import OutboxMail, OutboxQuerySet


class OutboxFilter(ListFilter):
    """By state, kind, and words of recipient or subject."""

    q = django_filters.CharFilter(
        method="filter_words",
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Adresse, Betreff …"}),
    )
    state = django_filters.ChoiceFilter(choices=OutboxMail.State.choices, label="Zustand", empty_label="alle")
    kind = django_filters.ChoiceFilter(choices=OutboxMail.Kind.choices, label="Art", empty_label="alle Arten")

    class Meta:
        model = OutboxMail
        fields: list[str] = []

    def filter_words(self, queryset: OutboxQuerySet, name: str, value: str) -> QuerySet:
        """Every word is part of recipient or subject."""
        return queryset.found_by(value)
