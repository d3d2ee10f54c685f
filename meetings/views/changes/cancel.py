"""Pages that cancel a meeting and reinstate a cancelled one."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mailroom.forms import Selection, WordForm
from mailroom.models import Act
from mailroom.views.composing import framed
from meetings.enums import MailingKind
from meetings.models import Meeting
from meetings.services.changes import cancel
from meetings.services.changes.changes import Informed
from meetings.views.sending.composing import ComposePage, html_part


class Cancel(ComposePage):
    """Page for cancelling the meeting. All mailable people in the audience are told; nobody can be left out."""

    kind = MailingKind.CANCELLATION
    frame = "meetings:cancel_view"
    template_name = "meetings/changes/cancel.html"
    decision = "Absagen"
    done = "Das Treffen ist abgesagt. Es gab niemanden, der davon wissen muss."

    @cached_property
    def audience(self) -> list[Informed]:
        """Invitees of the meeting, as `cancel.all_invited` returns them."""
        return cancel.all_invited(self.meeting)

    def people(self, form: WordForm, selection: Selection) -> Sequence[Informed]:
        return self.audience

    def is_ticked(self, one: Any, selection: Selection) -> bool:
        """Return whether this invitee gets the mail: all who can be mailed do, whatever is ticked."""
        return one.is_mailable

    def why_not(self) -> str:
        return cancel.why_not(self.meeting)

    def decide(self, word: str) -> Act | None:
        """Cancel the meeting and mail its invitees; return the act, None without a mail. Raises NotCancellable."""
        user: Any = self.request.user
        return cancel.cancel(self.meeting, by=user, word=word, composed=self.composed)

    def send(self, form: WordForm, selection: Selection) -> HttpResponse:
        """Carry out `decide`; redirect to its act, or to the meeting without one. Refused: show the reason (422)."""
        try:
            act = self.decide(form.cleaned_data["word"])
        except cancel.NotCancellable as error:
            form.add_error(None, str(error))
            return self.page(form, selection, status=422)
        if act is None:
            messages.success(self.request, self.done)
        return redirect(act or self.meeting)


class Reinstate(Cancel):
    """Page for reinstating a cancelled meeting."""

    kind = MailingKind.UPDATE
    frame = "meetings:reinstate_view"
    template_name = "meetings/changes/reinstate.html"
    decision = "Findet doch statt"
    done = "Das Treffen ist wieder geplant. Es gab niemanden, der davon wissen muss."

    def why_not(self) -> str:
        return cancel.why_not_reinstated(self.meeting)

    def decide(self, word: str) -> Act | None:
        """Reinstate the meeting and mail its invitees; return the first act, None when nobody is mailed."""
        user: Any = self.request.user
        return cancel.reinstate(self.meeting, by=user, word=word, composed=self.composed)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `unheard`, the number of invitees who get an invitation, since no mail had reached them."""
        return super().get_context_data(unheard=len(cancel.never_mailed(self.meeting)), **kwargs)


def _informed(meeting: Meeting, key: int) -> Informed | None:
    """Return the invitee with this contact key who would get the mail; None for others."""
    return next((one for one in cancel.all_invited(meeting) if one.is_mailable and one.contact.pk == key), None)


@framed
def cancel_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part of one invitee's cancellation, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.CANCELLATION, find=_informed)


@framed
def reinstate_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part of one invitee's mail about the reinstatement, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.UPDATE, find=_informed)
