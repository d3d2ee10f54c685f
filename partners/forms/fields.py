"""Widgets and pieces that the forms about partners share."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms


class SuggestionInput(forms.TextInput):
    """A text input with suggestions (an HTML datalist); any text may be typed."""

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
    """A date input that uses the browser's own picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def name_blank_choice(field: Any, label: str) -> None:
    """Label the empty choice in words (Django shows dashes, which a screen reader spells out)."""
    field.choices = [("", label), *((code, name) for code, name in field.choices if code)]


def helper(*layout: Any) -> FormHelper:
    """Return the crispy layout of the fields, without parts that are None. The page brings <form> and CSRF token."""
    made = FormHelper()
    made.form_tag = False
    made.disable_csrf = True
    made.layout = Layout(*(part for part in layout if part))
    return made
