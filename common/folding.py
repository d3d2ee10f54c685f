"""Fold text for comparing, sorting and searching, the same on every database.

Text that people search or sort by is stored folded (see `common.db.fields.FoldedField`); `Lower()` and collations
differ between SQLite and PostgreSQL.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import idna

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"}
)
_UMLAUTS = {"a": "ae", "o": "oe", "u": "ue"}
_DIGRAPHS = re.compile("ae|oe|ue")
_DIAERESIS = "\u0308"
_PHONE = re.compile(r"[\d\s()/+.–-]+")
_SHORTEST_PHONE = 3
_SAME_MAILBOXES = {"googlemail.com": "gmail.com"}  # Google delivers both to one mailbox
_BETWEEN_DIGITS = str.maketrans("", "", " /-–().")
SHORTEST_PART = 3  # shorter words match only where a word begins


def _decompose(text: str, *, umlaut_as_digraph: bool = False) -> str:
    """Return the text in lower case without marks; ä, ö and ü become ae, oe and ue with `umlaut_as_digraph`."""
    out: list[str] = []
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()  # twice: NFKD of ℠ gives capitals again
    for char in unicodedata.normalize("NFKD", folded).translate(_LETTERS):
        if char == _DIAERESIS and umlaut_as_digraph and out and out[-1] in _UMLAUTS:
            out.append("e")
        elif not unicodedata.combining(char):
            out.append(char)
    return "".join(out)


def fold(text: str) -> str:
    """Return the text in lower case, without marks (ä → a, ß → ss) or punctuation, words separated by one blank."""
    return " ".join(re.findall(r"[^\W_]+", _decompose(text)))


def match_key(text: str) -> str:
    """Return a key that is the same for all spellings of one name: Müller = Mueller = Muller = MÜLLER.

    Digraphs are folded too, so the key serves only to test equality, never to show or sort.
    """
    return _DIGRAPHS.sub(lambda found: found.group()[0], fold(text))


def search_key(*texts: str) -> str:
    """Return the text to store for searching by `search_words`: substrings, or beginnings for short words.

    It holds every word without marks, with umlauts written out, and with digraphs folded, so that "Muller", "Mueller"
    and "Müller", and any part of them, find "Müller"; "Müller" and "Muller" find "Mueller".
    """
    plain = " ".join(fold(text) for text in texts if text)
    written_out = " ".join(
        " ".join(re.findall(r"[^\W_]+", _decompose(text, umlaut_as_digraph=True))) for text in texts if text
    )
    variants = dict.fromkeys([plain, written_out, _DIGRAPHS.sub(lambda found: found.group()[0], plain)])
    return "\n".join(variant for variant in variants if variant)


def search_words(query: str) -> list[str]:
    """Return the folded words of a query, at most eight; a row must match all of them."""
    return fold(query).split()[:8]


def is_held(word: str, text: str) -> bool:
    """Return whether a `search_key` holds one of the `search_words`; a short word matches only where a word begins."""
    return next(_begins(word, text), None) is not None


def places_of(words: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return where a text (in NFC) holds any of the `search_words`, in the spellings that `search_key` stores.

    The result is pairs of first and past-the-last position, in order; places that overlap or touch are merged.
    """
    lower = text.lower()
    if text.isascii() and not _DIGRAPHS.search(
        lower
    ):  # most texts: positions in the folded text are those in the original
        return _merged((begin, begin + len(word)) for word in words for begin in _begins(word, lower))
    plain = _letters(text, umlaut_as_digraph=False)
    variants = [plain]
    if _DIGRAPHS.search("".join([letter for letter, _, _ in plain])):
        variants.append(_without_digraphs(plain))
    if not text.isascii():
        variants.append(_letters(text, umlaut_as_digraph=True))
    found: list[tuple[int, int]] = []
    for letters in variants:
        folded = "".join([letter for letter, _, _ in letters])
        for word in words:
            found += [(letters[at][1], letters[at + len(word) - 1][2]) for at in _begins(word, folded)]
    return _merged(found)


