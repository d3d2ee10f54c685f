"""The form for memberships in networks."""

from typing import Any

from crispy_forms.layout import Column, Row

from common.locking import VersionedForm
from partners.forms.fields import DayInput, helper
from partners.models import Contact, Membership


class MembershipForm(VersionedForm):
    """A form for the membership of an organisation, or of one of its people, in a network.

    The instance has its organisation already.
    """

    checked_fields = ("organisation",)

    class Meta:
        model = Membership
        fields = ["network", "kind", "contact", "starts_on", "ends_on"]
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contact"]
        colleagues = Contact.objects.filter(organisation=self.instance.organisation)
        # The current contact stays a choice even after they have left; otherwise saving would make the membership the
        # whole organisation's.
        people.queryset = colleagues.open() | colleagues.filter(pk=self.instance.contact_id)
        people.empty_label = "die ganze Einrichtung"
        network: Any = self.fields["network"]
        network.empty_label = "bitte wählen"
        people.label = "Gilt für"
        people.help_text = "Die ganze Einrichtung mit allen ihren Personen, oder nur eine davon."
        self.helper = helper(
            "opened_with" if "opened_with" in self.fields else None,
            Row(
                Column("network", css_class="col-md-6"),
                Column("kind", css_class="col-md-3"),
            ),
            "contact",
            Row(Column("starts_on", css_class="col-md-4"), Column("ends_on", css_class="col-md-4")),
        )
