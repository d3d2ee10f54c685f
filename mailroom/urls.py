from django.urls import path

from mailroom import views

app_name = "mailroom"
urlpatterns = [
    path("ausgang/", views.Outbox.as_view(), name="outbox"),
    path("ausgang/<uuid:pk>/", views.OutboxMailDetail.as_view(), name="outbox_mail"),
    path("ausgang/<uuid:pk>/ansicht/", views.outbox_html, name="outbox_html"),
    path("ausgang/<uuid:pk>/erneut/", views.send_again, name="send_again"),
]
