"""List of a meeting's invitees with their answers, and the numbers alone."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from common.lists import ListPage
from meetings.forms.answers.participants import ParticipantFilter
from meetings.models import Invitation, Meeting, Proposal
from meetings.services.answers import counts, participants
from meetings.services.returns import resolve
from meetings.views.pages import MeetingPage
from team.requests import TeamRequest


class Participants(MeetingPage, ListPage):
    """List of the invitees with answer, way and time, and the state of their mail; withdrawn invitations at the end."""

    tab = "meeting"
    filterset_class = ParticipantFilter
    template_name = "meetings/answers/participants.html"
    export_name = "Teilnehmende"
    export_columns = participants.COLUMNS

    def get_queryset(self) -> QuerySet[Invitation]:
        return self._invitations().valid().prefetch_related("messages")

    def _invitations(self) -> Any:
        """Return all invitations of the meeting, withdrawn ones too, by name, with the rows that the list reads."""
        rows = Invitation.objects.filter(meeting=self.meeting)
        return rows.select_related("meeting", "contact__organisation", "network").order_by("contact__sort_key", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the fates of the page's mails, the withdrawn invitations, and the open proposals (`questions`)."""
        context = super().get_context_data(**kwargs)
        context["page_obj"].object_list = participants.participants_with_fates(context["page_obj"].object_list)
        context["withdrawn"] = list(self._invitations().withdrawn())
        context["questions"] = resolve.questions(Proposal.objects.of_meeting(self.meeting).open())
        context["can_withdraw"] = not self.meeting.is_cancelled and not self.meeting.is_past
        return context

    def export_rows(self, queryset: QuerySet[Invitation]) -> Iterable[Sequence[object]]:
        return participants.rows(queryset)


def tally(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Return the numbers of answers as HTML for a polling htmx request; redirect other requests to the meeting."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    if "HX-Request" not in request.headers:
        return redirect(meeting)
    return render(request, "meetings/answers/tally.html", {"meeting": meeting, "tally": counts.tally(meeting)})
