"""Text of mails: bytes in any charset, HTML, and what databases accept. Raises no error for any content."""

import re
from html import unescape

MAX_DECODED = 1024 * 1024  # bytes of a part that become text

# Codecs that are not charsets of mails: they take quadratic time, or interpret escapes that the text does not have.
_NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "unicode_internal")


def decoded(content: bytes, charset: str = "") -> str:
    """Return the text by BOM, claimed charset or UTF-8; else by the charset or windows-1252 with replacements."""
    for name in (_by_mark(content), charset, "utf-8"):
        text = _try(content, name, "strict")
        if text is not None:
            return storable(text)
    claimed = None if charset.lower().replace("-", "_") in ("", "us_ascii", "ascii", "utf_8", "utf8") else charset
    return storable(_try(content, claimed or "windows-1252", "replace") or content.decode("latin-1"))


def text_of_html(html: str) -> str:
    """Return the rough text of an HTML page: without head, scripts and styles, one line per block.

    Reads the first quarter of MAX_DECODED, in characters.
    """
    shown: list[str] = []
    hidden = ""
    for piece in re.split(r"(</?(?:script|style|head|title)\b[^<>]*>)", html[: MAX_DECODED // 4], flags=re.IGNORECASE):
        name = re.match(r"<(/?)(script|style|head|title)\b", piece, re.IGNORECASE)
        if name and (not hidden or hidden == name[2].lower()):
            hidden = "" if name[1] else name[2].lower()
        elif not name and not hidden:
            shown.append(piece)
    text = re.sub(r"\s+", " ", "".join(shown))
    text = re.sub(r"<(?:br|/?p|/?div|/tr|/?li|/h\d|/?table|/?blockquote)\b[^<>]*>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<[^<>]*>|&#\d{9,};?", "", text)
    lines = (" ".join(line.split()) for line in unescape(text).split("\n"))
    return storable("\n".join(filter(None, lines)))


def _by_mark(content: bytes) -> str:
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    return next((name for mark, name in marks if content.startswith(mark)), "")


def _try(content: bytes, charset: str, errors: str) -> str | None:
    """Return the text in this charset; None when the charset is "", unknown or unfit, or the bytes do not decode."""
    name = charset.strip().lower()
    if not name or name.replace("-", "_").replace(" ", "_") in _NO_CHARSETS:
        return None
    try:
        return content.decode(name, errors)
    except (LookupError, ValueError, TypeError, AssertionError):  # unknown charset, no text codec, or undecodable
        return None


def storable(text: str) -> str:
    """Return the text without NUL and with lone surrogates replaced: neither databases nor JSON accept them."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
