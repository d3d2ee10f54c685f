"""Page that corrects the address of an invitee whom a mail did not reach, and mails them again."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.generic import UpdateView

from common.locking import LockedFormMixin
from meetings.models import Meeting
from meetings.views.inviting.invite import mail_once_more
from partners.forms.contacts import AddressForm
from partners.models import Contact
from partners.services import contacts
from team.requests import TeamRequest


class CorrectAddress(LockedFormMixin, UpdateView):
    """A form for the address of one invitee; saving it invites them again, or repeats the mail that did not arrive."""

    form_class = AddressForm
    template_name = "meetings/inviting/correct.html"
    pk_url_kwarg = "contact_pk"
    context_object_name = "contact"
    saved_message = ""

    request: TeamRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=kwargs["pk"])

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.filter(invitations__meeting=self.meeting).select_related("organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(meeting=self.meeting, save_label="Berichtigen und erneut einladen", **kwargs)

    def act(self, form: AddressForm) -> Contact:
        return contacts.change(form.save(commit=False), fields=form.changed_labels, by=self.request.user)

    def form_valid(self, form: Any) -> HttpResponse:
        """Save the address, then, after that transaction, mail the contact again."""
        response = super().form_valid(form)
        if not form.errors:
            mail_once_more(self.request, self.meeting, self.object)
        return response
