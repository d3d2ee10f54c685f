"""Filters of the lists of the outbox and the inbox."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from common.lists import ListFilter
from mailroom.models import InboxMail, InboxQuerySet, OutboxMail, OutboxQuerySet

_State = OutboxMail.State
_GROUPS = {
    "open": ("unterwegs oder wartend", (_State.QUEUED, _State.CLAIMED, _State.SENDING)),
    "trouble": ("mit Schwierigkeiten", (_State.RETRY, _State.UNCERTAIN, _State.FAILED)),
    "not_sent": ("angehalten oder überholt", (_State.CANCELLED, _State.SUPERSEDED)),
}
_RETURNED = OutboxMail.Returned.choices
_UNSETTLED = ("unsettled", "zu klären")


class OutboxFilter(ListFilter):
    """Filter by state or group of states, kind, act, and words of recipient or subject."""

    q = django_filters.CharFilter(
        method="filter_words",
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Adresse, Betreff …"}),
    )
    state = django_filters.ChoiceFilter(
        choices=[_UNSETTLED, *((name, label) for name, (label, _) in _GROUPS.items()), *_State.choices, *_RETURNED],
        method="filter_state",
        label="Zustand",
        empty_label="alle",
    )
    kind = django_filters.ChoiceFilter(choices=OutboxMail.Kind.choices, label="Art", empty_label="alle Arten")
    act = django_filters.UUIDFilter(widget=forms.HiddenInput)

    class Meta:
        model = OutboxMail
        fields: list[str] = []

    def filter_words(self, queryset: OutboxQuerySet, name: str, value: str) -> QuerySet:
        """Return the mails in which every word is part of the recipient or the subject."""
        return queryset.found_by(value)

    def filter_state(self, queryset: OutboxQuerySet, name: str, value: str) -> QuerySet:
        """Return the mails in this state, group of states (_GROUPS), returned state, or what is unsettled.

        "trouble" includes all mails that a report is about.
        """
        if value == _UNSETTLED[0]:
            return queryset.unsettled()
        if value in OutboxMail.Returned:
            return queryset.filter(returned=value)
        found = Q(state__in=_GROUPS[value][1] if value in _GROUPS else [value])
        return queryset.filter(found | ~Q(returned="") if value == "trouble" else found)


class InboxFilter(ListFilter):
    """Filter by state, kind, and words of sender, subject or the thing that the mail is about."""

    q = django_filters.CharFilter(
        method="filter_words",
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Absender, Betreff …"}),
    )
    state = django_filters.ChoiceFilter(choices=InboxMail.State.choices, label="Zustand", empty_label="alle")
    kind = django_filters.ChoiceFilter(choices=InboxMail.Kind.choices, label="Art", empty_label="alle Arten")

    class Meta:
        model = InboxMail
        fields: list[str] = []

    def filter_words(self, queryset: InboxQuerySet, name: str, value: str) -> QuerySet:
        """Return the mails in which every word is part of the sender, the subject or the label of the thing."""
        return queryset.found_by(value)
