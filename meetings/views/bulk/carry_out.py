"""Pages of the decisions about many meetings: the list, one decision with its progress, taking it back."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import DetailView, ListView

from mailroom.forms import WordForm
from mailroom.models import Act
from mailroom.views.acts import live_part
from meetings.models import BulkAct
from meetings.services.bulk import carry_out
from team.services import activity


class BulkActs(ListView):
    """List of the decisions, newest first."""

    template_name = "meetings/bulk/acts.html"
    context_object_name = "acts"
    paginate_by = 50
    queryset = (
        BulkAct.objects.order_by("-created_at", "-pk")
        .select_related("act__by")
        .annotate(changed=Count("items", filter=Q(items__undo_record__isnull=False)))
    )


class BulkActDetail(DetailView):
    """Page of one decision: the progress of its mails, the window to stop, the effect on each meeting."""

    context_object_name = "bulk_act"
    queryset = BulkAct.objects.select_related("act__by", "takes_back")
    template_name = "meetings/bulk/act.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the progress, the items with their acts, the log, and why the decision cannot be taken back."""
        decision = self.object
        items = list(decision.items.select_related("meeting").prefetch_related("meeting__networks"))
        context = {"word_form": WordForm(), **kwargs}
        return super().get_context_data(
            **live_part(decision.act),
            taken_back_by=decision.taken_back_by,
            why_not_take_back=carry_out.why_not_take_back(decision),
            rows=_with_acts(decision, items),
            changed=sum(item.undo_record is not None for item in items),
            activities=activity.timeline(decision),
            **context,
        )


def _with_acts(decision: BulkAct, items: list[Any]) -> list[tuple[Any, list[Act]]]:
    """Return each item with the acts about its meeting, in one query."""
    by_meeting: dict[str, list[Act]] = defaultdict(list)
    for act in Act.objects.filter(parent=decision.act).order_by("created_at"):
        by_meeting[act.about_key].append(act)
    return [(item, by_meeting[str(item.meeting_id)]) for item in items]


class BulkTakeBack(BulkActDetail):
    """Action that takes a decision back by a new act; an invalid word is shown again (422)."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the decision back, which mails the invitees again, and redirect; or show why that is not possible."""
        self.object = act = self.get_object()
        form = WordForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(word_form=form), status=422)
        try:
            word = form.cleaned_data["word"]
            return redirect(carry_out.take_back(act, by=request.user, word=word))  # type: ignore[arg-type]
        except carry_out.NotTakenBack as error:
            messages.error(request, str(error))
        except carry_out.NothingToDo:
            messages.error(
                request, "Keines dieser Treffen lässt sich noch zurücksetzen: Sie sind vorbei oder seither geändert."
            )
        return redirect(act)
