"""Read-only pages of the mailroom in Django's admin. Mails are sent, stopped and settled on the app's own pages."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.lists import FoldedSearchAdmin
from common.locking import LockedAdmin
from mailroom.models import Act, Address, InboxMail, OutboxMail


@admin.register(Act)
class ActAdmin(LockedAdmin, FoldedSearchAdmin):
    """Read-only list of the acts of mailing to many."""

    list_display = ["about_label", "kind", "state", "total", "by", "created_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["by"]
    search_fields = ["search_text__contains"]
    fields = ["about_label", "kind", "word", "state", "total", "by", "created_at", "leaves_at", "stopped_at"]


@admin.register(OutboxMail)
class OutboxMailAdmin(LockedAdmin, FoldedSearchAdmin):
    """Read-only list of outgoing mails with their state. Their content is shown on the outbox pages only."""

    list_display = ["subject", "recipient", "kind", "state", "attempts", "created_at", "sent_at"]
    list_filter = ["state", "kind", "created_at"]
    search_fields = ["search_text__contains"]
    fields = [
        "subject", "recipient", "kind", "state", "attempts", "created_at", "next_attempt_at", "expires_at", "sent_at",
        "smtp_reply", "last_error", "envelope_from", "message_id",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMail]:
        return super().get_queryset(request).defer("raw")


@admin.register(InboxMail)
class InboxMailAdmin(LockedAdmin, FoldedSearchAdmin):
    """Read-only list of incoming mails with their outcome. Their content is shown on the inbox pages only."""

    list_display = ["subject", "sender", "kind", "state", "attempts", "received_at"]
    list_filter = ["state", "kind", "received_at"]
    search_fields = ["search_text__contains"]
    fields = [
        "subject", "sender", "sender_name", "kind", "state", "outcome", "about_label", "attempts", "received_at",
        "size", "place", "digest", "settled_at", "settled_by",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxMail]:
        return super().get_queryset(request).defer("raw")


@admin.register(Address)
class AddressAdmin(LockedAdmin):
    """Read-only list of addresses with their state."""

    list_display = ["key", "state", "reason", "since"]
    list_filter = ["state"]
    search_fields = ["key"]
    fields = ["key", "state", "reason", "since"]
