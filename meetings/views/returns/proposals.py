"""View that settles a proposal that came by mail."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from meetings.enums import ProposalKind
from meetings.forms.answers.participants import NewPersonForm
from meetings.models import Meeting, Proposal
from meetings.services.changes import changes
from meetings.services.returns import resolve
from meetings.views.pages import back
from team.requests import TeamRequest

_VERBS: dict[str, Callable[..., str]] = {
    "confirm": resolve.confirm,
    "guest": resolve.add_guest,
    "substitute": resolve.accept_substitute,
    "take_over": resolve.take_over_time,
    "exceed": resolve.exceed,
    "decline": resolve.decline,
}
_NAMED = ("guest", "substitute")  # may create a new contact


@require_POST
def settle(request: TeamRequest, pk: UUID, proposal_pk: UUID) -> HttpResponse:
    """Settle the proposal as the pressed button (`act`) says, and redirect to the page of the form (`next`).

    A new date that invitees have not been told leads to the page that tells them.
    """
    meetings = Meeting.objects.visible_to(request.user)
    proposal = get_object_or_404(
        Proposal.objects.filter(invitation__meeting__in=meetings.filter(pk=pk)), pk=proposal_pk
    )
    act = request.POST.get("act", "")
    if act not in resolve.ACTS[ProposalKind(proposal.kind)]:
        messages.error(request, "Das lässt sich hier nicht tun.")
        return back(request, pk)
    names = ("first_name", "last_name") if act in _NAMED else ()
    try:
        done = _VERBS[act](proposal, by=request.user, **{name: request.POST.get(name, "") for name in names})
    except resolve.NameMissing as error:
        return _ask_for_name(request, proposal, error.problems)
    except resolve.NotPossible as error:
        messages.error(request, str(error))
        return back(request, pk)
    messages.success(request, done)
    if act == "take_over" and changes.untold(meetings.select_related("host").get(pk=pk)):
        return redirect("meetings:tell", pk)
    return back(request, pk)


def _ask_for_name(request: TeamRequest, proposal: Proposal, problems: dict[str, list[str]]) -> HttpResponse:
    """Show the form for the new person's name, with the typed values and their problems; it posts to `settle`."""
    form = NewPersonForm(request.POST)
    for name, found in problems.items():
        if not form.has_error(name):
            form.add_error(name, found)
    meeting, contact = proposal.invitation.meeting, proposal.invitation.contact
    where = {"proposal": proposal, "meeting": meeting, "contact": contact}
    context = {"form": form, "cancel_url": meeting.get_absolute_url(), **where}
    return render(request, "meetings/returns/name_person.html", context, status=422)
