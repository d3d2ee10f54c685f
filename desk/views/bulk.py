"""Many meetings at once: choose, see the impact, decide; follow the act, stop it or take it back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView, TemplateView

from desk.forms import BulkForm
from mailroom.models import OutboxMail
from meetings.filters import MeetingFilter
from meetings.models import BulkAct, Mailing, Meeting
from meetings.services import bulk, impact
from team.requests import TeamRequest

AT_MOST = 200  # meetings on one page


class BulkCreate(TemplateView):
    """The first step chooses by filters and ticks, the second shows what would happen; only the last button decides."""

    template_name = "desk/bulk.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        data = self.request.GET
        found = MeetingFilter(data, queryset=_meetings(self.request), request=self.request)
        listed = list(found.qs[:AT_MOST])
        ticked = kwargs.pop("ticked", None)
        if ticked is None:
            ticked = {meeting.pk for meeting in listed} if found.is_active else set()
        form = kwargs.pop("form", None) or BulkForm()
        return super().get_context_data(filter=found, meetings=listed, ticked=ticked, form=form, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says."""
        chosen = _chosen(request)
        form = BulkForm(request.POST, meetings=chosen)
        act, is_valid = request.POST.get("do", ""), form.is_valid()
        if not chosen:
            form.add_error(None, "Bitte wählen Sie mindestens ein Treffen.")
        if act == "choose" or not chosen or not is_valid:
            ticked = {meeting.pk for meeting in chosen}
            context = self.get_context_data(form=form, ticked=ticked)
            return self.render_to_response(context, status=200 if act == "choose" else 422)
        return self._decide(form, chosen) if act == "send" else self._preview(form, chosen)

    def _preview(self, form: BulkForm, chosen: Sequence[Meeting], status: int = 200) -> HttpResponse:
        order = form.order()
        lines = impact.lines(chosen, order)
        context: dict[str, Any] = {"form": form, "order": order, "rows": _rows(form, lines)}
        context |= {"total": impact.total(lines), "changed": sum(line.is_changed for line in lines)}
        try:
            context["samples"] = impact.samples(lines, order)
        except ValueError:
            context["obstacle"] = (
                "Die Mail an eine der Personen lässt sich nicht schreiben. Bitte prüfen Sie die Adressen."
            )
        return render(self.request, "desk/bulk_preview.html", context, status=status)

    def _decide(self, form: BulkForm, chosen: Sequence[Meeting]) -> HttpResponse:
        try:
            return redirect(bulk.carry_out(chosen, form.order(), by=self.request.user))  # type: ignore[arg-type]
        except bulk.NothingToDo:
            form.add_error(None, "Keines dieser Treffen lässt sich so ändern. Warum, steht bei jedem.")
            return self._preview(form, chosen, status=422)


def _meetings(request: HttpRequest) -> QuerySet[Meeting]:
    visible = Meeting.objects.visible_to(request.user).select_related("host", "responsible")
    return visible.prefetch_related("networks").order_by("starts_at", "pk")


def _chosen(request: HttpRequest) -> list[Meeting]:
    """Those that are ticked; what is no key is dropped."""
    keys = set()
    for text in request.POST.getlist("meeting")[:AT_MOST]:
        try:
            keys.add(UUID(text))
        except ValueError:
            continue
    return list(_meetings(request).filter(pk__in=keys))


def _rows(form: BulkForm, lines: Sequence[impact.Line]) -> list[dict[str, Any]]:
    """Each line with its own fields, filled with what is in force."""
    return [
        {
            "line": line,
            "day": form[f"day-{line.meeting.pk}"],
            "new_day": form.day_of(line.meeting),
            "link": form[f"link-{line.meeting.pk}"],
            "new_link": form.link_of(line.meeting),
        }
        for line in lines
    ]


class BulkActs(ListView):
    """The decisions so far, newest first."""

    template_name = "desk/bulk_acts.html"
    context_object_name = "acts"
    paginate_by = 50
    queryset = BulkAct.objects.select_related("by")


class BulkActDetail(DetailView):
    """One decision: how far its mails are, the window to stop, what it did to each meeting."""

    context_object_name = "act"
    queryset = BulkAct.objects.select_related("by", "takes_back", "taken_back_by")

    def get_template_names(self) -> list[str]:
        """The live part alone for the script that asks again and again."""
        return ["desk/bulk_live.html" if "HX-Request" in self.request.headers else "desk/bulk_act.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        act, progress = self.object, bulk.progress(self.object)
        left = (act.leaves_at - timezone.now()).total_seconds() if act.leaves_at else 0
        labels = OutboxMail.State.choices
        return super().get_context_data(
            can_stop=bulk.can_stop(act),
            why_not_take_back=bulk.why_not_take_back(act),
            seconds_left=max(0, round(left)),
            progress=progress,
            fates=[(label, progress.fates[state]) for state, label in labels if progress.fates.get(state)],
            items=act.items.select_related("meeting").prefetch_related("meeting__networks"),
            mailings=Mailing.objects.filter(bulk=act).select_related("meeting"),
            is_live=bulk.can_stop(act) or (act.state != BulkAct.State.STOPPED and progress.is_busy),
            **kwargs,
        )


@require_POST
def bulk_stop(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Undo the whole act while its window runs."""
    act = get_object_or_404(BulkAct, pk=pk)
    try:
        left = bulk.stop(act, by=request.user)
    except bulk.NotStoppable as error:
        messages.error(request, str(error))
    else:
        rest = f" {left} davon hat inzwischen jemand geändert; dort entscheiden Sie bitte selbst." if left else ""
        messages.success(request, f"Angehalten. Es geht keine Mail hinaus, und die Treffen sind wie vorher.{rest}")
    return redirect(act)


@require_POST
def bulk_take_back(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Bring everything back by a new act."""
    act = get_object_or_404(BulkAct, pk=pk)
    try:
        return redirect(bulk.take_back(act, by=request.user, word=request.POST.get("word", "")[:1000]))
    except bulk.NotStoppable as error:
        messages.error(request, str(error))
    except bulk.NothingToDo:
        messages.error(
            request, "Keines dieser Treffen lässt sich noch zurücksetzen: Sie sind vorbei oder seither geändert."
        )
    return redirect(act)
