"""The form for a letter to the members of a network."""

import uuid
from typing import Any

from django import forms

from mailroom.forms import LinesField


class LetterForm(forms.Form):
    """Subject and text of a letter; `key` identifies it, so that a second press does not send it again."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    subject = forms.CharField(label="Betreff", max_length=200)
    text = LinesField(
        label="Text",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Markdown ist erlaubt. Anrede, Gruß und der Link zum Abbestellen kommen von selbst dazu.",
    )

    def clean_subject(self) -> str:
        """Return the subject in one line."""
        return " ".join(self.cleaned_data["subject"].split())

    def anew(self) -> "LetterForm":
        """Return the form, bound to the same data, with a new key.

        A stopped letter that is sent again so counts as another letter.
        """
        typed: Any = self.data
        data = typed.copy()
        data["key"] = str(uuid.uuid4())
        return LetterForm(data)
