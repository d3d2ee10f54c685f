"""Who, what and to whom else: the one form for inviting, with everything that is not decided yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms

from meetings.forms.texts import LinesField
from meetings.models import Meeting
from meetings.services import recipients
from meetings.services.recipients import Wanted
from partners.models import Organisation
from regions.models import Municipality, Network

WORD_LENGTH = 1000  # travels in the address of the preview


class WordForm(forms.Form):
    """The personal word alone."""

    word = LinesField(
        label="Persönliches Wort",
        required=False,
        max_length=WORD_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Freiwillig, höchstens 1.000 Zeichen. Steht in der Mail.",
    )


class InviteForm(WordForm):
    """Filters, the personal word and the search for guests."""

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

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [("", "alle"), *((role, role) for role in recipients.roles(meeting))]
        fields["network"].queryset = meeting.networks.all()

    @property
    def wanted(self) -> Wanted:
        """What the list is narrowed to; a value that is no choice narrows nothing."""
        cleaned = {} if self.errors is None else getattr(self, "cleaned_data", {})  # asking for errors cleans
        return Wanted(
            q=cleaned.get("q", ""),
            kind=cleaned.get("kind", ""),
            role=cleaned.get("role", ""),
            municipality=cleaned.get("municipality"),
            network=cleaned.get("network"),
        )


@dataclass
class Selection:
    """Who is left out, who is a guest, and who stood on the page with a tick, as keys of contacts."""

    left_out: set[int] = field(default_factory=set)
    guests: list[int] = field(default_factory=list)
    ticked: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, data: Any) -> "Selection":
        """Read what the page sent. Somebody whose tick was taken away stays left out when she is filtered away."""
        shown, ticked = set(_keys(data.getlist("shown"))), set(_keys(data.getlist("person")))
        left_out = set(_keys(data.getlist("left_out")))
        guests = dict.fromkeys(_keys([*data.getlist("guest"), *data.getlist("add")]))
        added = set(_keys(data.getlist("add")))
        return cls((left_out - shown) | (shown - ticked - added), list(guests), ticked)


def _keys(values: Iterable[str]) -> list[int]:
    """Keys out of texts with commas; what is none is dropped."""
    texts = [text.strip() for value in values for text in value.split(",")]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]
