"""Pages for absences, open to the whole team, because an ill member cannot enter their own."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from common.templatetags.ui import day
from team.forms import AbsenceForm
from team.models import Absence, User
from team.services import absences


def absence(request: HttpRequest) -> HttpResponse:
    """Show all absences that are not over and the form to enter one; `?fuer=` (a key) preselects another member.

    An absence that is not possible gives 422 with the reasons.
    """
    me = cast(User, request.user)
    form = AbsenceForm(request.POST or None, by=me, whom=request.GET.get("fuer", ""))
    if request.method == "POST" and form.is_valid():
        try:
            made = absences.begin(**form.cleaned_data, by=me)
        except absences.NotPossible as reason:
            for field, problem in reason.problems.items():
                form.add_error(field, problem)
        else:
            when = f"bis {day(made.last_on)}" if made.is_running else absences.days(made)
            messages.success(request, f"{made.deputy} vertritt {made.away} {when}.")
            return redirect("team:absence")
    known = Absence.objects.not_over().select_related("away", "deputy")
    context = {"form": form, "absences": known, "others": User.objects.active().exclude(pk=me.pk)}
    status = 422 if request.method == "POST" else 200
    return render(request, "team/absence.html", {**context, "save_label": "Abwesend melden"}, status=status)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a running absence, or withdraw a planned one; any member may do so."""
    found = get_object_or_404(Absence.objects.select_related("away"), pk=pk)
    is_withdrawn = found.starts_at > timezone.now()
    absences.end(found, by=cast(User, request.user))
    if is_withdrawn:
        messages.success(request, "Die Abwesenheit ist zurückgenommen.")
        return redirect("team:absence")
    is_mine = found.away == request.user
    messages.success(request, "Sie haben alles wieder." if is_mine else f"{found.away} hat alles wieder.")
    return redirect("desk:home" if is_mine else "team:absence")


@require_POST
def summary_seen(request: HttpRequest) -> HttpResponse:
    """Record that the member has read the summaries of all their absences that are over."""
    absences.note_summary_seen(cast(User, request.user))
    return redirect("desk:home")
