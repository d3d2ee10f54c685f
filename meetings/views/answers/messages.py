"""Settling a message of an invitee."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from meetings.models import Meeting, Message
from meetings.services.answers import messages as service
from meetings.views.pages import back
from team.requests import TeamRequest


@require_POST
def settle(request: TeamRequest, pk: UUID, message_pk: int) -> HttpResponse:
    """Settle and log the message, unless somebody has done so before, and redirect to the page of the form."""
    meetings = Meeting.objects.visible_to(request.user)
    rows = Message.objects.filter(invitation__meeting__in=meetings, invitation__meeting=pk)
    message = get_object_or_404(
        rows.select_related("invitation__contact__organisation", "invitation__meeting"), pk=message_pk
    )
    service.settle(message, by=request.user)
    messages.success(request, f"Die Nachricht von {message.invitation.contact} ist erledigt.")
    return back(request, pk)
