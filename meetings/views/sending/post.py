"""Page of all mails of a meeting: its acts, and each mail with its state."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from common.lists import ListFilter, ListPage
from mailroom.models import Act, OutboxMail
from meetings.models import Invitation, Meeting
from meetings.services.changes import changes
from meetings.views.pages import MeetingPage


def former_address(request: HttpRequest, pk: UUID, act_pk: UUID) -> HttpResponse:
    """Redirect from the former URL of an act's page to the present one."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    return redirect(get_object_or_404(Act.objects.about(meeting), pk=act_pk))


class PostFilter(ListFilter):
    """Filter without fields: the list shows all mails of the meeting."""

    class Meta:
        model = OutboxMail
        fields: list[str] = []


class Post(MeetingPage, ListPage):
    """List of the meeting's acts and mails with their states, newest first."""

    tab = "post"
    filterset_class = PostFilter
    template_name = "meetings/sending/post.html"
    default_sort = ""

    def get_queryset(self) -> QuerySet[OutboxMail]:
        """Return the mails of the meeting's acts and of its invitations' lanes, newest first, without their bytes."""
        lanes = [str(pk) for pk in Invitation.objects.filter(meeting=self.meeting).values_list("pk", flat=True)]
        acts = Act.objects.about(self.meeting).values("pk")
        mails = OutboxMail.objects.filter(Q(act__in=acts) | Q(lane__in=lanes))
        return mails.defer("raw").order_by("-created_at", "-pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the acts and `unaware`, the number of invitees who know other facts; 0 when nothing can be told."""
        acts = Act.objects.about(self.meeting).select_related("by")
        unaware = len(changes.people_to_tell(self.meeting)) if changes.why_not(self.meeting) == "" else 0
        return super().get_context_data(acts=acts, unaware=unaware, **kwargs)
