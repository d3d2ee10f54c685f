from django.urls import path

from public import views

app_name = "public"
urlpatterns = [
    path("impressum/", views.site_text, {"page": "impressum"}, name="impressum"),
    path("datenschutz/", views.site_text, {"page": "datenschutz"}, name="datenschutz"),
    path("barrierefreiheit/", views.site_text, {"page": "barrierefreiheit"}, name="barrierefreiheit"),
    path("texte/<slug:page>/bearbeiten/", views.SiteTextUpdate.as_view(), name="site_text_update"),
    path("stil/", views.style, name="style"),
]
