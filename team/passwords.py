"""Password validation beyond Django's validators (Django's list of common passwords is English)."""

import re
from typing import Any

from django.core.exceptions import ValidationError

_WORDS = {"passwort", "kennwort", "password", "willkommen", "hallo", "netzwerk", "servicestelle", "schule"}
_ROWS = {"qwertz", "qwerty", "asdfgh", "123456", "1234", "0000", "1111"}
LEAST_REST = 6  # characters beside these words


class OwnWordsValidator:
    """Refuse a password of little but the member's name or address, the office's words, rows of keys and digits."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for such a password. Django calls this for each new password.

        Without these words fewer than six letters are left, and fewer than twelve characters in all.
        """
        given = (getattr(user, name, "") for name in ("first_name", "last_name", "email"))
        own = {part for text in given for part in re.split(r"\W+", text.lower()) if len(part) > 2}
        rest = password.lower()
        for word in sorted(own | _WORDS | _ROWS, key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(re.sub(r"[\W\d_]+", "", rest)) < LEAST_REST and len(rest) < LEAST_REST * 2:
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def get_help_text(self) -> str:
        """Return the help text beside the field."""
        return "Das Passwort darf nicht nur aus Ihrem Namen, naheliegenden Wörtern und Ziffern bestehen."
