from django.urls import path

from desk.views import bulk, pages

app_name = "desk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("suche/", pages.search, name="search"),
    path("netzwerke/", pages.NetworkList.as_view(), name="networks"),
    path("netzwerke/<slug:slug>/", pages.NetworkDetail.as_view(), name="network"),
    path("sammelaktionen/", bulk.BulkActs.as_view(), name="bulk_acts"),
    path("sammelaktionen/neu/", bulk.BulkCreate.as_view(), name="bulk"),
    path("sammelaktionen/<uuid:pk>/", bulk.BulkActDetail.as_view(), name="bulk_act"),
    path("sammelaktionen/<uuid:pk>/anhalten/", bulk.bulk_stop, name="bulk_stop"),
    path("sammelaktionen/<uuid:pk>/zuruecknehmen/", bulk.bulk_take_back, name="bulk_take_back"),
]
