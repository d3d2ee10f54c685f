from django.urls import path

from mailroom.views import acts, inbox, outbox, stops

app_name = "mailroom"
urlpatterns = [
    path("post/ausgang/", outbox.Outbox.as_view(), name="outbox"),
    path("post/ausgang/<uuid:pk>/", outbox.OutboxMailDetail.as_view(), name="outbox_mail"),
    path("post/ausgang/<uuid:pk>/ansicht/", outbox.outbox_html, name="outbox_html"),
    path("post/ausgang/<uuid:pk>/erledigt/", outbox.settle_lost, name="outbox_settle"),
    path("post/ausgang/<uuid:pk>/erneut/", outbox.send_again, name="send_again"),
    path("post/sendung/<uuid:pk>/", acts.ActDetail.as_view(), name="act"),
    path("post/sendung/<uuid:pk>/anhalten/", acts.act_stop, name="act_stop"),
    path("post/eingang/", inbox.Inbox.as_view(), name="inbox"),
    path("post/eingang/<uuid:pk>/", inbox.InboxMailDetail.as_view(), name="inbox_mail"),
    path("post/eingang/<uuid:pk>/mail.eml", inbox.inbox_raw, name="inbox_raw"),
    path("post/eingang/<uuid:pk>/erledigt/", inbox.settle, name="inbox_settle"),
    path("post/eingang/<uuid:pk>/offen/", inbox.reopen, name="inbox_reopen"),
    path("abmelden/<str:token>/", stops.stop, name="stop"),
]
