"""Marks stand in a text that is rendered once for many, where the words of one person go."""

import secrets
from collections.abc import Iterable, Mapping

from django.utils.html import escape


class Marks:
    """One mark per name, of letters and digits, so that it may stand in an address too, and never guessed."""

    def __init__(self, names: Iterable[str]) -> None:
        self.by_name = {name: f"x{secrets.token_hex(12)}x" for name in names}

    def filled(self, text: str, words: Mapping[str, str]) -> str:
        """The plain text with the words of one person."""
        for name, word in words.items():
            text = text.replace(self.by_name[name], word)
        return text

    def filled_html(self, html: str, words: Mapping[str, str]) -> str:
        """The HTML with the words of one person, escaped."""
        return self.filled(html, {name: escape(word) for name, word in words.items()})
