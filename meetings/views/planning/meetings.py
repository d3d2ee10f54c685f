"""Pages about meetings: the list, the forms to create and change one, and planning a draft."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import CreateView, UpdateView

from common.lists import ListPage
from common.locking import LockedFormMixin
from meetings.filters import MeetingFilter
from meetings.forms.dates.months import panel_for, with_suggestion
from meetings.forms.planning.meetings import MeetingForm, WhenForm
from meetings.models import Meeting
from meetings.services.changes import changes
from meetings.services.dates import hints
from meetings.services.planning import meetings, overview
from regions.models import Network
from regions.services import days


class MeetingList(ListPage):
    """List of the meetings, by default of the coming ones."""

    filterset_class = MeetingFilter
    template_name = "meetings/planning/meetings.html"
    export_name = "Treffen"
    export_columns = overview.COLUMNS

    @property
    def default_sort(self) -> str:  # type: ignore[override]
        """Newest first when a period is asked for, else the next meeting first."""
        asked = (self.request.GET.get(name) for name in ("period", "since", "until"))
        return "-date" if any(asked) else "date"

    def get_queryset(self) -> QuerySet[Meeting]:
        visible = Meeting.objects.visible_to(self.request.user).select_related("host", "responsible")
        return visible.prefetch_related("networks")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers of answers to the meetings of the page."""
        context = super().get_context_data(**kwargs)
        context["page_obj"].object_list = overview.attach_numbers(context["page_obj"].object_list)
        return context

    def export_rows(self, queryset: QuerySet[Meeting]) -> Iterable[Sequence[object]]:
        return overview.rows(queryset)


class MeetingFormPage(LockedFormMixin):
    """Form of a meeting. „Termin prüfen“ and a suggested day show it again with the hints and save nothing."""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return the form's arguments, with the suggested day in its field when its button was pressed."""
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        return {**kwargs, "data": with_suggestion(kwargs["data"])} if "data" in kwargs else kwargs

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save the meeting, or only check its date (422 with errors of day and times); checking saves nothing."""
        if not {"check", "use_suggestion"} & set(request.POST):
            return super().post(request, *args, **kwargs)
        self.object = self.get_object() if "pk" in kwargs else None  # type: ignore[attr-defined]
        form = self.get_form()  # type: ignore[attr-defined]
        form.full_clean()
        form.keep_errors_of_times()
        context = self.get_context_data(form=form, has_checked=True)
        return self.render_to_response(context, status=422 if form.errors else 200)  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `hints` about the typed date, times and networks, and `panel`, the small month beside the date."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        form = context["form"]
        typed = {name: form[name].value() for name in WhenForm.base_fields if name in form.fields}
        own = form.instance.pk if self.object else None
        panel = panel_for(form["day"], networks=form["networks"].value(), meeting=own)
        return {**context, "hints": WhenForm({**typed, "meeting": own}).hints(), "panel": panel}


class MeetingCreate(MeetingFormPage, CreateView):
    """Form for a new meeting; the URL may name networks (`netzwerk`, repeatable) and day (`tag`; `am` in old links)."""

    model = Meeting
    form_class = MeetingForm
    template_name = "meetings/planning/meeting_form.html"
    saved_message = "Das Treffen ist als Entwurf angelegt."

    def get_initial(self) -> dict[str, Any]:
        """Return the user as responsible, the URL's active networks, its day, and a deadline a week before that day."""
        slugs = [slug for slug in self.request.GET.getlist("netzwerk") if "\0" not in slug]
        networks = Network.objects.active().filter(slug__in=slugs)
        initial = {"responsible": self.request.user.pk, "networks": list(networks)}
        day = _day_of(self.request.GET.get("tag") or self.request.GET.get("am", ""))
        if day:
            initial |= {"day": day, "answer_deadline_on": day - hints.DEADLINE_BEFORE}
        return initial

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(cancel_url=reverse("meetings:meetings"), **kwargs)

    def act(self, form: MeetingForm) -> Meeting:
        """Save the draft through the service, which adds networks and the default checklist and logs; return it."""
        networks = list(form.cleaned_data["networks"])
        return meetings.create(form.save(commit=False), networks=networks, by=self.request.user)


class MeetingUpdate(MeetingFormPage, UpdateView):
    """Form to change a meeting."""

    model = Meeting
    form_class = MeetingForm
    template_name = "meetings/planning/meeting_form.html"

    def get_queryset(self) -> QuerySet[Meeting]:
        return Meeting.objects.visible_to(self.request.user).select_related("host")

    def act(self, form: MeetingForm) -> Meeting:
        """Save through the service, which locks and logs, records a `Change` and replaces waiting mails."""
        networks, fields = list(form.cleaned_data["networks"]), form.changed_labels
        return meetings.change(form.save(commit=False), networks=networks, fields=fields, by=self.request.user)

    def get_success_url(self) -> str:
        """Return the page that decides on telling the invitees when they lack a change, else the meeting's page."""
        if changes.untold(self.object):
            return reverse("meetings:tell", args=[self.object.pk])
        return super().get_success_url()


def _day_of(text: str) -> Any:
    """Return the day of an ISO date in the URL; None when it is invalid or out of range.

    The range begins a week after that of the calendar, so that the usual last day for answers is inside.
    """
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and days.FIRST + timedelta(days=7) <= day <= days.LAST else None


@require_safe
def date_hints(request: HttpRequest) -> HttpResponse:
    """Return the hints about the typed date for an htmx request; redirect other requests to the form."""
    if not request.headers.get("HX-Request"):
        return redirect("meetings:meeting_create")
    return render(
        request, "meetings/dates/date_hints.html", {"hints": WhenForm(request.GET).hints(), "has_checked": True}
    )


@require_POST
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a draft a planned meeting, with a log entry; nobody is invited. Any other meeting stays as it is."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    if meetings.plan(meeting, by=request.user):  # type: ignore[arg-type]
        messages.success(request, "Das Treffen ist als geplant eingetragen.")
    return redirect(meeting)
