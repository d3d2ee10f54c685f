"""Partners in Django's admin: for repairs. What is an act (a change of job, reading a list in) stays with its page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from common.lists import FoldedSearchAdmin
from common.locking import LockedAdmin, VersionedAdmin, VersionedForm
from partners.models import Contact, HeadingAlias, ImportJob, ImportRow, Membership, NetworkAlias, Organisation
from partners.services import aliases, contacts, memberships, organisations
from partners.services.partner_list import headings


class MembershipForm(VersionedForm):
    """A membership; one for one person is at her own organisation."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        contact: Contact | None = cleaned.get("contact")
        organisation = cleaned.get("organisation")
        if contact and organisation and contact.organisation_id != organisation.pk:
            self.add_error(
                "contact", f"{contact} gehört zu einer anderen Einrichtung. Bitte wählen Sie eine Person von dieser."
            )
        return cleaned


class MembershipInline(admin.TabularInline):
    """In which networks the organisation is, each with a link to where it is changed."""

    model = Membership
    fields = ["network", "kind", "contact", "starts_on", "ends_on"]
    extra = 0
    show_change_link = True
    view_on_site = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("network", "contact", "organisation")


class ContactInline(admin.TabularInline):
    """Who works there, each with a link to her page."""

    model = Contact
    fields = ["person", "role", "email", "phone", "ended_on"]
    readonly_fields = ["person", "role", "email", "phone", "ended_on"]
    extra = 0
    can_delete = False
    view_on_site = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Name")
    def person(self, contact: Contact) -> str:
        """Her name, leading to her page."""
        return format_html('<a href="{}">{}</a>', contact.get_absolute_url(), contact.formal_name)


