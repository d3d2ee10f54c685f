"""What the team notes for an invitee."""

from typing import Any

from django import forms

from meetings.enums import Answer, CallOutcome, Format, Mode
from meetings.forms.answers import MessageField
from meetings.models import Meeting

_ACCEPTED = {
    Mode.IN_PERSON: (f"{Answer.ACCEPTED}:{Mode.IN_PERSON}", "sagt zu, vor Ort"),
    Mode.ONLINE: (f"{Answer.ACCEPTED}:{Mode.ONLINE}", "sagt zu, online"),
}


def answer_choices(meeting: Meeting) -> list[tuple[str, str]]:
    """What somebody can say on the phone: code and words."""
    modes = {Format.IN_PERSON: [Mode.IN_PERSON], Format.ONLINE: [Mode.ONLINE]}.get(
        Format(meeting.format), [Mode.IN_PERSON, Mode.ONLINE]
    )
    return [
        *(_ACCEPTED[mode] for mode in modes),
        (Answer.TENTATIVE.value, "kommt vielleicht"),
        (Answer.DECLINED.value, "sagt ab"),
    ]


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
