from django.urls import path

from meetings.views import answers, meetings, pages

app_name = "meetings"
urlpatterns = [
    # --- planning
    path("treffen/", meetings.MeetingList.as_view(), name="meetings"),
    path("treffen/<uuid:pk>/", pages.MeetingShell.as_view(), name="meeting"),
    path("treffen/<uuid:pk>/verlauf/", pages.History.as_view(), name="history"),
    # --- for invitees
    path("einladung/<str:token>/", answers.answer, name="answer"),
    path("einladung/<str:token>/kalender.ics", answers.answer_calendar, name="answer_calendar"),
    path("einladung/<str:token>/beitreten/", answers.join, name="join"),
]
