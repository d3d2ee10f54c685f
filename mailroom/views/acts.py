"""Pages of an act of any kind: its progress, its stop, the state of its mails."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from mailroom.models import Act
from mailroom.services.acts import stop
from mailroom.services.acts.progress import problems_of, progress_of
from team.requests import TeamRequest

LIVE = "mailroom/act_live.html"


def live_part(act: Act) -> dict[str, Any]:
    """Return the context of the template LIVE. Also called by pages of apps above that show an act."""
    return {"act": act, "progress": progress_of(act), "edit_url": edit_url(act)}


def edit_url(act: Act) -> str:
    """Return the URL of the page on which the act was composed, with its data filled in; "" when there is none."""
    if not act.composed:
        return ""
    return f"{act.composed['url']}?{urlencode({'sendung': act.pk})}"


class ActDetail(DetailView):
    """Page of one act: its progress, the window to stop, its mails by state, and the items without a mail."""

    queryset = Act.objects.select_related("by", "parent")
    template_name = "mailroom/act.html"

    def get_template_names(self) -> list[str]:
        """Return the live part alone for the polling htmx request."""
        return [LIVE] if "HX-Request" in self.request.headers else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        act = self.object
        problems = [] if act.holds_others else problems_of(act)
        parts = act.parts.order_by("created_at") if act.holds_others else []
        return super().get_context_data(**live_part(act), problems=problems, parts=parts, **kwargs)


@require_POST
def act_stop(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Stop an act and redirect to the page on which it was composed, else to the act's page.

    From an act that holds others it goes to what that is about. When the act cannot be stopped, show why there or on
    the act's page.
    """
    act = get_object_or_404(Act, pk=pk)
    try:
        stopped = stop.stop_act(act, by=request.user)
    except stop.NotStoppable as error:
        messages.error(request, str(error))
        return redirect(act.about_url if act.holds_others else act)
    messages.success(request, f"Angehalten. {stopped}")
    if act.holds_others:
        return redirect(act.about_url)
    return redirect(edit_url(act) or act)
