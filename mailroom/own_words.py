"""Extract a person's own words from a mail, without the mail that it quotes and without what programs write."""

import re

MAX_WORDS = 1000  # characters

# From here on the mail quotes another one, ours; a line that begins with ">" does, too.
_QUOTED = re.compile(
    r"^\s*(?:-{2,}\s*(?:original|ursprüngliche|weitergeleitete|forwarded).*|_{10,}\s*"
    r"|(?:am|on)\b.{5,120}\b(?:schrieb|wrote)\b.*:\s*|(?:von|from):\s.*@.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
# Lines that calendars write into an answer: who answered what, the entry's fields, their own footer.
_OF_A_PROGRAM = re.compile(
    r"^(?:.{0,80}\b(?:hat|haben|has|have)\b.{0,80}\b(?:zugesagt|abgesagt|angenommen|akzeptiert|abgelehnt|beantwortet"
    r"|accepted|declined|tentatively|responded|replied)\b.*"
    r"|(?:wann|when|wo|where|ort|location|datum|date|zeit|time|betreff|subject|titel|title|einladung|invitation|event"
    r"|organi[sz]\w*|teilnehm\w*|attendees?|status|kalender|calendar|wer|who)\s*:.*"
    r"|(?:zugesagt|abgesagt|mit vorbehalt|angenommen|abgelehnt|accepted|declined|tentative(?:ly accepted)?)"
    r"\s*(?:[:.].*)?"
    r"|.*\bgoogle (?:calendar|kalender)\b.*|[\s*~=_-]{3,}|<?https?://\S+>?)$",
    re.IGNORECASE,
)


def without_quotes(text: str) -> str:
    """Return the text without the mail that it quotes."""
    own = _QUOTED.split(text, maxsplit=1)[0]
    return "\n".join(line for line in own.splitlines() if not line.lstrip().startswith(">"))


def own_words(text: str) -> str:
    """Return the words that a person added to a calendar's answer, at most MAX_WORDS characters; "" without any."""
    own = _SIGNATURE.split(without_quotes(text), maxsplit=1)[0]
    lines = (line.strip() for line in own.splitlines())
    return "\n".join(line for line in lines if line and not _OF_A_PROGRAM.match(line))[:MAX_WORDS]
