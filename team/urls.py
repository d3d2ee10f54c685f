from django.urls import path

from team.views import absences, members

app_name = "team"
urlpatterns = [
    path("", members.MemberList.as_view(), name="members"),
    path("neu/", members.MemberCreate.as_view(), name="member_create"),
    path("abwesenheit/", absences.absence, name="absence"),
    path("abwesenheit/<int:pk>/beenden/", absences.end, name="absence_end"),
    path("abwesenheit/gesehen/", absences.summary_seen, name="absence_seen"),
    path("<int:pk>/", members.MemberUpdate.as_view(), name="member"),
    path("<int:pk>/link/", members.send_link, name="send_link"),
    path("<int:pk>/sperren/", members.deactivate, name="deactivate"),
    path("<int:pk>/freigeben/", members.reactivate, name="reactivate"),
]
