"""Pages of the outbox: the list of outgoing mails, one mail, and sending it again."""

from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import DetailView

from common.lists import ListPage
from mailroom import panels
from mailroom.filters import OutboxFilter
from mailroom.models import InboxMail, OutboxMail
from mailroom.services import alarms, contents, outbox, settling
from team.requests import TeamRequest
from team.services import activity


class Outbox(ListPage):
    """List of the outgoing mails with their state, newest first."""

    filterset_class = OutboxFilter
    template_name = "mailroom/outbox.html"
    default_sort = ""

    def get_queryset(self) -> QuerySet[OutboxMail]:
        return OutboxMail.objects.defer("raw")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(alarm=alarms.text(), waiting=InboxMail.objects.waiting().count(), **kwargs)


class OutboxMailDetail(DetailView):
    """Page of one outgoing mail: its state and, where the team may see it (`shows_content`), its content."""

    queryset = OutboxMail.objects.select_related("superseded_by").defer("superseded_by__raw")
    template_name = "mailroom/outbox_mail.html"
    context_object_name = "mail"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if self.object.shows_content:
            kwargs |= {"entry": contents.entry(self.object), "text": contents.replace_tokens(self.object.text)}
        kwargs["why_not_again"] = outbox.why_not_again(self.object) if self.object.can_be_sent_again else ""
        kwargs["is_lost"] = OutboxMail.objects.unsettled().filter(pk=self.object.pk).exists()
        kwargs["panel"] = panels.for_sent_mail(self.object)
        return super().get_context_data(activities=activity.timeline(self.object), **kwargs)


@csp(  # type: ignore[arg-type]
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:"],
        "frame-ancestors": [SELF],
        "sandbox": True,
    }
)
@xframe_options_sameorigin
@never_cache
@require_safe
def outbox_html(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part for the sandboxed frame on the mail's page, without personal tokens.

    Raises Http404 when the mail has none or the team may not see it.
    """
    mail = get_object_or_404(OutboxMail, pk=pk)
    if not mail.shows_content or not mail.html:
        raise Http404
    return HttpResponse(contents.replace_tokens(mail.html))


@require_POST
def settle_lost(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Take a lost mail off the tasks on "Heute", since a team member has dealt with it."""
    mail = get_object_or_404(OutboxMail.objects.defer("raw"), pk=pk)
    settling.settle_lost(mail, by=request.user)
    return redirect(mail)


@require_POST
def send_again(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Send a failed mail again, and show why when that is not possible."""
    mail = get_object_or_404(OutboxMail.objects.defer("raw"), pk=pk)
    try:
        outbox.send_again(mail, by=request.user)
    except outbox.NotResendable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Die Mail ist noch einmal auf dem Weg.")
    return redirect(mail)
