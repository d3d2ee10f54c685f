from django.urls import path

from regions import views

app_name = "regions"
urlpatterns = [
    path("<slug:slug>/aendern/", views.NetworkUpdate.as_view(), name="network_update"),
]
