"""The page to write to the members of a network: recipients, text, send."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from mailroom.forms import Selection
from mailroom.services.previews import Preview
from mailroom.views.composing import ComposePage, framed, html_part
from partners.forms.letters import LetterForm
from partners.services import letters
from partners.services.letters import Member
from regions.models import Network
from team.models import User

_NOBODY = "Es ist niemand ausgewählt, der eine Mail bekommen kann. Bitte kreuzen Sie jemanden an."


def _network(slug: str) -> Network:
    return get_object_or_404(Network.objects.select_related("coordinator"), slug=slug)


class WriteLetter(ComposePage):
    """The page to write to a network; everyone who belongs to it today is listed, mailable or not."""

    frame = "partners:letter_view"
    template_name = "partners/letter.html"
    back_label = "Zum Netzwerk"

    @cached_property
    def network(self) -> Network:
        """The network in the address, or 404."""
        return _network(self.kwargs["slug"])

    @cached_property
    def members(self) -> list[Member]:
        """Everyone who belongs to the network today."""
        return letters.members(self.network)

    @property
    def about(self) -> tuple[str, str]:
        return self.network.name, self.network.get_absolute_url()

    def form_of(self, data: Any = None) -> LetterForm:
        """Return the form. Data of an act that was sent before (on GET) get a new key, to count as another letter."""
        form = LetterForm(data)
        return form.anew() if data is not None and self.request.method != "POST" else form

    def people(self, form: LetterForm, selection: Selection) -> Sequence[Member]:
        return self.members

    def why_not(self) -> str:
        return "" if self.members else "Zu diesem Netzwerk gehört noch niemand, dem man schreiben könnte."

    def kept_in_address(self, form: LetterForm) -> dict[str, Any]:
        return {name: form.cleaned_data[name] for name in ("subject", "text")}

    def preview_of(self, person: Member, typed: dict[str, Any]) -> Preview:
        return letters.preview(self.network, person.contact, **typed)

    def send_test(self, person: Member, typed: dict[str, Any], *, to: User) -> object:
        return letters.send_test(self.network, person.contact, **typed, to=to)

    def send(self, form: LetterForm, selection: Selection) -> HttpResponse:
        """Send the letter to those ticked and redirect to the act; 422 when none of them can get a mail."""
        typed, user = self.kept_in_address(form), self.request.user
        options: dict[str, Any] = {"key": form.cleaned_data["key"], "by": user, "composed": self.composed}
        try:
            return redirect(letters.send(self.network, selection.ticked, **typed, **options))
        except letters.NobodyLeft:
            form.add_error(None, _NOBODY)
            return self.page(form, selection, status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(network=self.network, **kwargs)


@framed
def letter_view(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the HTML part of one mailable contact's letter, for the frame on the page; nothing is sent."""
    network = _network(slug)

    def find(key: int) -> Member | None:
        return next((one for one in letters.members(network) if one.is_mailable and one.contact.pk == key), None)

    def preview(person: Member, typed: dict[str, Any]) -> Preview:
        return letters.preview(network, person.contact, **typed)

    return html_part(request, find=find, preview=preview)
