from django.urls import path

from public.views import networks, texts

app_name = "public"
urlpatterns = [
    path("netzwerk/", networks.networks, name="networks"),
    path("netzwerk/<slug:slug>/", networks.network, name="network"),
    path("kalender/<slug:slug>.ics", networks.calendar, name="calendar"),
    path("impressum/", texts.site_text, {"page": "impressum"}, name="impressum"),
    path("datenschutz/", texts.site_text, {"page": "datenschutz"}, name="datenschutz"),
    path("barrierefreiheit/", texts.site_text, {"page": "barrierefreiheit"}, name="barrierefreiheit"),
    path("texte/<slug:page>/bearbeiten/", texts.SiteTextUpdate.as_view(), name="site_text_update"),
    path("stil/", texts.style, name="style"),
]
