"""Pages about meetings: find one, plan one, change one."""

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
    """Find a meeting: those ahead, unless asked otherwise."""

    filterset_class = MeetingFilter
    template_name = "meetings/planning/meetings.html"
    export_name = "Treffen"
    export_columns = overview.COLUMNS

    @property
    def default_sort(self) -> str:  # type: ignore[override]
        """What is over is read from the end."""
        asked = (self.request.GET.get(name) for name in ("period", "since", "until"))
        return "-date" if any(asked) else "date"

    def get_queryset(self) -> QuerySet[Meeting]:
        visible = Meeting.objects.visible_to(self.request.user).select_related("host", "responsible")
        return visible.prefetch_related("networks")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["page_obj"].object_list = overview.with_numbers(context["page_obj"].object_list)
        return context

    def export_rows(self, queryset: QuerySet[Meeting]) -> Iterable[Sequence[object]]:
        return overview.rows(queryset)


class MeetingFormPage(LockedFormMixin):
    """The form about a meeting. „Termin prüfen“ and a suggested day show it again with the hints and save nothing."""

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the suggested day in its field, when its button was pressed."""
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        return {**kwargs, "data": with_suggestion(kwargs["data"])} if "data" in kwargs else kwargs

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or only look at the date."""
        if not {"check", "use_suggestion"} & set(request.POST):
            return super().post(request, *args, **kwargs)
        self.object = self.get_object() if "pk" in kwargs else None  # type: ignore[attr-defined]
        form = self.get_form()  # type: ignore[attr-defined]
        form.full_clean()
        form.keep_errors_of_times()
        context = self.get_context_data(form=form, has_checked=True)
        return self.render_to_response(context, status=422 if form.errors else 200)  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        form = context["form"]
        typed = {name: form[name].value() for name in WhenForm.base_fields if name in form.fields}
        own = form.instance.pk if self.object else None
        panel = panel_for(form["day"], networks=form["networks"].value(), meeting=own)
        return {**context, "hints": WhenForm({**typed, "meeting": own}).hints(), "panel": panel}


class MeetingCreate(MeetingFormPage, CreateView):
    """A new meeting; the address may say networks (`netzwerk`, several) and day (`tag`, or `am` in older links)."""

    model = Meeting
    form_class = MeetingForm
    template_name = "meetings/planning/meeting_form.html"
    saved_message = "Das Treffen ist als Entwurf angelegt."

    def get_initial(self) -> dict[str, Any]:
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
        networks = list(form.cleaned_data["networks"])
        return meetings.create(form.save(commit=False), networks=networks, by=self.request.user)


class MeetingUpdate(MeetingFormPage, UpdateView):
    """Change a meeting."""

    model = Meeting
    form_class = MeetingForm
    template_name = "meetings/planning/meeting_form.html"

    def get_queryset(self) -> QuerySet[Meeting]:
        return Meeting.objects.visible_to(self.request.user).select_related("host")

    def act(self, form: MeetingForm) -> Meeting:
        networks, fields = list(form.cleaned_data["networks"]), form.changed_labels
        return meetings.change(form.save(commit=False), networks=networks, fields=fields, by=self.request.user)

    def get_success_url(self) -> str:
        """To the decision whether invitees are told, when there is something they do not know yet."""
        if changes.untold(self.object):
            return reverse("meetings:tell", args=[self.object.pk])
        return super().get_success_url()


def _day_of(text: str) -> Any:
    """The day that an address says, or None for what is none."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and days.FIRST + timedelta(days=7) <= day <= days.LAST else None


@require_safe
def date_hints(request: HttpRequest) -> HttpResponse:
    """What one should know about the date that is being typed: a part of the form's page, never a page of its own."""
    if not request.headers.get("HX-Request"):
        return redirect("meetings:meeting_create")
    return render(
        request, "meetings/dates/date_hints.html", {"hints": WhenForm(request.GET).hints(), "has_checked": True}
    )


@require_POST
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft becomes a planned meeting."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    if meetings.plan(meeting, by=request.user):  # type: ignore[arg-type]
        messages.success(request, "Das Treffen ist als geplant eingetragen.")
    return redirect(meeting)
