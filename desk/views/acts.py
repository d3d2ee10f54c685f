"""What was decided about many meetings: the list, one act with its progress, stopping it, taking it back."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from mailroom.models import OutboxMail
from meetings.forms.invite import WordForm
from meetings.models import BulkAct, Mailing
from meetings.services import bulk
from team.requests import TeamRequest
from team.services import activity


class BulkActs(ListView):
    """The decisions so far, newest first."""

    template_name = "desk/bulk_acts.html"
    context_object_name = "acts"
    paginate_by = 50
    queryset = (
        BulkAct.objects.order_by("-created_at", "-pk")
        .select_related("by")
        .annotate(changed=Count("items", filter=Q(items__put_back__isnull=False)))
    )


class BulkActDetail(DetailView):
    """One decision: how far its mails are, the window to stop, what it did to each meeting."""

    context_object_name = "act"
    queryset = BulkAct.objects.select_related("by", "takes_back")

    def get_template_names(self) -> list[str]:
        """The live part alone for the script that asks again and again."""
        return ["desk/bulk_live.html" if "HX-Request" in self.request.headers else "desk/bulk_act.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        act, progress = self.object, bulk.progress(self.object)
        left = (act.leaves_at - timezone.now()).total_seconds() if act.leaves_at else 0
        labels = OutboxMail.State.choices
        items = list(act.items.select_related("meeting").prefetch_related("meeting__networks"))
        context = {"word_form": WordForm(), **kwargs}
        return super().get_context_data(
            can_stop=bulk.can_stop(act),
            why_not_take_back=bulk.why_not_take_back(act),
            seconds_left=max(0, round(left)),
            progress=progress,
            fates=[(label, progress.fates[state]) for state, label in labels if progress.fates.get(state)],
            rows=_with_mailings(act, items),
            changed=sum(item.put_back is not None for item in items),
            activities=activity.timeline(act),
            is_live=bulk.can_stop(act) or (act.state != BulkAct.State.STOPPED and progress.is_busy),
            **context,
        )


def _with_mailings(act: BulkAct, items: list[Any]) -> list[tuple[Any, list[Mailing]]]:
    """Each item with the acts of sending to its meeting; one query."""
    by_meeting: dict[UUID, list[Mailing]] = defaultdict(list)
    for mailing in Mailing.objects.filter(bulk=act).order_by("created_at"):
        by_meeting[mailing.meeting_id].append(mailing)
    return [(item, by_meeting[item.meeting_id]) for item in items]


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


class BulkTakeBack(BulkActDetail):
    """Bring everything back by a new act; a word that does not fit is shown again."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take it back, or say why not."""
        self.object = act = self.get_object()
        form = WordForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(word_form=form), status=422)
        try:
            word = form.cleaned_data["word"]
            return redirect(bulk.take_back(act, by=request.user, word=word))  # type: ignore[arg-type]
        except bulk.NotStoppable as error:
            messages.error(request, str(error))
        except bulk.NothingToDo:
            messages.error(
                request, "Keines dieser Treffen lässt sich noch zurücksetzen: Sie sind vorbei oder seither geändert."
            )
        return redirect(act)
