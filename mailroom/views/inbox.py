"""Pages of the inbox: the list of incoming mails, one mail, and settling it."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import DetailView

from common.lists import ListPage
from mailroom import panels
from mailroom.filters import InboxFilter
from mailroom.models import InboxMail
from mailroom.services import settling
from team.requests import TeamRequest
from team.services import activity


class Inbox(ListPage):
    """List of the incoming mails, newest first."""

    filterset_class = InboxFilter
    template_name = "mailroom/inbox.html"
    default_sort = ""

    def get_queryset(self) -> QuerySet[InboxMail]:
        return InboxMail.objects.defer("raw")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(waiting=InboxMail.objects.waiting().count(), **kwargs)


class InboxMailDetail(DetailView):
    """Page of one incoming mail: its sender, its text, its kind and outcome, and the panels of other apps."""

    queryset = InboxMail.objects.select_related("settled_by")
    template_name = "mailroom/inbox_mail.html"
    context_object_name = "mail"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            text=settling.text_of(self.object),
            answer_url=_answer_url(self.object),
            panels=panels.for_mail(self.object),
            activities=activity.timeline(self.object),
            **kwargs,
        )


def _answer_url(mail: InboxMail) -> str:
    """Return a mailto link that answers the mail, "" without a sender."""
    subject = mail.subject if mail.subject.lower().startswith(("re:", "aw:")) else f"Re: {mail.subject}"
    return f"mailto:{quote(mail.sender, safe='@')}?subject={quote(subject)}" if mail.sender else ""


@never_cache
@require_safe
def inbox_raw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the raw bytes as a download; the headers keep browsers from displaying them."""
    mail = get_object_or_404(InboxMail, pk=pk)
    headers = {"Content-Disposition": f'attachment; filename="mail-{mail.pk}.eml"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(mail.raw), content_type="application/octet-stream", headers=headers)


@require_POST
def settle(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Settle the mail, since a team member has dealt with it."""
    mail = get_object_or_404(InboxMail.objects.defer("raw"), pk=pk)
    settling.settle(mail, by=request.user)
    return redirect(mail)


@require_POST
def reopen(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Reopen the mail, so that it waits for a person again."""
    mail = get_object_or_404(InboxMail.objects.defer("raw"), pk=pk)
    settling.reopen(mail, by=request.user)
    return redirect(mail)
