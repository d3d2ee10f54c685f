"""Filters of the planner; each is one parameter in the address."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import QuerySet

from common.lists import ListFilter
from meetings.enums import Format, State
from meetings.models import Meeting
from regions.models import Network


class PlannerFilter(ListFilter):
    """Filter for the meetings of the year. Takes the networks from the view, so that they are read once."""

    network = django_filters.ChoiceFilter(method="filter_network", label="Netzwerk", empty_label="alle Netzwerke")
    format = django_filters.ChoiceFilter(choices=Format.choices, label="Format", empty_label="alle Formate")
    state = django_filters.ChoiceFilter(choices=State.choices, label="Stand", empty_label="jeder Stand")

    class Meta:
        model = Meeting
        fields: list[str] = []

    def __init__(self, *args: Any, networks: Iterable[Network], **kwargs: Any) -> None:
        """Offer these networks, by their slugs, as choices of the filter `network`."""
        super().__init__(*args, **kwargs)
        self.networks = {network.slug: network for network in networks}
        self.filters["network"].extra["choices"] = [(slug, network.name) for slug, network in self.networks.items()]

    @property
    def chosen(self) -> Network | None:
        """The network that the address asks for; None without one or for an unknown one."""
        return self.networks.get(self.data.get("network", ""))

    def filter_network(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Return the meetings of the network with this slug, including its meetings with other networks."""
        return queryset.in_network(self.networks[value])
