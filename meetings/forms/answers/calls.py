"""What the team notes for an invitee."""

from typing import Any

from django import forms

from meetings.enums import CallOutcome
from meetings.forms.answers.invitee import MessageField
from meetings.models import Meeting
from meetings.services.answers.calls import answer_choices


class NotedAnswerForm(forms.Form):
    """An answer that somebody gave on the phone. `said`: answer and mode, `accepted:online`."""

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
        """What `responses.record` is told; a form without a message field keeps the message."""
        answer, _, mode = self.cleaned_data["said"].partition(":")
        comment = self.cleaned_data["comment"] if "comment" in self.data else None
        over_capacity = self.cleaned_data["over_capacity"]
        return {"answer": answer, "mode": mode, "comment": comment, "over_capacity": over_capacity}


class CallNoteForm(forms.Form):
    """One tap after a call."""

    outcome = forms.ChoiceField(
        choices=CallOutcome.choices, error_messages={"invalid_choice": "Dieses Ergebnis kennen wir nicht."}
    )
