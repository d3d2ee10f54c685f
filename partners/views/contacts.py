"""Pages about contacts."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.views.generic import CreateView, DetailView, UpdateView

from common.lists import ListPage
from common.locking import LockedFormMixin
from partners import panels
from partners.filters import ContactFilter
from partners.forms.contacts import ContactForm, MoveForm
from partners.models import Contact, Membership, Organisation
from partners.services import contacts, corrections, people, spreadsheets
from team.services import activity


class ContactList(ListPage):
    """The list of contacts, with their addresses' states; former ones only by filter."""

    filterset_class = ContactFilter
    template_name = "partners/contacts.html"
    export_name = "Personen"
    export_columns = spreadsheets.COLUMNS

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.select_related("organisation__municipality")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["page_obj"].object_list = people.with_address_states(context["page_obj"].object_list)
        return context

    def export_rows(self, queryset: QuerySet[Contact]) -> Iterable[Sequence[object]]:
        return spreadsheets.contact_rows(queryset)


class ContactDetail(DetailView):
    """The page of one contact, open or former, with memberships, sections of higher apps and timeline.

    It offers a correction for a disturbed or undeliverable address.
    """

    template_name = "partners/contact.html"
    context_object_name = "contact"

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.select_related(
            "organisation__municipality", "former__organisation", "successor_post__organisation"
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people.with_address_states([self.object])
        memberships = Membership.objects.filter(organisation=self.object.organisation).select_related("network")
        address = self.object.address
        is_disturbed = address is not None and address.state in (address.State.HARD, address.State.SOFT)
        return super().get_context_data(
            address=address,
            suggestion=corrections.suggest(self.object) if is_disturbed else "",
            memberships=[row for row in memberships if row.contact_id in (None, self.object.pk)],
            panels=panels.for_contact(self.object),
            activities=activity.timeline(self.object),
            **kwargs,
        )


class ContactCreate(LockedFormMixin, CreateView):
    """The page that adds a contact to an organisation."""

    model = Contact
    form_class = ContactForm
    template_name = "partners/contact_form.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.organisation = get_object_or_404(Organisation, pk=kwargs["organisation_pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": Contact(organisation=self.organisation)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            organisation=self.organisation, cancel_url=self.organisation.get_absolute_url(), **kwargs
        )

    def act(self, form: ContactForm) -> Contact:
        return contacts.add(form.save(commit=False), by=self.request.user)


class ContactUpdate(LockedFormMixin, UpdateView):
    """The page that changes a contact."""

    form_class = ContactForm
    template_name = "partners/contact_form.html"

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.select_related("organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(organisation=self.object.organisation, **kwargs)

    def act(self, form: ContactForm) -> Contact:
        return contacts.change(form.save(commit=False), fields=form.changed_labels, by=self.request.user)


class ContactMove(LockedFormMixin, CreateView):
    """The page for a change of jobs: it ends the open post and creates a new contact that points to it.

    A contact who has left the post gives 404.
    """

    model = Contact
    form_class = MoveForm
    template_name = "partners/contact_move.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.former = get_object_or_404(Contact.objects.open().select_related("organisation"), pk=kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        new = Contact(
            salutation=self.former.salutation,
            title=self.former.title,
            first_name=self.former.first_name,
            last_name=self.former.last_name,
            gets_invitations=self.former.gets_invitations,
        )
        return {**super().get_form_kwargs(), "instance": new, "former": self.former}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(former=self.former, cancel_url=self.former.get_absolute_url(), **kwargs)

    def act(self, form: MoveForm) -> Contact:
        new = form.save(commit=False)
        return contacts.move(self.former, new, on=form.cleaned_data["moved_on"], by=self.request.user)
