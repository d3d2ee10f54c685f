"""The public texts in Django's admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from common.locking import VersionedAdmin
from public.models import SiteText
from public.services import site_texts


@admin.register(SiteText)
class SiteTextAdmin(VersionedAdmin):
    """Admin of the public texts; there is exactly one per page, so none can be added or deleted."""

    list_display = ["page", "updated_at"]
    fields = ["page", "body"]
    readonly_fields = ["page"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, which records the change in the log."""
        user: Any = request.user
        site_texts.rewrite(obj, by=user)
