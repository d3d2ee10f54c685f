"""Form parts that all pages for mailing to many share: the personal word, the ticks, and how an act stores them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

WORD_LENGTH = 1000  # characters; the word travels in the URL of the preview
_NOT_KEPT = ("csrfmiddlewaretoken", "do", "add")  # the CSRF token and the buttons


class LinesField(forms.CharField):
    """Text field that counts a line break once. Browsers send CRLF for it (HTML, constructing the entry list)."""

    def to_python(self, value: Any) -> str:
        """Return the text with LF at the end of its lines, "" for no text."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class WordForm(forms.Form):
    """Form with the personal word alone."""

    word = LinesField(
        label="Persönliches Wort",
        required=False,
        max_length=WORD_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Freiwillig, höchstens 1.000 Zeichen. Steht in der Mail.",
    )


@dataclass
class Selection:
    """People who are left out, people added as guests, and people who were ticked on the page, as primary keys."""

    left_out: set[int] = field(default_factory=set)
    guests: list[int] = field(default_factory=list)
    ticked: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, data: Any) -> "Selection":
        """Read the selection from posted data (a QueryDict).

        A person who was unticked stays left out when a filter hides them. A person whose button `add` was pressed
        becomes a guest and is not left out.
        """
        shown, ticked = set(_keys(data.getlist("shown"))), set(_keys(data.getlist("person")))
        left_out = set(_keys(data.getlist("left_out")))
        guests = dict.fromkeys(_keys([*data.getlist("guest"), *data.getlist("add")]))
        added = set(_keys(data.getlist("add")))
        return cls((left_out - shown) | (shown - ticked - added), list(guests), ticked)


def _keys(values: Iterable[str]) -> list[int]:
    """Return the primary keys from comma-separated texts; drop anything that is not a number of up to 15 digits."""
    texts = [text.strip() for value in values for text in value.split(",")]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def composed_on(request: HttpRequest) -> dict[str, Any]:
    """Return the page's path and the form data that it posted, to be stored as `Act.composed`.

    The CSRF token and the buttons are left out.
    """
    data = {name: values for name, values in request.POST.lists() if name not in _NOT_KEPT}
    return {"url": request.path, "data": data}


def composed_data(composed: dict[str, Any] | None, *, url: str) -> QueryDict | None:
    """Return the stored form data of the page at `url`; None for no data or an act composed on another page."""
    if not composed or composed.get("url") != url:
        return None
    data = QueryDict(mutable=True)
    for name, values in composed["data"].items():
        data.setlist(name, values)
    return data
