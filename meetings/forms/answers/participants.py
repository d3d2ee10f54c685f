"""Forms about the invitees of a meeting: the filters of their list (each is one word in the address), a new person."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet

from common.lists import ListFilter, SortFilter
from meetings.enums import Answer, Mode
from meetings.models import Invitation
from partners.models import Contact, Organisation

_OPEN = "open"
_FORMER = "former"


class ParticipantFilter(ListFilter):
    """By words, answer, mode and kind of organisation."""

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
        """Every word is part of something that names the person or her organisation."""
        return queryset.filter(contact__in=Contact.objects.found_by(value).order_by().values("pk"))

    def filter_answer(self, queryset: Any, name: str, value: str) -> QuerySet:
        """What she said, or nothing yet. Who accepted the former date does not come until she says so again."""
        if value == _FORMER:
            return queryset.former()
        if value == Answer.ACCEPTED:
            return queryset.accepted().marked().filter(is_former=False)
        return queryset.filter(answer="" if value == _OPEN else value)

    def filter_mode(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """In which way she comes."""
        return queryset.filter(mode=value)

    def filter_kind(self, queryset: Any, name: str, value: str) -> QuerySet:
        """School, company or labour-market actor."""
        return queryset.filter(contact__organisation__kind=value)


class NewPersonForm(forms.ModelForm):
    """What somebody is called who answered and is not known yet."""

    class Meta:
        model = Contact
        fields = ["first_name", "last_name"]
        error_messages = {"last_name": {"required": "Bitte tragen Sie ein, wie die Person heißt."}}
