"""Networks, municipalities and school holidays in Django's admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from common.lists import FoldedSearchAdmin
from common.locking import VersionedAdmin
from regions.models import Municipality, Network, SchoolHoliday
from regions.services import municipalities, networks, school_holidays
from team.services import activity


@admin.register(Network)
class NetworkAdmin(VersionedAdmin):
    """The networks. A network can be deactivated, not deleted, because its address stays on paper."""

    list_display = ["name", "short_name", "mark", "coordinator", "is_active"]
    list_filter = ["is_active", "coordinator"]
    list_select_related = ["coordinator"]
    search_fields = ["name", "short_name"]
    fields = ["name", "short_name", "slug", "mark", "coordinator", "description", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the address of an existing network read-only, because it is on paper somewhere."""
        return ["slug"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """Derive a new network's address from its name."""
        return {} if obj else {"slug": ["name"]}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save an existing network, with its municipalities as they are, through the service.

        A new one is saved here and recorded in the log.
        """
        user: Any = request.user
        if change:
            networks.change(obj, municipalities=list(obj.municipalities.all()), fields=form.changed_labels, by=user)
        else:
            super().save_model(request, obj, form, change)
            activity.record(f"hat „{obj}“ angelegt", by=user, about=[obj])


@admin.register(Municipality)
class MunicipalityAdmin(VersionedAdmin, FoldedSearchAdmin):
    """The municipalities of the district. A municipality's network is set at the network."""

    list_display = ["name", "postcodes", "joint_municipality", "network"]
    list_filter = ["network", "joint_municipality"]
    list_select_related = ["network"]
    search_fields = ["search_text__contains", "postcodes"]
    fields = ["name", "postcodes", "joint_municipality", "network", "latitude", "longitude"]
    readonly_fields = ["network"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, so that the log records it."""
        user: Any = request.user
        if change:
            municipalities.change(obj, fields=form.changed_labels, by=user)
        else:
            municipalities.add(obj, by=user)


@admin.register(SchoolHoliday)
class SchoolHolidayAdmin(VersionedAdmin):
    """The school holidays from which the hints about a date are made."""

    list_display = ["name", "school_year", "first_on", "last_on", "source"]
    list_filter = ["school_year"]
    search_fields = ["name", "school_year"]
    fields = ["school_year", "name", "first_on", "last_on", "source"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no actions: the bulk deletion would not be recorded in the log."""
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, so that the log records it."""
        user: Any = request.user
        if change:
            school_holidays.change(obj, fields=form.changed_labels, by=user)
        else:
            school_holidays.add(obj, by=user)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete through the service, so that the log records it."""
        user: Any = request.user
        school_holidays.remove(obj, by=user)
