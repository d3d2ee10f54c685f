"""All addresses of the site; docs/architecture.md lists those that must stay stable."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from netzwerk.health import healthz
from netzwerk.operation.page import operation

admin.site.site_header = admin.site.site_title = "Netzwerk – Verwaltung"
admin.site.index_title = "Stammdaten"


@login_not_required
@secure_admin_login
def _admin_login(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Replace the admin's login form, which does not count failed attempts, by allauth's."""
    return redirect("admin:index")


def _admin_password(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Redirect to the account's password page, which notifies the member by mail."""
    return redirect("account_change_password")


admin.site.login = _admin_login  # type: ignore[method-assign]
admin.site.password_change = _admin_password  # type: ignore[method-assign,assignment]

urlpatterns = [
    path("", include("meetings.urls")),
    path("healthz", healthz, name="healthz"),
    path("betrieb/", operation, name="operation"),
    path("verwaltung/", admin.site.urls),
    path("konto/", include("allauth.urls")),
    path("", include("partners.urls")),
    path("", include("mailroom.urls")),
    path("team/", include("team.urls")),
    path("netzwerke/", include("regions.urls")),
    path("", include("public.urls")),
    path("", include("desk.urls")),
]

handler400 = "public.errors.bad_request"
handler404 = "public.errors.not_found"
handler403 = "public.errors.forbidden"
handler500 = "public.errors.server_error"
