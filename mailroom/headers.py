"""Header values that several readers of a mail need."""

import re

from mailroom.mime import MAX_COMMENTS, Opened

# Headers in which mail servers note the envelope recipient come first; headers that the sender wrote follow.
ADDRESSED_TO = (
    *("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To"),
    *("To", "Cc", "Resent-To", "Received"),
)


def auto_submitted(mail: Opened) -> str:
    """Return the keyword of Auto-Submitted (RFC 3834) in lower case, e.g. "auto-replied"; "" without the header."""
    return without_comments(mail.header("Auto-Submitted")).partition(";")[0].strip().lower()


def refuses_answers(mail: Opened) -> bool:
    """Return whether the mail went to many, or asks for no automatic answer. A person may have written it.

    RFC 3834 section 2 for the first, MS-OXCMAIL section 2.2.3.2.14 for X-Auto-Response-Suppress.
    """
    suppressed = {word.strip().lower() for word in mail.header("X-Auto-Response-Suppress").split(",")}
    is_to_many = mail.header("Precedence").strip().lower() in ("bulk", "junk", "list") or mail.header("List-Id") != ""
    return is_to_many or bool(suppressed & {"all", "autoreply"})


def without_comments(value: str) -> str:
    """Return a header value without its comments in parentheses (RFC 5322 section 3.2.2).

    Unmatched parentheses stay, and so do comments nested deeper than MAX_COMMENTS.
    """
    for _ in range(MAX_COMMENTS):
        value, times = re.subn(r"\([^()]*\)", " ", value)
        if not times:
            break
    return value
