"""Pages of a meeting's agenda and of its checklist."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView, UpdateView

from common.locking import LockedFormMixin
from meetings.forms.planning.agenda import AgendaFormSet, ChecklistItemForm
from meetings.models import ChecklistItem, Meeting
from meetings.services.planning import agenda, checklist
from meetings.views.pages import MeetingPage, back


class Agenda(MeetingPage, TemplateView):
    """Page with the agenda items of the meeting."""

    tab = "agenda"
    template_name = "meetings/planning/agenda.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        items = list(self.meeting.agenda_items.all())
        for item in items:
            item.meeting = self.meeting
        return super().get_context_data(items=items, **kwargs)


class AgendaEdit(MeetingPage, TemplateView):
    """Form for all agenda items at once; „Zeile hinzufügen“ shows it again with one more row."""

    tab = "agenda"
    template_name = "meetings/planning/agenda_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("formset", AgendaFormSet(meeting=self.meeting))
        return super().get_context_data(**kwargs)

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save and log the agenda, show the errors (422), or show one more row, under the meeting's lock."""
        # The lock serialises two team members who save at once; the second sees the changes of the first.
        list(Meeting.objects.select_for_update(of=("self",)).filter(pk=self.kwargs["pk"]).values_list("pk"))
        wants_row = "add" in request.POST
        formset = AgendaFormSet(request.POST, meeting=self.meeting, more=1 if wants_row else 0)
        if wants_row:
            return self.render_to_response(self.get_context_data(formset=formset))
        if not formset.is_valid():
            return self.render_to_response(self.get_context_data(formset=formset), status=422)
        points, removed = formset.points, formset.removed
        agenda.change(self.meeting, points=points, removed=removed, by=request.user)  # type: ignore[arg-type]
        messages.success(request, "Gespeichert.")
        return redirect("meetings:agenda", self.meeting.pk)


class Checklist(MeetingPage, TemplateView):
    """Page with the steps of the checklist and a form for a new one."""

    tab = "checklist"
    template_name = "meetings/planning/checklist.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the steps, and an empty form for a new one unless one is given."""
        steps = list(self.meeting.checklist_items.select_related("done_by"))
        for step in steps:
            step.meeting = self.meeting
        kwargs.setdefault("form", ChecklistItemForm())
        return super().get_context_data(steps=steps, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save and log a new step, or show the errors (422)."""
        form = ChecklistItemForm(request.POST, instance=ChecklistItem(meeting=self.meeting))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        checklist.add(form.save(commit=False), by=request.user)  # type: ignore[arg-type]
        return redirect("meetings:checklist", self.meeting.pk)


def _step(request: HttpRequest, pk: UUID, item_pk: int) -> ChecklistItem:
    """Return a step of a meeting that this team member may see. Raises Http404."""
    meetings = Meeting.objects.visible_to(request.user)
    steps = ChecklistItem.objects.select_related("meeting")
    found: ChecklistItem = get_object_or_404(steps, pk=item_pk, meeting__in=meetings.filter(pk=pk))
    return found


class ChecklistItemUpdate(LockedFormMixin, UpdateView):
    """Form for one step of the checklist."""

    form_class = ChecklistItemForm
    template_name = "meetings/planning/checklist_item.html"
    context_object_name = "step"

    def get_object(self, queryset: Any = None) -> ChecklistItem:
        return _step(self.request, self.kwargs["pk"], self.kwargs["item_pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(meeting=self.object.meeting, **kwargs)

    def act(self, form: ChecklistItemForm) -> ChecklistItem:
        """Save the step through the service, which logs; an unchanged form saves nothing. Return the step."""
        if not form.has_changed():
            return self.object
        return checklist.change(form.save(commit=False), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("meetings:checklist", args=[self.object.meeting_id])


@require_POST
def checklist_tick(request: HttpRequest, pk: UUID, item_pk: int) -> HttpResponse:
    """Mark a step as done (`done=1`) or open, with a log entry; redirect to the page of the form or the checklist."""
    step = _step(request, pk, item_pk)
    checklist.tick(step, is_done=request.POST.get("done") == "1", by=request.user)  # type: ignore[arg-type]
    return back(request, pk, otherwise="meetings:checklist")


@require_POST
def checklist_remove(request: HttpRequest, pk: UUID, item_pk: int) -> HttpResponse:
    """Delete a step, with a log entry, and redirect to the checklist."""
    checklist.remove(_step(request, pk, item_pk), by=request.user)  # type: ignore[arg-type]
    return redirect("meetings:checklist", pk)
