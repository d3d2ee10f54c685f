from django.urls import path

from meetings.views import answers, calls, meetings, pages, participants

app_name = "meetings"
urlpatterns = [
    # --- planning
    path("treffen/", meetings.MeetingList.as_view(), name="meetings"),
    path("treffen/<uuid:pk>/", participants.Participants.as_view(), name="meeting"),
    path("treffen/<uuid:pk>/verlauf/", pages.History.as_view(), name="history"),
    # --- answers
    path("treffen/<uuid:pk>/zahlen/", participants.tally, name="tally"),
    path("treffen/<uuid:pk>/anrufliste/", calls.CallList.as_view(), name="calls"),
    path("treffen/<uuid:pk>/einladungen/<uuid:invitation_pk>/", calls.note_answer, name="note_answer"),
    path("treffen/<uuid:pk>/einladungen/<uuid:invitation_pk>/anruf/", calls.note_call, name="note_call"),
    # --- for invitees
    path("einladung/<str:token>/", answers.answer, name="answer"),
    path("einladung/<str:token>/kalender.ics", answers.answer_calendar, name="answer_calendar"),
    path("einladung/<str:token>/beitreten/", answers.join, name="join"),
]
