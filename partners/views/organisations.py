"""Pages about organisations."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.views.generic import CreateView, DetailView, UpdateView

from common.lists import ListPage
from common.locking import LockedFormMixin
from partners import panels
from partners.filters import OrganisationFilter
from partners.forms.organisations import OrganisationForm
from partners.models import Contact, Membership, Organisation
from partners.services import organisations, people, spreadsheets
from team.services import activity


class OrganisationList(ListPage):
    """The list of organisations."""

    filterset_class = OrganisationFilter
    template_name = "partners/organisations.html"
    export_name = "Einrichtungen"
    export_columns = spreadsheets.COLUMNS

    def get_queryset(self) -> QuerySet[Organisation]:
        return Organisation.objects.select_related("municipality").with_networks()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["page_obj"].object_list = people.attach_open_contacts(context["page_obj"].object_list)
        return context

    def export_rows(self, queryset: QuerySet[Organisation]) -> Iterable[Sequence[object]]:
        return spreadsheets.organisation_rows(queryset)


class OrganisationDetail(DetailView):
    """The page of one organisation."""

    template_name = "partners/organisation.html"
    context_object_name = "organisation"

    def get_queryset(self) -> QuerySet[Organisation]:
        return Organisation.objects.select_related("municipality")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contacts = Contact.objects.filter(organisation=self.object).select_related("successor_post")
        everybody = people.with_address_states(contacts)
        memberships = Membership.objects.filter(organisation=self.object).select_related("network", "contact")
        return super().get_context_data(
            people=[person for person in everybody if person.is_open],
            former_people=[person for person in everybody if not person.is_open],
            memberships=memberships,
            panels=panels.for_organisation(self.object),
            activities=activity.timeline(self.object),
            **kwargs,
        )


class OrganisationCreate(LockedFormMixin, CreateView):
    """The page that adds an organisation."""

    model = Organisation
    form_class = OrganisationForm
    template_name = "partners/organisation_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(cancel_url=reverse("partners:organisations"), **kwargs)

    def act(self, form: OrganisationForm) -> Organisation:
        return organisations.add(form.save(commit=False), by=self.request.user)


class OrganisationUpdate(LockedFormMixin, UpdateView):
    """The page that changes an organisation."""

    model = Organisation
    form_class = OrganisationForm
    template_name = "partners/organisation_form.html"

    def act(self, form: OrganisationForm) -> Organisation:
        return organisations.change(form.save(commit=False), fields=form.changed_labels, by=self.request.user)
