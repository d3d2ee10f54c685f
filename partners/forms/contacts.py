"""Forms about people and their posts."""

from datetime import date
from typing import Any

from crispy_forms.layout import Column, Row
from django import forms
from django.utils import timezone

from common.folding import email_key
from common.locking import VersionedForm
from mailroom.services import addresses
from partners.forms.fields import DayInput, SuggestionInput, helper, name_blank_choice
from partners.models import Contact
from partners.services import organisations


class ContactForm(VersionedForm):
    """A form for a person's post at one organisation, which the instance has or a subclass sets.

    A new post has no field for its end.
    """

    checked_fields = ("ended_on",)

    class Meta:
        model = Contact
        fields = [
            "salutation", "title", "first_name", "last_name", "role", "email", "is_shared_mailbox", "source",
            "phone", "gets_invitations", "ended_on", "note",
        ]  # fmt: skip
        widgets = {
            "role": SuggestionInput(Contact.ROLES),
            "ended_on": DayInput(),
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_blank_choice(self.fields["salutation"], "–")
        name_blank_choice(self.fields["source"], "nicht festgehalten")
        if not self.instance.pk:
            del self.fields["ended_on"]
        self.helper = helper(
            "opened_with" if "opened_with" in self.fields else None,
            Row(
                Column("salutation", css_class="col-6 col-md-2"),
                Column("title", css_class="col-6 col-md-2"),
                Column("first_name", css_class="col-md-4"),
                Column("last_name", css_class="col-md-4"),
            ),
            "role",
            Row(Column("email", css_class="col-md-6"), Column("phone", css_class="col-md-6")),
            "source",
            Row(
                Column("gets_invitations", css_class="col-md-6"),
                Column("is_shared_mailbox", css_class="col-md-6"),
            ),
            "ended_on" if "ended_on" in self.fields else None,
            "note",
        )


class AddressForm(VersionedForm):
    """A form for a contact's mail address alone; one that mail does not reach is refused."""

    checked_fields = ("ended_on", "is_shared_mailbox")

    class Meta:
        model = Contact
        fields = ["email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def clean_email(self) -> str:
        """Refuse an undeliverable address (state HARD in the mailroom), whoever had it."""
        typed: str = self.cleaned_data["email"]
        if addresses.broken([email_key(typed)]):
            raise forms.ValidationError(
                "An diese Adresse kommt nichts an. Bitte tragen Sie eine andere ein, "
                "oder geben Sie diese auf der Seite der Person frei."
            )
        return typed


class MoveForm(ContactForm):
    """A form for a person's change of jobs: the new organisation, the day of the move and the new post.

    The instance is the new, unsaved contact; `former` stays unchanged here.
    """

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
        """Allow the address of the former post: that post ends in the same act and is no conflict."""
        kept = email_key(self.cleaned_data.get("email") or "") == self.former.email_folded
        return super()._get_validation_exclusions() | ({"email_folded"} if kept else set())

    def clean_moved_on(self) -> date:
        """Refuse a day in the future: the person would have two open posts and get every mail twice."""
        day: date = self.cleaned_data["moved_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(
                "Dieser Tag liegt in der Zukunft. Tragen Sie den Wechsel bitte ein, wenn es so weit ist; "
                "bis dahin können Sie ihn in der Notiz festhalten."
            )
        return day

    def clean_organisation_name(self) -> str:
        """Find the organisation by name, in any spelling, and set it on the new contact; return the text as typed.

        The place tells apart several with one name. Raise ValidationError without exactly one.
        """
        typed: str = self.cleaned_data["organisation_name"]
        found = organisations.called(typed)
        if not found:
            raise forms.ValidationError(organisations.not_found(typed))
        if len(found) > 1:
            choices = " oder ".join(f"„{one.name}, {one.location}“" for one in found)
            raise forms.ValidationError(f"Das gibt es mehrmals. Bitte schreiben Sie den Ort dazu: {choices}.")
        self.instance.organisation = found[0]
        return typed
