"""The team in Django's admin, without the models of Django and allauth that nobody needs there."""

from typing import Any

from allauth.account.admin import EmailAddressAdmin as _email_addresses  # noqa: F401 - registered before it is taken out
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin as _authenticators  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions.admin import UserSessionAdmin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as _groups  # noqa: F401
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from common.locking import LockedAdmin, VersionedAdmin
from team.forms import MemberForm
from team.models import Activity, User
from team.services import members

# Rights are in `team.rules`, addresses and sessions are on the members' own pages, and factors are secret.
admin.site.unregister([Group, EmailAddress, UserSession, Authenticator])


@admin.register(User)
class UserAdmin(VersionedAdmin):
    """Members, for the lead only (`team.backends`). New ones are invited at /team/neu/; none is deleted."""

    form = MemberForm
    list_display = ["__str__", "email", "is_lead", "is_active", "last_login"]
    list_filter = ["is_lead", "is_active"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["sort_key", "pk"]
    fields = ["email", "first_name", "last_name", "phone", "is_lead", "is_active", "last_login", "joined_at"]
    readonly_fields = ["last_login", "joined_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the form again with the reason when somebody else has changed the last other lead meanwhile."""
        try:
            response: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)
        except members.NotAllowed as reason:
            messages.error(request, str(reason))
            return HttpResponseRedirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, which locks the row, writes the log, and ends sessions or sends a link where due.

        Raises NotAllowed when no active lead would be left; the form normally refuses that first.
        """
        user: Any = request.user
        members.change(obj, by=user)


@admin.register(Activity)
class ActivityAdmin(LockedAdmin):
    """The log of activities."""

    list_display = ["at", "by", "sentence"]
    list_filter = ["at"]
    list_select_related = ["by"]
    search_fields = ["sentence"]
    fields = ["at", "by", "sentence"]
