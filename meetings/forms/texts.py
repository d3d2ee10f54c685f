"""Free text of several lines."""

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """Text where a line break counts once. Browsers send CRLF for it (HTML, constructing the entry list)."""

    def to_python(self, value: Any) -> str:
        """The text with LF at the end of its lines, "" for none."""
        return (super().to_python(value) or "").replace("\r\n", "\n")
