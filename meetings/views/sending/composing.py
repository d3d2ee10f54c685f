"""Base of the pages that mail about one meeting: inviting, reminding, telling changes and cancelling."""

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
    """Page for mailing about one meeting. Subclasses define the mail, its recipients and the effect of sending.

    Context: that of a MeetingPage and that of the mailroom's ComposePage.
    """

    kind: MailingKind
    back_label = "Zum Treffen"

    @property
    def about(self) -> tuple[str, str]:
        return self.meeting.title, self.meeting.get_absolute_url()

    def form_of(self, data: Any = None) -> Any:
        """Return the form of the personal word, bound to the posted data if given."""
        return WordForm(data)

    def preview_of(self, person: Recipient, typed: dict[str, Any]) -> Preview:
        return previews.preview(self.meeting, person, kind=self.kind, word=typed["word"])

    def send_test(self, person: Recipient, typed: dict[str, Any], *, to: User) -> object:
        """Queue this person's mail, with links that record nothing, to the team member `to`. Raises ValueError."""
        return previews.send_test(self.meeting, person, kind=self.kind, word=typed["word"], to=to)


def html_part(
    request: HttpRequest, pk: UUID, *, kind: MailingKind, find: Callable[[Meeting, int], Recipient | None]
) -> HttpResponse:
    """Return the HTML part of one recipient's mail, as a preview; `find` returns the recipient by the contact's key.

    Raises Http404 when this team member may not see the meeting, for an unknown person, for a broken signature, and
    when the mail cannot be built.
    """
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("host", "responsible"), pk=pk)

    def preview(person: Recipient, typed: dict[str, Any]) -> Preview:
        return previews.preview(meeting, person, kind=kind, word=typed["word"])

    return composing.html_part(request, find=lambda key: find(meeting, key), preview=preview)
