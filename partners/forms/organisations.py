"""The form for organisations."""

from typing import Any

from crispy_forms.layout import Column, Row
from django import forms

from common.locking import VersionedForm
from partners.forms.fields import SuggestionInput, helper, name_blank_choice
from partners.models import Organisation


class OrganisationForm(VersionedForm):
    """A form for a school, company or labour-market actor; it clears the fields of the other kinds."""

    class Meta:
        model = Organisation
        fields = [
            "kind", "name", "school_type", "school_authority", "sector", "actor_kind", "street", "postcode", "place",
            "municipality", "is_outside_district", "phone", "website", "is_shown_to_invitees", "note",
        ]  # fmt: skip
        widgets = {"sector": SuggestionInput(Organisation.SECTORS), "note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["municipality"].empty_label = "noch nicht zugeordnet"  # type: ignore[attr-defined]
        for name, blank in {
            "kind": "bitte wählen",
            "school_type": "–",
            "school_authority": "–",
            "actor_kind": "–",
        }.items():
            name_blank_choice(self.fields[name], blank)
        self.helper = helper(
            "opened_with" if "opened_with" in self.fields else None,
            Row(Column("name", css_class="col-md-8"), Column("kind", css_class="col-md-4")),
            Row(
                Column("school_type", css_class="col-md-6 only-school"),
                Column("school_authority", css_class="col-md-6 only-school"),
                Column("sector", css_class="col-md-6 only-company"),
                Column("actor_kind", css_class="col-md-6 only-labour_market_actor"),
            ),
            Row(
                Column("street", css_class="col-md-6"),
                Column("postcode", css_class="col-4 col-md-2"),
                Column("place", css_class="col-8 col-md-4"),
            ),
            Row(
                Column("municipality", css_class="col-md-6"),
                Column("is_outside_district", css_class="col-md-6 align-self-center"),
            ),
            Row(Column("phone", css_class="col-md-6"), Column("website", css_class="col-md-6")),
            "is_shown_to_invitees",
            "note",
        )

    def clean(self) -> dict[str, Any]:
        """Clear the fields of the kinds that were not chosen (the page hides them)."""
        cleaned = super().clean()
        belongs = {
            Organisation.Kind.SCHOOL: {"school_type", "school_authority"},
            Organisation.Kind.COMPANY: {"sector"},
            Organisation.Kind.LABOUR_MARKET_ACTOR: {"actor_kind"},
        }
        kept = belongs.get(cleaned.get("kind"), set())  # type: ignore[arg-type]
        for name in set().union(*belongs.values()) - kept:
            cleaned[name] = ""
        return cleaned