@admin.register(Organisation)
class OrganisationAdmin(VersionedAdmin, FoldedSearchAdmin):
    """Schools, companies and labour-market actors. None is deleted: what happened with it stays readable."""

    list_display = ["name", "kind", "speciality", "location", "phone"]
    list_filter = ["kind", "school_type", "actor_kind", "is_outside_district", "municipality", "memberships__network"]
    list_select_related = ["municipality"]
    search_fields = ["search_text__contains"]
    autocomplete_fields = ["municipality"]
    inlines = [ContactInline, MembershipInline]
    fieldsets = [
        (None, {"fields": ["name", "kind"]}),
        ("Schule", {"fields": ["school_type", "school_authority"]}),
        ("Betrieb", {"fields": ["sector"]}),
        ("Arbeitsmarktakteur", {"fields": ["actor_kind"]}),
        ("Ort", {"fields": ["street", "postcode", "place", "municipality", "is_outside_district"]}),
        ("Weiteres", {"fields": ["phone", "website", "note"]}),
    ]

    @admin.display(description="Schulform, Branche")
    def speciality(self, organisation: Organisation) -> str:
        """What it is exactly."""
        return organisation.speciality

    @admin.display(description="Gemeinde")
    def location(self, organisation: Organisation) -> str:
        """Where it is."""
        return organisation.location

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, so that it stands in the log."""
        user: Any = request.user
        if change:
            organisations.change(obj, fields=form.changed_labels, by=user)
        else:
            organisations.add(obj, by=user)


@admin.register(Contact)
class ContactAdmin(VersionedAdmin, FoldedSearchAdmin):
    """The people. Who changes jobs does so on her own page; deleting is an act of data protection, not of repair."""

    list_display = ["full_name", "organisation", "role", "email", "gets_invitations", "ended_on"]
    list_filter = [
        "gets_invitations",
        "is_shared_mailbox",
        ("ended_on", admin.EmptyFieldListFilter),
        "organisation__kind",
    ]
    list_select_related = ["organisation"]
    search_fields = ["search_text__contains", "organisation__search_text__contains"]
    autocomplete_fields = ["organisation"]
    fields = [
        "organisation", "salutation", "title", "first_name", "last_name", "role", "email", "is_shared_mailbox",
        "phone", "gets_invitations", "note", "ended_on", "former",
    ]  # fmt: skip

    @admin.display(description="Name", ordering="sort_key")
    def full_name(self, contact: Contact) -> str:
        """As it is sorted."""
        return f"{contact.last_name}, {contact.first_name}" if contact.first_name else contact.last_name

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What the acts of her own page write."""
        return ["ended_on", "former", *(["organisation"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, so that it stands in the log."""
        user: Any = request.user
        if change:
            contacts.change(obj, fields=form.changed_labels, by=user)
        else:
            contacts.add(obj, by=user)


@admin.register(Membership)
class MembershipAdmin(VersionedAdmin, FoldedSearchAdmin):
    """Who belongs to which network. One that is over gets an end; it is not deleted."""

    form = MembershipForm
    list_display = ["organisation", "contact", "network", "kind", "starts_on", "ends_on"]
    list_filter = ["network", "kind", ("ends_on", admin.EmptyFieldListFilter)]
    list_select_related = ["organisation", "contact", "network"]
    search_fields = ["organisation__search_text__contains", "contact__search_text__contains"]
    autocomplete_fields = ["organisation", "contact"]
    fields = ["organisation", "contact", "network", "kind", "starts_on", "ends_on"]
    ordering = ["organisation__sort_key", "network__sort_key", "pk"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, so that it stands in the log."""
        user: Any = request.user
        if change:
            memberships.change(obj, fields=form.changed_labels, by=user)
        else:
            memberships.add(obj, by=user)


class RememberedAdmin(admin.ModelAdmin):
    """What was answered in a preview and is remembered. A wrong answer is forgotten here and asked again there."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """One, from its own page."""
        self._forget(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Several, ticked in the list."""
        self._forget(request, list(queryset))

    def _forget(self, request: HttpRequest, rows: list[Any]) -> None:
        user: Any = request.user
        for row in rows:
            aliases.forget(row, by=user)


@admin.register(NetworkAlias)
class NetworkAliasAdmin(RememberedAdmin):
    """What a network name in a list means."""

    list_display = ["label", "meaning"]
    list_filter = ["networks"]
    search_fields = ["label"]
    fields = ["label", "meaning"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NetworkAlias]:
        return super().get_queryset(request).prefetch_related("networks")

    @admin.display(description="bedeutet")
    def meaning(self, alias: NetworkAlias) -> str:
        """The networks by their short names."""
        return ", ".join(network.short_name for network in alias.networks.all()) or "kein Netzwerk"


@admin.register(HeadingAlias)
class HeadingAliasAdmin(RememberedAdmin):
    """What a heading in a list means."""

    list_display = ["key", "meaning", "created_at"]
    search_fields = ["key"]
    fields = ["key", "meaning", "created_at"]

    @admin.display(description="bedeutet", ordering="field")
    def meaning(self, alias: HeadingAlias) -> str:
        """The field as the preview calls it."""
        return headings.FIELDS.get(alias.field, alias.field)


@admin.register(ImportJob)
class ImportJobAdmin(LockedAdmin):
    """The lists that were read in."""

    list_display = ["file_name", "by", "state", "rows_done", "rows_total", "created_at", "finished_at"]
    list_filter = ["state"]
    search_fields = ["file_name"]
    fields = ["file_name", "by", "state", "rows_done", "rows_total", "error", "created_at", "finished_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        return super().get_queryset(request).select_related("by").defer("content")


@admin.register(ImportRow)
class ImportRowAdmin(LockedAdmin):
    """The rows of those lists."""

    list_display = ["job", "number", "outcome", "decision", "result", "contact"]
    list_filter = ["outcome", "decision"]
    search_fields = ["job__file_name"]
    ordering = ["-job__created_at", "number"]
    fields = ["job", "sheet", "number", "values", "outcome", "reasons", "decision", "result", "contact"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRow]:
        return super().get_queryset(request).select_related("job", "contact").defer("job__content")
