"""Placeholders ("marks") in a text that is rendered once for many recipients and filled for each one."""

import secrets
from collections.abc import Iterable, Mapping

from django.utils.html import escape


class Marks:
    """One random mark per name. A mark has only letters and digits, so that it may also stand in a URL."""

    def __init__(self, names: Iterable[str]) -> None:
        self.by_name = {name: f"x{secrets.token_hex(12)}x" for name in names}

    def filled(self, text: str, words: Mapping[str, str]) -> str:
        """Return the plain text with each mark replaced by this recipient's word."""
        for name, word in words.items():
            text = text.replace(self.by_name[name], word)
        return text

    def filled_html(self, html: str, words: Mapping[str, str]) -> str:
        """Return the HTML with each mark replaced by this recipient's word, HTML-escaped."""
        return self.filled(html, {name: escape(word) for name, word in words.items()})
