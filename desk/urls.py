from django.urls import path

from desk.views import acts, bulk, pages, planner

app_name = "desk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("planer/", planner.year, name="planner"),
    path("gesehen/", pages.seen, name="seen"),
    path("suche/", pages.search, name="search"),
    path("netzwerke/", pages.NetworkList.as_view(), name="networks"),
    path("netzwerke/<slug:slug>/", pages.NetworkDetail.as_view(), name="network"),
    path("sammelaktionen/", acts.BulkActs.as_view(), name="bulk_acts"),
    path("sammelaktionen/neu/", bulk.BulkCreate.as_view(), name="bulk"),
    path("sammelaktionen/neu/mail/<uuid:pk>/", bulk.bulk_mail, name="bulk_mail"),
    path("sammelaktionen/<uuid:pk>/", acts.BulkActDetail.as_view(), name="bulk_act"),
    path("sammelaktionen/<uuid:pk>/zuruecknehmen/", acts.BulkTakeBack.as_view(), name="bulk_take_back"),
]