def _begins(word: str, folded: str) -> Iterator[int]:
    """Yield each position of the word in a folded text, for a short word only where a word begins."""
    begin = folded.find(word)
    while begin >= 0:
        if len(word) >= SHORTEST_PART or begin == 0 or not folded[begin - 1].isalnum():
            yield begin
        begin = folded.find(word, begin + 1)


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places in order; those that overlap or touch become one."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(places):
        if merged and begin <= merged[-1][1]:
            begin, end = merged[-1][0], max(merged.pop()[1], end)
        merged.append((begin, end))
    return merged


def _letters(text: str, *, umlaut_as_digraph: bool) -> list[tuple[str, int, int]]:
    """Return the folded letters, each with its place in the text; anything between words becomes a blank."""
    return [
        (letter if letter.isalnum() else " ", place, place + 1)
        for place, char in enumerate(text)
        for letter in _letters_of(char, umlaut_as_digraph)
    ]


@lru_cache(maxsize=1024)
def _letters_of(char: str, umlaut_as_digraph: bool) -> str:
    return _decompose(char, umlaut_as_digraph=umlaut_as_digraph)


def _without_digraphs(letters: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Return the letters with ae, oe and ue as their first letter alone, in the place of both."""
    out: list[tuple[str, int, int]] = []
    after_first = False
    for letter, begin, end in letters:
        if out and not after_first and _DIGRAPHS.fullmatch(out[-1][0] + letter):
            out[-1] = (out[-1][0], out[-1][1], end)
            after_first = True
        else:
            out.append((letter, begin, end))
            after_first = False
    return out


def phone_digits(text: str) -> str:
    """Return the digits that all spellings of a telephone number share, or of a part of one.

    Return "" for text that is no number or leaves less than three digits. „05422 1234“, „05422/1234“, „+49 5422 1234“
    and „+49 (0)5422-1234“ give the same digits.
    """
    if not _PHONE.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", text))
    if text.strip().startswith(("+", "00")):
        digits = re.sub(r"^(?:00)?49", "", digits)
    digits = digits.lstrip("0")
    return digits if len(digits) >= _SHORTEST_PHONE else ""


def phone_key(text: str) -> str:
    """Return the text to store for searching by `phone_digits`: without the separators that people write."""
    return text.translate(_BETWEEN_DIGITS)


def sort_key(*texts: str) -> str:
    """Return a key for German dictionary order (DIN 5007-1: ä sorts as a, ß as ss), equal on every database.

    For Latin text the key holds only [a-z0-9]: a word break is "00" and each digit gets a leading "1". So every
    collation (SQLite, C or a German locale) sorts break < digit < letter and ignores nothing.
    """
    return "00".join(
        re.sub(r"\d", lambda digit: f"1{int(digit.group())}", word) for word in fold(" ".join(texts)).split()
    )


def email_key(address: str) -> str:
    """Return the folded address: two spellings that reach the same mailbox have the same key; "" stays "".

    Both parts become lower case (RFC 5321 section 2.4 lets a host distinguish case; no mail system of our partners
    does), Unicode NFC, and the domain its ASCII form (`ascii_domain`).
    """
    address = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = address.rpartition("@")
    if not at:
        return address
    with contextlib.suppress(ValueError):  # an invalid domain stays as it was typed
        domain = ascii_domain(domain)
    return f"{local}@{domain}"


def owner_key(address: str) -> str:
    """Return the folded address for asking who writes: providers with two domains for one mailbox have one key.

    Not for storing: a stored `email_key` may be either address.
    """
    local, at, domain = email_key(address).rpartition("@")
    return f"{local}{at}{_SAME_MAILBOXES.get(domain, domain)}"


def shown_domain(domain: str) -> str:
    """Return the domain in its own letters for people to read; one that is not valid stays as it is."""
    try:
        return idna.decode(domain)
    except UnicodeError:
        return domain


def ascii_domain(domain: str) -> str:
    """Return the ASCII form of a domain: IDNA 2008 (RFC 5891) after the mapping of UTS 46, non-transitional.

    So „groß.example“ and „gross.example“ are two domains, as DNS has them since 2010; Python's own codec is IDNA 2003
    and takes them for one. A domain in ASCII stays as it is. Raises ValueError for an empty or too long label and for
    characters that no domain may have.
    """
    if domain.isascii():
        if any(not 0 < len(label) < 64 for label in domain.split(".")):
            raise ValueError("empty or too long label")
        return domain
    return idna.encode(domain, uts46=True).decode("ascii")
