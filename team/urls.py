from django.urls import path

from team import views

app_name = "team"
urlpatterns = [
    path("", views.MemberList.as_view(), name="members"),
    path("neu/", views.MemberCreate.as_view(), name="member_create"),
    path("<int:pk>/", views.MemberUpdate.as_view(), name="member"),
    path("<int:pk>/link/", views.send_link, name="send_link"),
    path("<int:pk>/sperren/", views.deactivate, name="deactivate"),
    path("<int:pk>/freigeben/", views.reactivate, name="reactivate"),
]
