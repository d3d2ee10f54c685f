"""The team's pages that concern only networks; pages across several apps are in `desk`."""

from django.urls import reverse
from django.views.generic import UpdateView

from common.locking import LockedFormMixin
from regions.forms import NetworkForm
from regions.models import Network
from regions.services import networks


class NetworkUpdate(LockedFormMixin, UpdateView):
    """The page that changes a network."""

    model = Network
    form_class = NetworkForm
    template_name = "regions/network_form.html"

    def act(self, form: NetworkForm) -> Network:
        """Save the network with the ticked municipalities, which leave their former networks."""
        chosen = form.cleaned_data["municipalities"]
        network = form.save(commit=False)
        return networks.change(network, municipalities=chosen, fields=form.changed_labels, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("desk:network", args=[self.object.slug])
