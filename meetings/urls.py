from django.urls import path

from meetings.views import meetings, pages

app_name = "meetings"
urlpatterns = [
    # --- planning
    path("treffen/", meetings.MeetingList.as_view(), name="meetings"),
    path("treffen/<uuid:pk>/", pages.MeetingShell.as_view(), name="meeting"),
    path("treffen/<uuid:pk>/verlauf/", pages.History.as_view(), name="history"),
]
