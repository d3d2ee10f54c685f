"""The form for networks."""

from typing import Any

from django import forms

from common.locking import VersionedForm, plain
from regions.models import Municipality, Network
from team.models import User


class NetworkForm(VersionedForm):
    """A form for a network's own data and its municipalities.

    Saving it does not set the municipalities; `networks.change` does.
    """

    municipalities = forms.ModelMultipleChoiceField(
        Municipality.objects.select_related("network"),
        label="Gemeinden",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Eine Gemeinde gehört zu höchstens einem Netzwerk; hier angekreuzt, verlässt sie das bisherige.",
    )

    class Meta:
        model = Network
        fields = ["name", "short_name", "mark", "coordinator", "description", "is_active"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coordinator: Any = self.fields["coordinator"]
        # The current coordinator stays a choice even after they have left the team; otherwise saving would remove them.
        coordinator.queryset = User.objects.active() | User.objects.filter(pk=self.instance.coordinator_id)
        coordinator.empty_label = "noch niemand"
        municipalities: Any = self.fields["municipalities"]
        municipalities.label_from_instance = self._label
        self.initial["municipalities"] = list(self.instance.municipalities.values_list("pk", flat=True))

    def _row_values(self, row: Any) -> dict[str, str]:
        """Include the municipalities, so that they are compared like the network's own fields."""
        return {**super()._row_values(row), "municipalities": plain(row.municipalities.values_list("pk", flat=True))}

    def _label(self, municipality: Municipality) -> str:
        """Return the municipality's name, with the other network that it would leave when ticked."""
        elsewhere = municipality.network if municipality.network_id != self.instance.pk else None
        return f"{municipality.name} (jetzt {elsewhere.short_name})" if elsewhere else municipality.name
