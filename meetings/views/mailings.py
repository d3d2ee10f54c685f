"""Acts of sending: how far one is, stopping it, and all mail of a meeting."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from common.lists import ListFilter, ListPage
from mailroom.models import OutboxMail
from meetings.models import Invitation, Mailing, Meeting
from meetings.services import changes, mailings
from meetings.views.pages import MeetingPage
from team.requests import TeamRequest


class MailingPage(MeetingPage, TemplateView):
    """One act: written so far, the window to stop, what became of its mails."""

    tab = "post"
    template_name = "meetings/mailing.html"

    @cached_property
    def mailing(self) -> Mailing:
        """The act of the address, of this meeting, or 404."""
        acts = Mailing.objects.filter(meeting=self.meeting).select_related("by")
        return get_object_or_404(acts, pk=self.kwargs["mailing_pk"])

    def get_template_names(self) -> list[str]:
        """The live part alone for the script that asks again and again."""
        return ["meetings/mailing_live.html"] if "HX-Request" in self.request.headers else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mailing, can_stop = self.mailing, mailings.can_stop(self.mailing)
        left = (mailing.leaves_at - timezone.now()).total_seconds() if mailing.leaves_at else 0
        progress = mailings.progress(mailing)
        mail_states = OutboxMail.State
        return super().get_context_data(
            mailing=mailing,
            can_stop=can_stop,
            seconds_left=max(0, round(left)),
            seconds_text=f"{round(left)} {'Sekunde' if round(left) == 1 else 'Sekunden'}",
            progress=progress,
            stopped_text=str(progress.stopped),
            fates=[(label, progress.fates[state]) for state, label in mail_states.choices if progress.fates.get(state)],
            is_live=can_stop or bool({"queued", "claimed", "sending", "retry"} & set(progress.fates)),
            **kwargs,
        )


@require_POST
def mailing_stop(request: TeamRequest, pk: UUID, mailing_pk: UUID) -> HttpResponse:
    """Stop an act whose mails have not left."""
    meetings = Meeting.objects.visible_to(request.user)
    mailing = get_object_or_404(Mailing.objects.filter(meeting__in=meetings), pk=mailing_pk, meeting=pk)
    try:
        stopped = mailings.stop(mailing, by=request.user)
    except mailings.NotStoppable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Angehalten. {stopped}")
    return redirect(mailing)


class PostFilter(ListFilter):
    """The mails of a meeting are not narrowed."""

    class Meta:
        model = OutboxMail
        fields: list[str] = []


class Post(MeetingPage, ListPage):
    """All acts of a meeting and every mail with its fate, newest first."""

    tab = "post"
    filterset_class = PostFilter
    template_name = "meetings/post.html"
    default_sort = ""

    def get_queryset(self) -> QuerySet[OutboxMail]:
        lanes = [str(pk) for pk in Invitation.objects.filter(meeting=self.meeting).values_list("pk", flat=True)]
        acts = Mailing.objects.filter(meeting=self.meeting).values("pk")
        mails = OutboxMail.objects.filter(Q(act__in=acts) | Q(lane__in=lanes))
        return mails.defer("raw").order_by("-created_at", "-pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        acts = Mailing.objects.filter(meeting=self.meeting).select_related("by")
        unaware = len(changes.audience(self.meeting)) if changes.why_not(self.meeting) == "" else 0
        return super().get_context_data(mailings=acts, unaware=unaware, **kwargs)
