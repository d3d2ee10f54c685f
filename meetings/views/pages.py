"""Base of all pages of one meeting: the head, missing details, next steps, the tabs."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView
from django.views.generic.base import ContextMixin

from meetings.enums import State
from meetings.models import Difference, Meeting
from meetings.services.answers import counts
from meetings.services.changes import changes
from meetings.services.dates import hints
from meetings.services.planning import preparation
from team.services import activity


def back(request: HttpRequest, meeting: UUID, *, otherwise: str = "meetings:meeting") -> HttpResponse:
    """Redirect to the page of the form (`next`, within this site), else to the URL name `otherwise` of the meeting.

    Guards against redirects to foreign sites.
    """
    page = request.POST.get("next", "")
    is_ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return redirect(page) if is_ours else redirect(otherwise, meeting)


def to_drafts(request: HttpRequest, made: Sequence[Meeting], *, one: str = "Der Entwurf ist angelegt.") -> HttpResponse:
    """Redirect to the new draft, or to the list of drafts from their first to their last day when there are several.

    Add a message, `one` for a single draft. There is at least one.
    """
    if len(made) == 1:
        messages.success(request, one)
        return redirect(made[0])
    messages.success(request, f"{len(made)} Entwürfe angelegt.")
    days = sorted(meeting.starts_on for meeting in made)
    query = {"since": days[0].isoformat(), "until": days[-1].isoformat(), "state": State.DRAFT}
    return redirect(reverse("meetings:meetings", query=query))


class MeetingOf(ContextMixin):
    """View of the meeting that its URL names."""

    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def meeting(self) -> Meeting:
        """Meeting of the URL. Raises Http404 when it does not exist or this team member may not see it."""
        meetings = Meeting.objects.visible_to(self.request.user).select_related("host", "responsible")
        found: Meeting = get_object_or_404(meetings.prefetch_related("networks"), pk=self.kwargs["pk"])
        return found


class MeetingPage(MeetingOf):
    """Page under `/treffen/<uuid>/`. Subclasses set `tab` and a `template_name` that extends `meeting_base.html`.

    Context: `meeting`, `networks`, `tab`, `tally`, `hints`, `missing` (sentences), `next_steps`,
    `untold` (differences that invitees have not been told).
    """

    tab = ""

    @cached_property
    def untold(self) -> list[Difference]:
        """Differences that some invitee has not been told and that nobody has decided about."""
        return changes.untold(self.meeting)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what every page of the meeting shows; the caller's arguments win."""
        return super().get_context_data(
            **{
                "untold": self.untold,
                "meeting": self.meeting,
                "networks": self.meeting.networks.all(),
                "tab": self.tab,
                "tally": counts.tally(self.meeting),
                "hints": hints.about(self.meeting),
                "missing": preparation.missing(self.meeting),
                "next_steps": preparation.next_steps(self.meeting, untold=self.untold),
                **kwargs,
            }
        )


class History(MeetingPage, TemplateView):
    """Page with the newest 200 activities of the meeting."""

    tab = "history"
    template_name = "meetings/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(activities=activity.timeline(self.meeting, limit=200), **kwargs)
