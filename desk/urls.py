from django.urls import path

from desk.views import pages, planner

app_name = "desk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("planer/", planner.year, name="planner"),
    path("gesehen/", pages.seen, name="seen"),
    path("suche/", pages.search, name="search"),
    path("netzwerke/", pages.NetworkList.as_view(), name="networks"),
    path("netzwerke/<slug:slug>/", pages.NetworkDetail.as_view(), name="network"),
]
