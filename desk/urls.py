from django.urls import path

from desk import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("suche/", views.search, name="search"),
    path("netzwerke/", views.NetworkList.as_view(), name="networks"),
    path("netzwerke/<slug:slug>/", views.NetworkDetail.as_view(), name="network"),
]
