"""Meetings in Django's admin: texts can be corrected here; times, networks and invitations have their own pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.lists import FoldedSearchAdmin
from common.locking import LockedAdmin, VersionedAdmin
from meetings.models import Invitation, Meeting, Response
from meetings.services.planning import meetings


@admin.register(Meeting)
class MeetingAdmin(VersionedAdmin, FoldedSearchAdmin):
    """The admin of meetings. Times are read-only: the meeting's own page handles the nights of a clock change."""

    list_display = ["title", "starts_at", "format", "state", "responsible"]
    list_filter = ["state", "format", "kind", "networks"]
    list_select_related = ["responsible"]
    search_fields = ["search_text__contains"]
    date_hierarchy = "starts_at"
    fields = [
        "title", "theme", "kind", "format", "state", "starts_at", "ends_at", "host", "place", "online_link", "dial_in",
        "capacity_in_person", "capacity_online", "answer_deadline_on", "text", "responsible", "is_public", "sequence",
    ]  # fmt: skip
    readonly_fields = ["state", "starts_at", "ends_at", "host", "sequence"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, which locks and logs, records a `Change` and replaces waiting mails."""
        user: Any = request.user
        meetings.change(obj, networks=list(obj.networks.all()), fields=form.changed_labels, by=user)


@admin.register(Invitation)
class InvitationAdmin(LockedAdmin, FoldedSearchAdmin):
    """The read-only list of invitations. It never shows the token, which is the invitee's secret."""

    view_on_site = False
    list_display = ["contact", "meeting", "answer", "mode", "answered_at", "answered_via"]
    list_filter = ["answer", "mode", "answered_via"]
    list_select_related = ["contact", "meeting"]
    search_fields = ["contact__search_text__contains"]
    fields = [
        "contact", "meeting", "network", "email", "answer", "mode", "comment", "answered_at", "answered_via",
        "joined_at", "withdrawn_at", "created_at",
    ]  # fmt: skip


@admin.register(Response)
class ResponseAdmin(LockedAdmin, FoldedSearchAdmin):
    """The read-only history of answers."""

    list_display = ["invitation", "answer", "mode", "via", "at", "refusal"]
    list_filter = ["answer", "via", "refusal"]
    search_fields = ["invitation__contact__search_text__contains"]
    fields = ["invitation", "answer", "mode", "comment", "via", "at", "by", "refusal"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Response]:
        return super().get_queryset(request).select_related("invitation__contact", "invitation__meeting", "by")
