"""What several readers of a mail want to know of its headers."""

import re

from mailroom.mime import MAX_COMMENTS, Opened

# Where the envelope's recipient is noted comes first; what the sender wrote himself follows.
ADDRESSED_TO = (
    *("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To"),
    *("To", "Cc", "Resent-To", "Received"),
)


def auto_submitted(mail: Opened) -> str:
    """The first word of Auto-Submitted (RFC 3834), „auto-replied“ for instance, lower case; "" without the header."""
    return without_comments(mail.header("Auto-Submitted")).partition(";")[0].strip().lower()


def without_comments(value: str) -> str:
    """A header without what stands in brackets (RFC 5322 section 3.2.2); brackets that do not match stay."""
    for _ in range(MAX_COMMENTS):
        value, times = re.subn(r"\([^()]*\)", " ", value)
        if not times:
            break
    return value
