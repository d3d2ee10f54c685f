"""Turn the bytes of a CSV file into text: Unicode, else the alphabet of Windows, of the Macintosh or of MS-DOS."""

import re

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MARK = b"\xef\xbb\xbf"
_ALPHABETS = ("cp1252", "mac_roman", "cp850")  # of Excel: Windows, „CSV (Macintosh)“, „CSV (MS-DOS)“
_SUSPICIOUS = re.compile("[ÂÃâ]")  # begins what UTF-8 becomes when it is read as Latin-1
_GERMAN = set("äöüßÄÖÜ")
_PUNCTUATION = set("„“”‚‘’–—…€§°«»")


def is_utf16(content: bytes) -> bool:
    """Return whether the text begins with a mark of UTF-16, which has zero bytes."""
    return content.startswith(_UTF16)


def decode(content: bytes) -> str:
    """Return the text. Each line may be UTF-8 or not; what was encoded twice is decoded twice (ftfy).

    A file says nowhere which alphabet it is in. The one counts that makes the most German letters of its bytes.
    """
    if is_utf16(content):
        return content.decode("utf-16", errors="replace")
    content = content.removeprefix(_MARK)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_lines(content.split(b"\n"))
    return _decoded_again(text) if _SUSPICIOUS.search(text) else text


def _decoded_again(text: str) -> str:
    """Return the text with what was encoded twice decoded once more, line by line."""
    import ftfy  # not at the top: it takes a tenth of the start of every process

    return re.sub(r".*[ÂÃâ].*", lambda line: ftfy.fix_encoding(line[0]), text)


def _decode_lines(lines: list[bytes]) -> str:
    others = [line for line in lines if not _is_utf8(line)]
    alphabet = _alphabet(b"\n".join(others))
    return "\n".join(
        line.decode("utf-8") if _is_utf8(line) else line.decode(alphabet, errors="replace") for line in lines
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _alphabet(content: bytes) -> str:
    """Return the alphabet in which the bytes read best; Windows-1252 of equals."""
    return max(_ALPHABETS, key=lambda name: _plausibility(content.decode(name, errors="replace")))


def _plausibility(text: str) -> int:
    """Return how well the text reads: German letters within words count for it, what no word looks like against it.

    „K\x8aserei“ is „Käserei“ on a Macintosh and „KŠserei“, with a capital behind a small letter, on Windows. A small
    letter that begins a word says nothing: „Škoda“ would be „äkoda“.
    """
    sum_ = 0
    for found in re.finditer(r"[^\x00-\x7f]", text):
        char, before, after = (
            found[0],
            text[max(found.start() - 1, 0) : found.start()],
            text[found.end() : found.end() + 1],
        )
        if char in _PUNCTUATION:
            sum_ -= before.isalpha() and after.isalpha()
        elif not char.isalpha() or (char.isupper() and before.islower()):
            sum_ -= 2
        elif before.isalpha() or (after.isalpha() and char.isupper()):
            sum_ += 2 if char in _GERMAN else 1
    return sum_
