"""The filters of the partner lists; each is one parameter in the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet

from common.folding import sort_key
from common.lists import ListFilter, SortFilter
from partners.models import Contact, Organisation
from regions.models import Municipality, Network

_OUTSIDE = "ausserhalb"
_UNASSIGNED = "offen"


def _search(placeholder: str) -> forms.TextInput:
    return forms.TextInput(attrs={"type": "search", "placeholder": placeholder})


def _speciality_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    sectors = Organisation.objects.exclude(sector="").order_by().values_list("sector", flat=True).distinct()
    return [
        ("Schulform", [(f"school_type:{code}", label) for code, label in Organisation.SchoolType.choices]),
        ("Branche", [(f"sector:{sector}", sector) for sector in sorted(sectors, key=sort_key)]),
        ("Akteur", [(f"actor_kind:{code}", label) for code, label in Organisation.ActorKind.choices]),
    ]


def _place_choices() -> list[tuple[str, str]]:
    names = [(str(pk), name) for pk, name in Municipality.objects.values_list("pk", "name")]
    return [*names, (_OUTSIDE, "außerhalb des Landkreises"), (_UNASSIGNED, "noch nicht zugeordnet")]


class PartnerFilter(ListFilter):
    """The filters that both partner lists share. `prefix_to_organisation` leads from the row to its organisation."""

    prefix_to_organisation = ""

    q = django_filters.CharFilter(method="filter_words", label="Suche", widget=_search("Name, Ort, E-Mail …"))
    kind = django_filters.ChoiceFilter(
        choices=Organisation.Kind.choices, method="filter_kind", label="Art", empty_label="alle Arten"
    )
    network = django_filters.ModelChoiceFilter(
        queryset=Network.objects.all(),
        to_field_name="slug",
        method="filter_network",
        label="Netzwerk",
        empty_label="alle Netzwerke",
    )
    place = django_filters.ChoiceFilter(
        choices=_place_choices, method="filter_place", label="Gemeinde", empty_label="alle Gemeinden"
    )
    speciality = django_filters.ChoiceFilter(
        choices=_speciality_choices, method="filter_speciality", label="Schulform, Branche", empty_label="alle"
    )

    def _on_organisation(self, **conditions: Any) -> Q:
        return Q(**{f"{self.prefix_to_organisation}{name}": value for name, value in conditions.items()})

    def filter_words(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Filter to rows that match every word of the search."""
        return queryset.found_by(value)

    def filter_kind(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter to schools, companies or labour-market actors."""
        return queryset.filter(self._on_organisation(kind=value))

    def filter_network(self, queryset: Any, name: str, value: Network) -> QuerySet:
        """Filter to organisations or people who belong to the network today."""
        return queryset.in_network(value)

    def filter_place(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter to a municipality, to outside the district, or to not yet assigned."""
        if value == _OUTSIDE:
            return queryset.filter(self._on_organisation(is_outside_district=True))
        if value == _UNASSIGNED:
            return queryset.filter(self._on_organisation(is_outside_district=False, municipality__isnull=True))
        return queryset.filter(self._on_organisation(municipality=value))

    def filter_speciality(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter to one school type, sector or kind of actor, given as `sector:Logistik`."""
        field, _, wanted = value.partition(":")
        return queryset.filter(self._on_organisation(**{field: wanted}))


class OrganisationFilter(PartnerFilter):
    """The filters of the list of organisations."""

    sort = SortFilter(
        columns={
            "name": ["sort_key"],
            "place": [F("municipality__sort_key"), "sort_key"],
        }
    )

    class Meta:
        model = Organisation
        fields: list[str] = []


class ContactFilter(PartnerFilter):
    """The filters of the list of people."""

    POST_CHOICES = (("frueher", "nur frühere"), ("alle", "auch frühere"))
    MAIL_CHOICES = (
        ("ja", "bekommt Einladungen"),
        ("nein", "bekommt keine"),
        ("ohne", "ohne E-Mail"),
        ("gestoert", "Adresse gestört"),
    )

    prefix_to_organisation = "organisation__"

    mail = django_filters.ChoiceFilter(
        choices=MAIL_CHOICES, method="filter_mail", label="Einladungen", empty_label="alle"
    )
    post = django_filters.ChoiceFilter(
        choices=POST_CHOICES, method="filter_post", label="Stand", empty_label="aktuelle"
    )
    sort = SortFilter(
        columns={
            "name": ["sort_key"],
            "organisation": ["organisation__sort_key", "organisation_id", "sort_key"],
            "role": ["role_key", "sort_key"],
        }
    )

    class Meta:
        model = Contact
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> QuerySet:
        """Filter as chosen, and leave out ended posts unless `post` asks for them."""
        found: Any = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("post") else found.open()

    def filter_post(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Filter to ended posts, or leave open and ended ones; without this filter only open ones are shown."""
        return queryset.ended() if value == "frueher" else queryset

    def filter_mail(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Filter to contacts with a disturbed, undeliverable or stopped address, or without one.

        „ja“ and „nein“ ask only for `gets_invitations`, whatever the address.
        """
        if value == "ohne":
            return queryset.filter(email="")
        if value == "gestoert":
            return queryset.with_broken_address()
        return queryset.filter(gets_invitations=value == "ja")
