"""Mailing about one meeting on one page: what inviting, reminding, telling and calling off share."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from mailroom.forms import WordForm
from mailroom.services.previews import Preview
from mailroom.views import composing
from meetings.enums import MailingKind
from meetings.models import Meeting
from meetings.services.sending import previews
from meetings.services.sending.previews import Recipient
from meetings.views.pages import MeetingPage
from team.models import User


class ComposePage(MeetingPage, composing.ComposePage):
    """The page. Subclasses say which mail it is, who may get it, and what sending means.

    Context: a MeetingPage's and that of a ComposePage of the mailroom.
    """

    kind: MailingKind
    back_label = "Zum Treffen"

    @property
    def about(self) -> tuple[str, str]:
        return self.meeting.title, self.meeting.get_absolute_url()

    def form_of(self, data: Any = None) -> Any:
        """Return the form, filled with what was sent."""
        return WordForm(data)

    def preview_of(self, person: Recipient, typed: dict[str, Any]) -> Preview:
        return previews.preview(self.meeting, person, kind=self.kind, word=typed["word"])

    def send_test(self, person: Recipient, typed: dict[str, Any], *, to: User) -> object:
        return previews.send_test(self.meeting, person, kind=self.kind, word=typed["word"], to=to)


def html_part(
    request: HttpRequest, pk: UUID, *, kind: MailingKind, find: Callable[[Meeting, int], Recipient | None]
) -> HttpResponse:
    """Return the HTML part of one person's mail; `find` knows the person by the key of the contact."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("host", "responsible"), pk=pk)

    def preview(person: Recipient, typed: dict[str, Any]) -> Preview:
        return previews.preview(meeting, person, kind=kind, word=typed["word"])

    return composing.html_part(request, find=lambda key: find(meeting, key), preview=preview)
