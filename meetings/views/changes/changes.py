"""Page that tells invitees about changes of a meeting, or decides to tell nobody."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mailroom.forms import Selection, WordForm
from mailroom.views.composing import framed
from meetings.enums import MailingKind
from meetings.models import Difference, Meeting
from meetings.services.changes import changes
from meetings.services.changes.changes import Informed
from meetings.views.sending.composing import ComposePage, html_part
from team.requests import TeamRequest

_NOTHING = "Alle, die davon wissen müssen, wissen es schon. Es gibt nichts mitzuteilen."


class Tell(ComposePage):
    """Page for telling the invitees whose knowledge is outdated; one button leaves out those who have declined."""

    kind = MailingKind.UPDATE
    frame = "meetings:tell_view"
    template_name = "meetings/changes/tell.html"

    @cached_property
    def audience(self) -> list[Informed]:
        """Invitees whose knowledge of the meeting is outdated."""
        return changes.people_to_tell(self.meeting)

    @cached_property
    def untold(self) -> list[Difference]:
        """Differences that have to be decided about; none without an audience."""
        return changes.pending(self.meeting) if self.audience else []

    def people(self, form: WordForm, selection: Selection) -> Sequence[Informed]:
        return self.audience

    def why_not(self) -> str:
        return changes.why_not(self.meeting) or ("" if self.audience else _NOTHING)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the differences and the number of ticked people who have declined; `but_declined` leaves these out."""
        selection = kwargs.setdefault("selection", Selection())
        declined = {one.contact.pk for one in self.audience if one.has_declined and one.is_mailable}
        if self.request.POST.get("do") == "but_declined":
            selection.left_out |= declined
        return super().get_context_data(differences=self.untold, declined=len(declined - selection.left_out), **kwargs)

    def send(self, form: WordForm, selection: Selection) -> HttpResponse:
        """Mail the changes to the ticked invitees and redirect to the act; else show the page with the reason (422)."""
        keys = [one.invitation.pk for one in self.audience if one.contact.pk in selection.ticked]
        try:
            word = form.cleaned_data["word"]
            user: Any = self.request.user
            act = changes.tell(self.meeting, keys, by=user, word=word, composed=self.composed)
        except changes.NothingToTell as error:
            form.add_error(None, str(error))
            del self.audience  # another team member may have told them meanwhile
        else:
            return redirect(act)
        return self.page(form, selection, status=422)


def _informed(meeting: Meeting, key: int) -> Informed | None:
    """Return the invitee with this contact key if they were told other facts; else None."""
    return next((one for one in changes.people_to_tell(meeting) if one.contact.pk == key), None)


@framed
def tell_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part of one invitee's update, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.UPDATE, find=_informed)


@require_POST
def keep_silent(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Decide that nobody is told of the open changes, unless the facts changed after the page was shown; redirect."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    if request.POST.get("facts_version", "") != str(meeting.facts_version):
        messages.error(request, "Das Treffen ist inzwischen noch einmal geändert. Bitte sehen Sie nach.")
        return redirect("meetings:tell", meeting.pk)
    if changes.keep_silent(meeting, by=request.user):
        messages.success(
            request, "Notiert: Von dieser Änderung erfährt niemand durch eine Mail. Antworten gelten weiter."
        )
    return redirect(meeting)
