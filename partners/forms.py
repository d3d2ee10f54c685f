"""What is typed about partners."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone

from common.folding import email_key, match_key
from common.locking import VersionedForm
from partners.models import Contact, Membership, Organisation


class SuggestionInput(forms.TextInput):
    """Free text with suggestions (an HTML datalist); anything may be typed."""

    template_name = "ui/suggestion_input.html"

    def __init__(self, suggestions: tuple[str, ...]) -> None:
        super().__init__(attrs={"autocomplete": "off"})
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        list_id = f"{context['widget']['attrs'].get('id', name)}_suggestions"
        context["widget"]["attrs"]["list"] = list_id
        return {**context, "list_id": list_id, "suggestions": self.suggestions}


class DayInput(forms.DateInput):
    """A day, by the browser's own picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _name_blank_choice(field: Any, label: str) -> None:
    """Say in words what choosing nothing means (Django shows dashes that a screen reader spells out)."""
    field.choices = [("", label), *((code, name) for code, name in field.choices if code)]


def _helper(*layout: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*(part for part in layout if part))
    return helper


class OrganisationForm(VersionedForm):
    """A school, company or labour-market actor; what belongs to another kind is dropped."""

    class Meta:
        model = Organisation
        fields = [
            "kind", "name", "school_type", "school_authority", "sector", "actor_kind", "street", "postcode", "place",
            "municipality", "is_outside_district", "phone", "website", "note",
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
            _name_blank_choice(self.fields[name], blank)
        self.helper = _helper(
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
            "note",
        )

    def clean(self) -> dict[str, Any]:
        """Keep only what belongs to the kind that was chosen (the others' fields are hidden on the page)."""
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


class ContactForm(VersionedForm):
    """A person in a post at one organisation."""

    checked_fields = ("ended_on",)

    class Meta:
        model = Contact
        fields = [
            "salutation", "title", "first_name", "last_name", "role", "email", "is_shared_mailbox", "phone",
            "gets_invitations", "ended_on", "note",
        ]  # fmt: skip
        widgets = {
            "role": SuggestionInput(Contact.ROLES),
            "ended_on": DayInput(),
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_blank_choice(self.fields["salutation"], "–")
        if not self.instance.pk:
            del self.fields["ended_on"]
        self.helper = _helper(
            "opened_with" if "opened_with" in self.fields else None,
            Row(
                Column("salutation", css_class="col-6 col-md-2"),
                Column("title", css_class="col-6 col-md-2"),
                Column("first_name", css_class="col-md-4"),
                Column("last_name", css_class="col-md-4"),
            ),
            "role",
            Row(Column("email", css_class="col-md-6"), Column("phone", css_class="col-md-6")),
            Row(
                Column("gets_invitations", css_class="col-md-6"),
                Column("is_shared_mailbox", css_class="col-md-6"),
            ),
            "ended_on" if "ended_on" in self.fields else None,
            "note",
        )


class MoveForm(ContactForm):
    """A person changes jobs: where to and since when; her new post is filled in on the same page."""

    organisation_name = forms.CharField(
        label="Neue Einrichtung",
        help_text="Den Namen so, wie er unter Partner steht. Fehlt sie dort, bitte zuerst die Einrichtung anlegen.",
        max_length=200,
    )
    moved_on = forms.DateField(label="Wechsel am", widget=DayInput())

    def __init__(self, *args: Any, former: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.former = former
        self.fields["moved_on"].initial = timezone.localdate
        self.order_fields(["organisation_name", "moved_on"])
        self.helper.layout.insert(
            0,
            Row(
                Column("organisation_name", css_class="col-md-8"),
                Column("moved_on", css_class="col-md-4"),
            ),
        )

    def _get_validation_exclusions(self) -> set[str]:
        """She may take her address along: her former post, ended in the same act, does not count as somebody else."""
        kept = email_key(self.cleaned_data.get("email") or "") == self.former.email_folded
        return super()._get_validation_exclusions() | ({"email_folded"} if kept else set())

    def clean_organisation_name(self) -> str:
        """Find the organisation by its name, however it is spelt; it must be the only one of that name."""
        typed: str = self.cleaned_data["organisation_name"]
        found = list(Organisation.objects.filter(match_key=match_key(typed))[:2])
        if not found:
            raise forms.ValidationError(f"„{typed}“ gibt es unter Partner noch nicht. Bitte zuerst dort anlegen.")
        if len(found) > 1:
            raise forms.ValidationError(f"„{typed}“ gibt es mehrmals. Bitte legen Sie die Person bei der richtigen an.")
        self.instance.organisation = found[0]
        return typed


class MembershipForm(VersionedForm):
    """An organisation, or one of its people, in a network."""

    checked_fields = ("organisation",)

    class Meta:
        model = Membership
        fields = ["network", "kind", "contact", "starts_on", "ends_on"]
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contact"]
        people.queryset = Contact.objects.open().filter(organisation=self.instance.organisation)
        people.empty_label = "die ganze Einrichtung"
        people.label = "Gilt für"
        people.help_text = "Die ganze Einrichtung mit allen ihren Personen, oder nur eine davon."
        self.helper = _helper(
            "opened_with" if "opened_with" in self.fields else None,
            Row(
                Column("network", css_class="col-md-6"),
                Column("kind", css_class="col-md-3"),
            ),
            "contact",
            Row(Column("starts_on", css_class="col-md-4"), Column("ends_on", css_class="col-md-4")),
        )
