"""Content lines of calendar objects (RFC 5545 section 3.1), also where a gateway has broken them anew."""

import re
from collections.abc import Callable, Iterable, Iterator

from mailroom.mail_text import decoded

MAX_BYTES = 512 * 1024  # of a calendar object
MAX_LINE = 8000  # characters

_NAME = re.compile(r"[ \t]*([A-Za-z0-9-]{1,60})[ \t]*[;:]")
# Lines that begin with one of these are never the rest of the line before them.
_PROPERTY = re.compile(
    r"(?:BEGIN|END|PRODID|VERSION|CALSCALE|METHOD|UID|SEQUENCE|DT[A-Z]+|DUE|DURATION|RECURRENCE-ID|ATTENDEE|ORGANIZER"
    r"|COMMENT|SUMMARY|DESCRIPTION|LOCATION|STATUS|CLASS|CREATED|LAST-MODIFIED|TRANSP|PRIORITY|URL|CONFERENCE|RRULE"
    r"|RDATE|EXDATE|REQUEST-STATUS|CATEGORIES|TZ[A-Z]+|TRIGGER|ACTION|ATTACH|X-[A-Z0-9-]+)[;:]"
)


def lines(content: bytes, charset: str, note: Callable[[str], None]) -> Iterator[str]:
    """Yield unfolded lines of bounded length; pass to `note` what is cut off (MAX_BYTES, MAX_LINE).

    Unfolds the bytes, since some programs fold inside a character.
    """
    if len(content) > MAX_BYTES:
        note(f"calendar object cut off after {MAX_BYTES} of {len(content)} bytes")
        content = content[:MAX_BYTES]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or "16" in charset:
        content, charset = decoded(content, charset).encode(), "utf-8"
    content = re.sub(rb"\r\n?|\n", b"\n", content)
    for line in _joined(decoded(re.sub(rb"\n[ \t]", b"", content), charset).split("\n")):
        if len(line) > MAX_LINE and _NAME.match(line):
            note(f"line cut off after {MAX_LINE} characters")
        yield line[:MAX_LINE]


def split(line: str) -> tuple[dict[str, list[str]], str]:
    """Split a malformed line into its parameters, by name in capitals, and its value, as well as possible."""
    mailto = re.search(r":[ \t]*mailto:", line, re.IGNORECASE)
    head, _, value = (line[: mailto.start()], "", line[mailto.start() + 1 :]) if mailto else line.partition(":")
    params: dict[str, list[str]] = {}
    for name, found in re.findall(r'([A-Za-z0-9-]{1,60})=("[^"]*"|[^;"]*)', head):
        params.setdefault(name.upper(), []).append(found.strip('"'))
    return params, value.strip()


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the lines; a piece that cannot be a line of its own is put back behind the one before it.

    So the blank that marks a continuation may be lost, or moved to the end of the line before.
    """
    line = ""
    for piece in pieces:
        if not piece.strip() or (piece.strip() == ":" and _has_value(line)):
            continue
        if line and len(line) <= MAX_LINE and _is_rest(piece, of=line):
            line = line.removesuffix(" ") + piece
            continue
        if line:
            yield line
        line = piece
    if line:
        yield line


def _is_rest(piece: str, *, of: str) -> bool:
    """Return whether the piece belongs to the line before it, which begins like a property."""
    if not _NAME.match(of) or _PROPERTY.match(piece):
        return False
    return not _NAME.match(piece) or piece[0] in ";:" or not _has_value(of) or piece.lower().startswith("mailto:")


def _has_value(line: str) -> bool:
    """Return whether the line has the colon that begins its value, outside quotes."""
    return ":" in (re.sub(r'"[^"]*"', "", line) if line.count('"') % 2 == 0 else line)
