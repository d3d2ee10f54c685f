"""Every address of the site; what must stay stable is listed in docs/architecture.md."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from netzwerk.health import healthz

admin.site.site_header = admin.site.site_title = "Netzwerk – Verwaltung"
admin.site.index_title = "Stammdaten"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("verwaltung/", admin.site.urls),
    path("konto/", include("allauth.urls")),
    path("partner/", include("partners.urls")),
    path("post/", include("mailroom.urls")),
    path("team/", include("team.urls")),
    path("netzwerke/", include("regions.urls")),
    path("", include("public.urls")),
    path("", include("desk.urls")),
]

handler400 = "public.errors.bad_request"
handler404 = "public.errors.not_found"
handler403 = "public.errors.forbidden"
handler500 = "public.errors.server_error"
