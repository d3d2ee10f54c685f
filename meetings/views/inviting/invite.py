"""Page for inviting: recipients, content, sending. Nothing is saved before „An N Personen senden“."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mailroom.forms import Selection
from mailroom.views.composing import framed
from meetings.enums import MailingKind
from meetings.forms.inviting.invite import InviteForm
from meetings.models import Invitation, Meeting
from meetings.services.inviting import invite, recipients
from meetings.services.inviting.recipients import Candidate
from meetings.services.returns import notices
from meetings.views.sending.composing import ComposePage, html_part
from partners.models import Contact
from team.requests import TeamRequest


class Invite(ComposePage):
    """Page for inviting. Filters narrow the list of contacts; guests are searched for and added."""

    kind = MailingKind.INVITATION
    frame = "meetings:invite_view"
    template_name = "meetings/inviting/invite.html"

    def form_of(self, data: Any = None) -> InviteForm:
        return InviteForm(data, meeting=self.meeting)

    def people(self, form: InviteForm, selection: Selection) -> Sequence[Candidate]:
        return recipients.candidates(self.meeting, form.wanted, guests=selection.guests)

    def is_ticked(self, one: Any, selection: Selection) -> bool:
        """Return whether this contact is ticked; one whose invitation was withdrawn only when ticked by hand."""
        is_meant = not one.was_withdrawn or one.contact.pk in {*selection.ticked, *selection.guests}
        return is_meant and super().is_ticked(one, selection)

    def why_not(self) -> str:
        return invite.why_not(self.meeting)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the guests `found` by the typed words; none while the form is invalid."""
        form = kwargs.setdefault("form", self.form_of())
        words = form.data.get("guest_words", "") if form.is_valid() else ""
        return super().get_context_data(found=recipients.found(self.meeting, words), **kwargs)

    def send(self, form: InviteForm, selection: Selection) -> HttpResponse:
        """Invite the ticked people by mail and redirect to the act; else show the page with the reason (422)."""
        if form.lacks_place:
            form.add_error("place_follows", "Bitte tragen Sie den Ort ein, oder kreuzen Sie an, dass er folgt.")
            return self.page(form, selection, status=422)
        people = Contact.objects.filter(pk__in=selection.ticked).only(
            "pk"
        )  # `invite` checks under the lock who can be invited
        try:
            word = form.cleaned_data["word"]
            user: Any = self.request.user
            act = invite.invite(self.meeting, people, by=user, word=word, composed=self.composed)
        except invite.NobodyLeft:
            form.add_error(
                None,
                "Es ist niemand ausgewählt, der noch eine Einladung bekommen kann. Bitte kreuzen Sie jemanden an.",
            )
        except invite.NotInvitable as error:
            form.add_error(None, str(error))
        else:
            return redirect(act)
        return self.page(form, selection, status=422)


def _chosen(meeting: Meeting, key: int) -> Candidate | None:
    """Return the candidate for this contact key, also one who cannot be invited; None for an ended or unknown post."""
    return next(iter(recipients.chosen(meeting, [key])), None)


@framed
def invite_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part of one contact's invitation, for the frame on the page."""
    return html_part(request, pk, kind=MailingKind.INVITATION, find=_chosen)


@require_POST
def invite_again(request: TeamRequest, pk: UUID, contact_pk: int) -> HttpResponse:
    """Invite one contact, again if no mail has reached them, at their present address; log it, redirect to the contact.

    An invitee whom an earlier mail has reached but not the newest gets a mail with the present facts instead.
    """
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    contact = get_object_or_404(Contact, pk=contact_pk)
    mail_once_more(request, meeting, contact)
    return redirect(contact)


def mail_once_more(request: TeamRequest, meeting: Meeting, contact: Contact) -> None:
    """Invite the contact again, or queue the present state of the meeting for them; show what was done or why not."""
    try:
        invite.invite(meeting, [contact], by=request.user)
    except invite.NobodyLeft:
        row = Invitation.objects.select_related("meeting", "contact__organisation")
        invitation = row.filter(meeting=meeting, contact=contact).first()
        if invitation and notices.send_once_more(invitation, by=request.user):
            messages.success(request, f"Der Termin ist noch einmal auf dem Weg an {contact.email}.")
        else:
            messages.error(
                request, f"{contact} kann gerade nicht eingeladen werden: Eine Mail ist unterwegs oder angekommen."
            )
    except invite.NotInvitable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Die Einladung an {contact.email} ist auf dem Weg.")
