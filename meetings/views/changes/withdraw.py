"""Page that withdraws one invitation."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mailroom.forms import WordForm, composed_on
from mailroom.views.composing import composed_before
from meetings.models import Invitation, Meeting
from meetings.services.changes import withdraw
from team.requests import TeamRequest


@require_http_methods(["GET", "HEAD", "POST"])
def take_off(request: TeamRequest, pk: UUID, invitation_pk: UUID) -> HttpResponse:
    """Withdraw one invitation and mail a CANCEL if need be; GET shows the form, filled as for the act `?sendung=`."""
    meetings = Meeting.objects.visible_to(request.user)
    found = Invitation.objects.filter(meeting__in=meetings).select_related("meeting", "contact__organisation")
    invitation = get_object_or_404(found, pk=invitation_pk, meeting=pk)
    form = WordForm(request.POST if request.method == "POST" else composed_before(request))
    if request.method == "POST" and form.is_valid():
        try:
            word, composed = form.cleaned_data["word"], composed_on(request)
            act = withdraw.withdraw(invitation, by=request.user, word=word, composed=composed)
        except withdraw.NotWithdrawable as error:
            form.add_error(None, str(error))
        else:
            if act is None:
                messages.success(request, f"{invitation.contact.full_name} steht nicht mehr auf der Liste.")
            return redirect(act or invitation.meeting)
    context = {
        "form": form,
        "invitation": invitation,
        "meeting": invitation.meeting,
        "object": invitation.meeting,
        "why_not": withdraw.why_not_withdrawn(invitation),
        "has_heard": withdraw.has_heard(invitation),
    }
    return render(request, "meetings/changes/withdraw.html", context, status=422 if form.errors else 200)
