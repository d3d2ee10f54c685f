"""Forms in which the team records calls to an invitee and answers on the phone."""

from typing import Any

from django import forms

from meetings.enums import CallOutcome
from meetings.forms.answers.invitee import MessageField
from meetings.models import Meeting
from meetings.services.answers.calls import answer_choices


class NotedAnswerForm(forms.Form):
    """Form for an answer given on the phone. `said` holds answer and mode, e.g. `accepted:online`."""

    said = forms.ChoiceField(
        label="Antwort",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Bitte wählen Sie eine Antwort.",
            "invalid_choice": "Diese Antwort gibt es bei diesem Treffen nicht.",
        },
    )
    comment = MessageField(label="Nachricht", help_text="Leer lassen löscht eine frühere Nachricht.")
    over_capacity = forms.BooleanField(label="auch notieren, wenn kein Platz mehr frei ist", required=False)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said"].choices = answer_choices(meeting)  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        """Return the arguments for `record.record`; `comment` is None, which keeps the message, without its field."""
        answer, _, mode = self.cleaned_data["said"].partition(":")
        comment = self.cleaned_data["comment"] if "comment" in self.data else None
        over_capacity = self.cleaned_data["over_capacity"]
        return {"answer": answer, "mode": mode, "comment": comment, "over_capacity": over_capacity}


class CallNoteForm(forms.Form):
    """Form with the outcome of a call, sent by one button."""

    outcome = forms.ChoiceField(
        choices=CallOutcome.choices, error_messages={"invalid_choice": "Dieses Ergebnis kennen wir nicht."}
    )
