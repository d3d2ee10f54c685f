"""Page for reminding invitees who have not answered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mailroom.forms import Selection, WordForm
from mailroom.views.composing import framed
from meetings.enums import MailingKind
from meetings.models import Meeting
from meetings.services.inviting import remind
from meetings.services.inviting.remind import Silent
from meetings.views.sending.composing import ComposePage, html_part


class Remind(ComposePage):
    """Page for reminding; lists the invitees without an answer or with a former one."""

    kind = MailingKind.REMINDER
    frame = "meetings:remind_view"
    template_name = "meetings/inviting/remind.html"

    def people(self, form: WordForm, selection: Selection) -> Sequence[Silent]:
        return remind.silent(self.meeting)

    def why_not(self) -> str:
        return remind.why_not(self.meeting)

    def send(self, form: WordForm, selection: Selection) -> HttpResponse:
        """Remind the ticked invitees by mail and redirect to the act; else show the page with the reason (422)."""
        people = self.people(form, selection)
        keys = [one.invitation.pk for one in people if one.contact.pk in selection.ticked]
        try:
            word = form.cleaned_data["word"]
            user: Any = self.request.user
            act = remind.remind(self.meeting, keys, by=user, word=word, composed=self.composed)
        except remind.NobodyLeft:
            form.add_error(
                None,
                "Es ist niemand ausgewählt, der noch erinnert werden kann. Bitte kreuzen Sie jemanden an.",
            )
        except remind.NotRemindable as error:
            form.add_error(None, str(error))
        else:
            return redirect(act)
        return self.page(form, selection, status=422)


def _silent(meeting: Meeting, key: int) -> Silent | None:
    """Return the invitee with this contact key if their answer is awaited, also one who gets no mail; else None."""
    return next((one for one in remind.silent(meeting) if one.contact.pk == key), None)


@framed
def remind_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part of one invitee's reminder, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.REMINDER, find=_silent)
