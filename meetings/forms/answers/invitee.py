"""Form that invitees fill in on their answer page."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from mailroom.forms import LinesField
from meetings.enums import Answer, Mode
from meetings.services.answers.record import LONGEST_COMMENT

_UNKNOWN = "Diese Antwort kennen wir nicht. Bitte tippen Sie auf eine der Schaltflächen."


class MessageField(LinesField):
    """Free text of at most 2,000 characters. A line break counts once; NUL is removed instead of refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)
        self.validators = [v for v in self.validators if not isinstance(v, ProhibitNullCharactersValidator)]
        self.error_messages["too_long"] = "Bitte kürzen Sie die Nachricht auf 2.000 Zeichen."
        for validator in self.validators:
            validator.message = self.error_messages["too_long"]  # type: ignore[attr-defined]

    def to_python(self, value: Any) -> str:
        """Return the text without NUL, with LF line ends."""
        return super().to_python(value).replace("\x00", "")


class QuestionForm(forms.Form):
    """Form of a message alone, without an answer."""

    comment = MessageField()

    def clean_comment(self) -> str:
        """Require some text."""
        text: str = self.cleaned_data["comment"]
        if not text.strip():
            raise forms.ValidationError("Bitte schreiben Sie zuerst Ihre Nachricht.")
        return text


class AnswerForm(forms.Form):
    """Form of an invitee's answer. The pressed button carries it: `mode` without `answer` means accepted."""

    answer = forms.ChoiceField(choices=Answer.choices, required=False, error_messages={"invalid_choice": _UNKNOWN})
    mode = forms.ChoiceField(choices=Mode.choices, required=False, error_messages={"invalid_choice": _UNKNOWN})
    comment = MessageField()
    sequence = forms.IntegerField(required=False, min_value=0)  # of the meeting as the page showed it

    def clean(self) -> dict[str, Any]:
        """Require an answer, or a mode, which means accepted. An invalid `sequence` counts as none (None)."""
        cleaned = super().clean() or self.cleaned_data
        self.errors.pop("sequence", None)  # a hidden field: the invitee cannot correct it
        cleaned.setdefault("sequence", None)
        if self.errors:
            return cleaned
        if cleaned["mode"] and not cleaned["answer"]:
            cleaned["answer"] = Answer.ACCEPTED
        if not cleaned["answer"]:
            raise forms.ValidationError("Bitte tippen Sie auf eine der Antworten.")
        return cleaned
