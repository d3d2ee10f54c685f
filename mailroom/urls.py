from django.urls import path

from mailroom.views import outbox, stops

app_name = "mailroom"
urlpatterns = [
    path("post/ausgang/", outbox.Outbox.as_view(), name="outbox"),
    path("post/ausgang/<uuid:pk>/", outbox.OutboxMailDetail.as_view(), name="outbox_mail"),
    path("post/ausgang/<uuid:pk>/ansicht/", outbox.outbox_html, name="outbox_html"),
    path("post/ausgang/<uuid:pk>/erneut/", outbox.send_again, name="send_again"),
    path("abmelden/<str:token>/", stops.stop, name="stop"),
]
