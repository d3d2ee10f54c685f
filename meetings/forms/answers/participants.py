"""Filters of a meeting's list of invitees (one URL parameter each), and the form for a new person."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common.lists import ListFilter, SortFilter
from meetings.enums import Answer, Mode
from meetings.models import Invitation, Message
from partners.models import Contact, Organisation

_OPEN = "open"
_FORMER = "former"


class ParticipantFilter(ListFilter):
    """Filter by words, answer, mode, message and kind of organisation."""

    q = django_filters.CharFilter(
        method="filter_words",
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, Einrichtung …"}),
    )
    answer = django_filters.ChoiceFilter(
        choices=[*Answer.choices, (_OPEN, "offen"), (_FORMER, "zum alten Termin")],
        method="filter_answer",
        label="Antwort",
        empty_label="alle",
    )
    mode = django_filters.ChoiceFilter(
        choices=Mode.choices, method="filter_mode", label="Teilnahme", empty_label="alle"
    )
    message = django_filters.ChoiceFilter(
        choices=[("all", "mit Nachricht"), ("open", "mit offener Nachricht")],
        method="filter_message",
        label="Nachricht",
        empty_label="alle",
    )
    kind = django_filters.ChoiceFilter(
        choices=Organisation.Kind.choices, method="filter_kind", label="Art", empty_label="alle Arten"
    )
    sort = SortFilter(
        columns={
            "name": ["contact__sort_key"],
            "organisation": ["contact__organisation__sort_key", "contact__organisation_id", "contact__sort_key"],
            "answered": [F("answered_at"), "contact__sort_key"],
        }
    )

    class Meta:
        model = Invitation
        fields: list[str] = []

    def filter_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Return the invitations whose contact, or their organisation, holds every word (`Contact.found_by`)."""
        return queryset.filter(contact__in=Contact.objects.found_by(value).order_by().values("pk"))

    def filter_answer(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Return the invitations with this answer, without one (`open`), or with any former answer (`former`).

        Former: given before time, place or format changed; a meeting that is called off has none. Former
        acceptances are not among the accepted ones; „vielleicht“ and declines are in both groups.
        """
        if value == _FORMER:
            return queryset.former()
        if value == Answer.ACCEPTED:
            return queryset.accepted().marked().filter(is_former=False)
        return queryset.filter(answer="" if value == _OPEN else value)

    def filter_mode(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Return the invitations answered with this mode."""
        return queryset.filter(mode=value)

    def filter_message(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Return the invitations with a message or a word beside the answer (`all`), or an open message (`open`)."""
        written = Message.objects.filter(invitation=OuterRef("pk"))
        if value == "open":
            return queryset.filter(Exists(written.open().order_by()))
        return queryset.filter(Exists(written.order_by()) | ~Q(comment=""))

    def filter_kind(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Return the invitations of contacts of this kind of organisation."""
        return queryset.filter(contact__organisation__kind=value)


class NewPersonForm(forms.ModelForm):
    """Form for the name of a person who answered and is not a contact yet."""

    class Meta:
        model = Contact
        fields = ["first_name", "last_name"]
        error_messages = {"last_name": {"required": "Bitte tragen Sie ein, wie die Person heißt."}}
