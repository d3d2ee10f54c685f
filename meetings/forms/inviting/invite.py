"""Form for inviting: filters of the list, the personal word, the search for guests, and a place that follows."""

from typing import Any

from django import forms

from mailroom.forms import WordForm
from meetings.models import Facts, Meeting
from meetings.services.inviting import recipients
from meetings.services.inviting.recipients import Wanted
from partners.models import Organisation
from regions.models import Municipality, Network


class InviteForm(WordForm):
    """Form with the filters of the list, the personal word, and the search for guests.

    Of a meeting in person without a place it also asks whether the place follows; `lacks_place` says that nobody has
    answered that. Reads the meeting's `host`.
    """

    q = forms.CharField(label="Suche", required=False, max_length=200)
    kind = forms.ChoiceField(label="Art", required=False, choices=[("", "alle Arten"), *Organisation.Kind.choices])
    role = forms.ChoiceField(label="Funktion", required=False)
    municipality = forms.ModelChoiceField(
        Municipality.objects.all(), label="Gemeinde", required=False, empty_label="alle Gemeinden"
    )
    network = forms.ModelChoiceField(Network.objects.none(), label="Netzwerk", required=False, empty_label="alle")
    guest_words = forms.CharField(
        label="Gäste aus anderen Netzwerken suchen", required=False, max_length=200, help_text="Name oder Einrichtung"
    )
    place_follows = forms.BooleanField(
        label="Der Ort folgt",
        required=False,
        help_text="Die Mail sagt dann: „Der Ort folgt. Sie bekommen eine Mail, sobald er feststeht.“",
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        """Offer the meeting's networks and their people's roles; ask about the place only where it is missing."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [("", "alle"), *((role, role) for role in recipients.roles(meeting))]
        fields["network"].queryset = meeting.networks.all()
        if not Facts.of(meeting).place_follows:
            del fields["place_follows"]

    @property
    def lacks_place(self) -> bool:
        """Whether the meeting has no place and nobody has said that it follows; known when the form is valid."""
        return "place_follows" in self.fields and not self.cleaned_data["place_follows"]

    @property
    def wanted(self) -> Wanted:
        """Filters of the list; an invalid value filters nothing."""
        cleaned = (
            {} if self.errors is None else getattr(self, "cleaned_data", {})
        )  # reading `errors` validates the form
        return Wanted(
            q=cleaned.get("q", ""),
            kind=cleaned.get("kind", ""),
            role=cleaned.get("role", ""),
            municipality=cleaned.get("municipality"),
            network=cleaned.get("network"),
        )
