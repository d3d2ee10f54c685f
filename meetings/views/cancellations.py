"""Calling a meeting off, taking that back, taking one person off the list: seen before it happens."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mailroom.forms import Selection, WordForm, composed_on
from mailroom.models import Act
from mailroom.views.composing import composed_before, framed
from meetings.enums import MailingKind
from meetings.models import Invitation, Meeting
from meetings.services import cancellations
from meetings.services.changes import Informed
from meetings.views.composing import ComposePage, html_part
from team.requests import TeamRequest


class Cancel(ComposePage):
    """Call the meeting off: whoever had a mail is told, nobody is chosen."""

    kind = MailingKind.CANCELLATION
    frame = "meetings:cancel_view"
    template_name = "meetings/cancel.html"
    decision = "Absagen"
    done = "Das Treffen ist abgesagt. Es gab niemanden, der davon wissen muss."

    @cached_property
    def audience(self) -> list[Informed]:
        """Everybody invited."""
        return cancellations.audience(self.meeting)

    def people(self, form: WordForm, selection: Selection) -> Sequence[Informed]:
        return self.audience

    def is_ticked(self, one: Any, selection: Selection) -> bool:
        return one.is_mailable

    def why_not(self) -> str:
        return cancellations.why_not(self.meeting)

    def decide(self, word: str) -> Act | None:
        """Do it. Raises NotCancellable."""
        user: Any = self.request.user
        return cancellations.cancel(self.meeting, by=user, word=word, composed=self.composed)

    def send(self, form: WordForm, selection: Selection) -> HttpResponse:
        try:
            act = self.decide(form.cleaned_data["word"])
        except cancellations.NotCancellable as error:
            form.add_error(None, str(error))
            return self.page(form, selection, status=422)
        if act is None:
            messages.success(self.request, self.done)
        return redirect(act or self.meeting)


class Reinstate(Cancel):
    """Let it take place after all."""

    kind = MailingKind.UPDATE
    frame = "meetings:reinstate_view"
    template_name = "meetings/reinstate.html"
    decision = "Findet doch statt"
    done = "Das Treffen ist wieder geplant. Es gab niemanden, der davon wissen muss."

    def why_not(self) -> str:
        return cancellations.why_not_reinstated(self.meeting)

    def decide(self, word: str) -> Act | None:
        user: Any = self.request.user
        return cancellations.reinstate(self.meeting, by=user, word=word, composed=self.composed)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(unheard=len(cancellations.unheard(self.meeting)), **kwargs)


def _informed(meeting: Meeting, key: int) -> Informed | None:
    return next((one for one in cancellations.audience(meeting) if one.is_mailable and one.contact.pk == key), None)


@framed
def cancel_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The HTML part of the mail that tells one person that the meeting is called off, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.CANCELLATION, find=_informed)


@framed
def reinstate_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The HTML part of the mail that tells one person that it takes place after all, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.UPDATE, find=_informed)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TeamRequest, pk: UUID, invitation_pk: UUID) -> HttpResponse:
    """Take one person off the list; GET asks, with `?sendung=` as it was when that act was sent."""
    visible = Invitation.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    rows = visible.select_related("meeting", "contact__organisation")
    invitation, is_sent = get_object_or_404(rows, pk=invitation_pk, meeting=pk), request.method == "POST"
    form = WordForm(request.POST if is_sent else composed_before(request))
    if is_sent and form.is_valid():
        try:
            word, composed = form.cleaned_data["word"], composed_on(request)
            act = cancellations.withdraw(invitation, by=request.user, word=word, composed=composed)
        except cancellations.NotWithdrawable as error:
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
        "why_not": cancellations.why_not_withdrawn(invitation),
        "has_heard": cancellations.has_heard(invitation),
    }
    return render(request, "meetings/withdraw.html", context, status=422 if form.errors else 200)
