"""What pages for mailing to many share: the personal word, who is ticked, and how all of it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

WORD_LENGTH = 1000  # travels in the address of the preview
_NOT_KEPT = ("csrfmiddlewaretoken", "do", "add")  # buttons, and what proves where the form came from


class LinesField(forms.CharField):
    """Text where a line break counts once. Browsers send CRLF for it (HTML, constructing the entry list)."""

    def to_python(self, value: Any) -> str:
        """Return the text with LF at the end of its lines, "" for none."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class WordForm(forms.Form):
    """The personal word alone."""

    word = LinesField(
        label="Persönliches Wort",
        required=False,
        max_length=WORD_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Freiwillig, höchstens 1.000 Zeichen. Steht in der Mail.",
    )


@dataclass
class Selection:
    """Who is left out, who is a guest, and who stood on the page with a tick, as keys of people."""

    left_out: set[int] = field(default_factory=set)
    guests: list[int] = field(default_factory=list)
    ticked: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, data: Any) -> "Selection":
        """Read what the page sent. Somebody whose tick was taken away stays left out when filtered away."""
        shown, ticked = set(_keys(data.getlist("shown"))), set(_keys(data.getlist("person")))
        left_out = set(_keys(data.getlist("left_out")))
        guests = dict.fromkeys(_keys([*data.getlist("guest"), *data.getlist("add")]))
        added = set(_keys(data.getlist("add")))
        return cls((left_out - shown) | (shown - ticked - added), list(guests), ticked)


def _keys(values: Iterable[str]) -> list[int]:
    """Return the keys out of texts with commas; what is none is dropped."""
    texts = [text.strip() for value in values for text in value.split(",")]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def composed_on(request: HttpRequest) -> dict[str, Any]:
    """Return the page and everything that its form sent, to be stored at the act (`Act.composed`)."""
    data = {name: values for name, values in request.POST.lists() if name not in _NOT_KEPT}
    return {"url": request.path, "data": data}


def composed_data(composed: dict[str, Any] | None, *, url: str) -> QueryDict | None:
    """Return what the form of this page had sent, as a form reads it; None for an act that was composed elsewhere."""
    if not composed or composed.get("url") != url:
        return None
    data = QueryDict(mutable=True)
    for name, values in composed["data"].items():
        data.setlist(name, values)
    return data
