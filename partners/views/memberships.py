"""Pages about memberships in networks."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.views.generic import CreateView, UpdateView

from common.locking import LockedFormMixin
from partners.forms.memberships import MembershipForm
from partners.models import Membership, Organisation
from partners.services import memberships


class MembershipCreate(LockedFormMixin, CreateView):
    """The page that adds an organisation, or one of its people, to a network."""

    model = Membership
    form_class = MembershipForm
    template_name = "partners/membership_form.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.organisation = get_object_or_404(Organisation, pk=kwargs["organisation_pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": Membership(organisation=self.organisation)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = self.organisation.get_absolute_url()
        return super().get_context_data(organisation=self.organisation, cancel_url=back, **kwargs)

    def act(self, form: MembershipForm) -> Membership:
        return memberships.add(form.save(commit=False), by=self.request.user)

    def get_success_url(self) -> str:
        return self.organisation.get_absolute_url()


class MembershipUpdate(LockedFormMixin, UpdateView):
    """The page that changes or ends a membership."""

    form_class = MembershipForm
    template_name = "partners/membership_form.html"

    def get_queryset(self) -> QuerySet[Membership]:
        return Membership.objects.select_related("organisation", "network", "contact")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        organisation = self.object.organisation
        return super().get_context_data(organisation=organisation, cancel_url=organisation.get_absolute_url(), **kwargs)

    def act(self, form: MembershipForm) -> Membership:
        return memberships.change(form.save(commit=False), fields=form.changed_labels, by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.organisation.get_absolute_url()
