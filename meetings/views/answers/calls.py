"""Pages for telephone calls: the call list, the outcome of a call, and an answer given on the phone."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import TemplateView

from meetings.enums import CallOutcome, Via
from meetings.forms.answers.calls import CallNoteForm, NotedAnswerForm
from meetings.models import Invitation, Meeting
from meetings.services.answers import calls, record
from meetings.views.pages import MeetingPage, back
from team.requests import TeamRequest

_FULL = "Auf diesem Weg ist kein Platz mehr frei. Kreuzen Sie unten an, wenn Sie trotzdem zusagen möchten."


class CallList(MeetingPage, TemplateView):
    """List of the invitees to call, with telephone numbers: without an answer, or with a former one."""

    tab = "meeting"
    template_name = "meetings/answers/calls.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the invitations to call (`to_call`) and the possible outcomes and answers."""
        return super().get_context_data(
            to_call=calls.to_call(self.meeting),
            outcomes=CallOutcome.choices,
            answers=calls.answer_choices(self.meeting),
            **kwargs,
        )


def _invitation(request: TeamRequest, pk: UUID, invitation_pk: UUID) -> Invitation:
    """Return one invitation of a meeting that this team member may see. Raises Http404."""
    meetings = Meeting.objects.visible_to(request.user)
    found = Invitation.objects.filter(meeting__in=meetings).select_related("meeting", "contact__organisation")
    return get_object_or_404(found, pk=invitation_pk, meeting=pk)


def _back(request: TeamRequest, invitation: Invitation) -> HttpResponse:
    """Redirect to the call list if the form was there, else to the page that it names (`next`) or the meeting."""
    if request.POST.get("back") == "calls":
        return redirect("meetings:calls", invitation.meeting_id)
    return back(request, invitation.meeting_id)


@require_POST
def note_call(request: TeamRequest, pk: UUID, invitation_pk: UUID) -> HttpResponse:
    """Record and log the outcome of a call, or show an error message for an unknown one; redirect to the call list."""
    invitation = _invitation(request, pk, invitation_pk)
    form = CallNoteForm(request.POST)
    if form.is_valid():
        made = calls.note(invitation, form.cleaned_data["outcome"], by=request.user)
        messages.success(request, f"{invitation.contact}: {made.get_outcome_display()}.")
    else:
        messages.error(request, "Dieses Ergebnis kennen wir nicht.")
    return redirect("meetings:calls", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def note_answer(request: TeamRequest, pk: UUID, invitation_pk: UUID) -> HttpResponse:
    """Record and log the answer that an invitee gave on the phone; GET shows a form with earlier answers and calls.

    An invalid form, and an answer without a free seat, is shown again (422); `over_capacity` ticked needs no seat.
    """
    invitation = _invitation(request, pk, invitation_pk)
    said = ":".join(part for part in (invitation.answer, invitation.mode) if part)
    initial = {"said": said, "comment": invitation.comment}
    typed = request.POST if request.method == "POST" else None
    form = NotedAnswerForm(typed, initial=initial, meeting=invitation.meeting)
    if form.is_bound and form.is_valid():
        try:
            record.record(invitation, via=Via.TEAM, by=request.user, **form.answer())
        except record.Full:
            form.add_error("said", _FULL)
        else:
            messages.success(request, f"{invitation.contact}: {invitation.get_answer_display()}, notiert.")
            return _back(request, invitation)
    context = {"form": form, "invitation": invitation, "meeting": invitation.meeting, "object": invitation.meeting}
    context |= {
        "answers": invitation.responses.select_related("by"),
        "calls": invitation.call_notes.select_related("by"),
    }
    return render(request, "meetings/answers/note_answer.html", context, status=422 if form.errors else 200)
