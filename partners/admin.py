"""Partners in Django's admin, for repairs. Acts (a change of jobs, an import) stay with their pages."""

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
    """A membership form that accepts only a contact of the same organisation."""

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
    """The organisation's memberships, past ones too, each with a link to its change page; read-only."""

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
    """The organisation's contacts, former ones too, each with a link to their page; read-only."""

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
        """Return the contact's name as a link to their page."""
        return format_html('<a href="{}">{}</a>', contact.get_absolute_url(), contact.formal_name)


@admin.register(Organisation)
class OrganisationAdmin(VersionedAdmin, FoldedSearchAdmin):
    """Schools, companies and labour-market actors. None is deleted, so that their history stays readable."""

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
        """Return the school type, sector or kind of actor."""
        return organisation.speciality

    @admin.display(description="Gemeinde")
    def location(self, organisation: Organisation) -> str:
        """Return the municipality, else the place."""
        return organisation.location

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, so that the log records it."""
        user: Any = request.user
        if change:
            organisations.change(obj, fields=form.changed_labels, by=user)
        else:
            organisations.add(obj, by=user)


@admin.register(Contact)
class ContactAdmin(VersionedAdmin, FoldedSearchAdmin):
    """The contacts. Their own page handles a change of jobs; deleting is an act of data protection, not a repair."""

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
        "source", "phone", "gets_invitations", "note", "ended_on", "former",
    ]  # fmt: skip

    @admin.display(description="Name", ordering="sort_key")
    def full_name(self, contact: Contact) -> str:
        """Return the name in the order by which it is sorted."""
        return f"{contact.last_name}, {contact.first_name}" if contact.first_name else contact.last_name

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the fields that only the pages of contacts write, not the admin.

        The organisation is one for a contact that exists.
        """
        return ["ended_on", "former", *(["organisation"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, so that the log records it."""
        user: Any = request.user
        if change:
            contacts.change(obj, fields=form.changed_labels, by=user)
        else:
            contacts.add(obj, by=user)


@admin.register(Membership)
class MembershipAdmin(VersionedAdmin, FoldedSearchAdmin):
    """Memberships in networks. A membership that is over gets an end date; it is not deleted."""

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
        """Save through the service, so that the log records it."""
        user: Any = request.user
        if change:
            memberships.change(obj, fields=form.changed_labels, by=user)
        else:
            memberships.add(obj, by=user)


class RememberedAdmin(admin.ModelAdmin):
    """Answers that were given in an import's preview. Deleting one makes the next preview ask again.

    They are deleted one by one through the service, which records each in the log.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one answer, from its own page."""
        self._forget(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete the answers that are ticked in the list."""
        self._forget(request, list(queryset))

    def _forget(self, request: HttpRequest, rows: list[Any]) -> None:
        user: Any = request.user
        for row in rows:
            aliases.forget(row, by=user)


@admin.register(NetworkAlias)
class NetworkAliasAdmin(RememberedAdmin):
    """The networks that a network name in a list means."""

    list_display = ["label", "meaning"]
    list_filter = ["networks"]
    search_fields = ["label"]
    fields = ["label", "meaning"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NetworkAlias]:
        return super().get_queryset(request).prefetch_related("networks")

    @admin.display(description="bedeutet")
    def meaning(self, alias: NetworkAlias) -> str:
        """Return the networks' short names."""
        return ", ".join(network.short_name for network in alias.networks.all()) or "kein Netzwerk"


@admin.register(HeadingAlias)
class HeadingAliasAdmin(RememberedAdmin):
    """The fields that column headings in a list mean."""

    list_display = ["key", "meaning", "created_at"]
    search_fields = ["key"]
    fields = ["key", "meaning", "created_at"]

    @admin.display(description="bedeutet", ordering="field")
    def meaning(self, alias: HeadingAlias) -> str:
        """Return the field as the preview calls it."""
        return headings.FIELDS.get(alias.field, alias.field)


@admin.register(ImportJob)
class ImportJobAdmin(LockedAdmin):
    """The imported lists."""

    list_display = ["file_name", "by", "state", "rows_done", "rows_total", "created_at", "finished_at"]
    list_filter = ["state"]
    search_fields = ["file_name"]
    fields = ["file_name", "by", "state", "rows_done", "rows_total", "error", "created_at", "finished_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        return super().get_queryset(request).select_related("by").defer("content")


@admin.register(ImportRow)
class ImportRowAdmin(LockedAdmin):
    """The rows of imported lists."""

    list_display = ["job", "number", "outcome", "decision", "result", "contact"]
    list_filter = ["outcome", "decision"]
    search_fields = ["job__file_name"]
    ordering = ["-job__created_at", "number"]
    fields = ["job", "sheet", "number", "values", "outcome", "reasons", "decision", "result", "contact"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRow]:
        return super().get_queryset(request).select_related("job", "contact").defer("job__content")
