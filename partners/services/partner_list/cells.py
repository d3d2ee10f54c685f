"""Read one cell each: turn a spreadsheet's value into a clean one, with notices in German.

The functions are pure and total: they return a value for any cell and never raise.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from common.folding import fold, match_key

_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]"
)
_BLANKS = re.compile(r"[^\S\n]+")
_LOST = re.compile(r"\w\?|\?\w")
_LOST_IN_TEXT = re.compile(r"\w\?\w|(?<!\S)\?\w")
_LETTER = "\u2d30"  # a letter that no list uses; it stands for a lost one while folding
_NO_CONTENT = re.compile(r"[-–—/.\s]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """The value of a cell, and notices about it for the team."""

    value: T
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addresses:
    """The e-mail addresses of a cell, in order; `broken` holds text that was meant as an address and is none."""

    usable: tuple[str, ...] = ()
    broken: str = ""


def text(value: object) -> str:
    """Return the cell as a person reads it: NFC, no invisible characters, runs of blanks as one.

    Line breaks stay, empty lines do not; a character that was lost in decoding becomes „?“. Numbers, days and truth
    values are written as in German spreadsheets; None gives "".
    """
    if value is None:
        return ""
    string = value if isinstance(value, str) else _shown(value)
    if string.isprintable() and "  " not in string and "\ufffd" not in string:  # nearly all cells
        return unicodedata.normalize("NFC", string).strip()
    string = string.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\ufffd", "?")
    string = unicodedata.normalize("NFC", _INVISIBLE.sub("", string))
    lines = (_BLANKS.sub(" ", part).strip() for part in string.split("\n"))
    return "\n".join(part for part in lines if part)


def line(value: object) -> str:
    """Return the cell as one line, or "" for a cell of only dashes, dots and slashes."""
    found = text(value).replace("\n", " ")
    return "" if _NO_CONTENT.fullmatch(found) else found


def _shown(value: object) -> str:
    """Return a value that is no text as a German spreadsheet shows it; a number that is not finite gives ""."""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime):
        has_time = value.time() != time()
        return f"{value:%d.%m.%Y %H:%M}" if has_time else f"{value:%d.%m.%Y}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def has_lost_letters(name: str) -> bool:
    """Return whether a name has a question mark beside a letter, in place of another: „?or?evi?“, „Y?ld?z“."""
    return bool(_LOST.search(name))


def may_have_lost_letters(remark: str) -> bool:
    """Return whether a running text has a question mark within or before a word, in place of a letter.

    One behind a word counts only in a name (`has_lost_letters`): here it may end a sentence.
    """
    return bool(_LOST_IN_TEXT.search(remark))


def same_name(left: str, right: str) -> bool:
    """Return whether two spellings are one name: equal when folded, or equal except for lost letters on one side.

    Two names without letters or digits are not one name.
    """
    if match_key(left) == match_key(right):
        return bool(match_key(left))
    for holes, full in ((left, right), (right, left)):
        if has_lost_letters(holes) and _pattern(holes).fullmatch(match_key(full)):
            return True
    return False


def holds(text: str, part: str) -> bool:
    """Return whether a text holds another, word by word and folded; lost letters of the part match any letter.

    A part without letters or digits has to occur as it is.
    """
    if not fold(part):
        return part in text
    if may_have_lost_letters(part):
        return bool(re.search(rf"\b{_pattern(part).pattern}\b", match_key(text)))
    return f" {fold(part)} " in f" {fold(text)} "


def _pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for the folded name.

    A lost letter matches one letter, or none where only the mark of the letter before was lost.
    """
    return re.compile(match_key(name.replace("?", _LETTER)).replace(_LETTER, "[a-z0-9]?"))


def lost_letters_key(name: str) -> str:
    """Return the folded name with a placeholder for each "?", so that names with the same lost letters match."""
    return match_key(name.replace("?", _LETTER)) if "?" in name else match_key(name)


def postcode(value: object) -> Read[str]:
    """Return a German postcode as five digits; other text stays as written, with a notice.

    A number of four digits, from which a spreadsheet took the leading zero, gets it back, with a notice.
    """
    written = line(value)
    found = re.fullmatch(r"(?:D(?:E)?[-\s]*)?(\d{5})(?:[.,]0+)?", written, re.IGNORECASE)
    if found:
        return Read(found[1])
    if isinstance(value, int | float) and not isinstance(value, bool) and re.fullmatch(r"\d{4}", written):
        return Read(f"0{written}", (f"PLZ „{written}“ mit führender Null gelesen: 0{written}",))
    notices = (f"PLZ „{written}“ hat nicht fünf Ziffern",) if written else ()
    return Read(written, notices)


def postcode_and_place(value: object) -> tuple[Read[str], str]:
    """Return the two parts of „49324 Melle“; without a postcode the whole text is the place. No notices."""
    written = line(value)
    found = re.match(r"(?:D(?:E)?[-\s]*)?(\d{5})\b[\s,]*(.*)", written, re.IGNORECASE)
    return (Read(found[1]), found[2].strip()) if found else (Read(""), written)


_AT = re.compile(r"\s*[(\[{<]\s*(?:at|ät)\s*[)\]}>]\s*", re.IGNORECASE)
_SPACED_AT = re.compile(r"(?<=\S)\s+(?:at|@)\s+(?=\S+\.\S)|\s*@\s*(?=\S+\.\S)", re.IGNORECASE)
_DOT = re.compile(r"\s*[(\[{]\s*(?:dot|punkt)\s*[)\]}]\s*", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"$|kein|nicht |ohne|unbekannt|fehlt")
_CANDIDATE = re.compile(r"[^\s<>;,|:()\[\]{}\"„“”/\\]+@[^\s<>;,|:()\[\]{}\"„“”/\\@]+")


def emails(value: object) -> Read[Addresses]:
    """Return the addresses of a cell in lower case; reads „mailto:“, „Name <…>“, „ (at) “ and several in one cell.

    An address that no mail can reach (no top-level domain, letters lost) is `broken`, never corrected; so is a text
    without any address, unless it says that there is none („keine“, „unbekannt“). No notices.
    """
    written = line(value)
    spelled_out = _SPACED_AT.sub("@", _DOT.sub(".", _AT.sub("@", written)))
    usable: list[str] = []
    broken: list[str] = []
    for candidate in _CANDIDATE.findall(re.sub(r"mailto:", " ", spelled_out, flags=re.IGNORECASE)):
        address = unicodedata.normalize("NFC", candidate.strip("'.").lower())
        (usable if _is_usable(address) else broken).append(address)
    if not (usable or broken or _NO_ADDRESS.match(fold(written))):
        broken.append(written)
    return Read(Addresses(tuple(dict.fromkeys(usable)), ", ".join(dict.fromkeys(broken))))


def _is_usable(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return "?" not in address and len(address) <= 254


def phone(value: object) -> Read[str]:
    """Return a telephone number as written, on one line; a cell without digits gives "" and a notice."""
    written = line(value)
    if written and not re.search(r"\d", written):
        return Read("", (f"Telefon „{written}“ ist keine Nummer",))
    return Read(written)


def phone_key(number: str) -> str:
    """Return the digits by which two numbers are compared, without 0049, +49, a leading 0 or punctuation."""
    digits = re.sub(r"[^\d+]", "", re.sub(r"\(\s*0\s*\)", "", number))
    digits = re.sub(r"^(?:\+|00)49", "", digits)
    return re.sub(r"\D", "", digits).lstrip("0")


_YES = {"ja", "j", "x", "1", "yes", "y", "wahr", "true", "xx", "ok"}
_NO = {"nein", "n", "0", "no", "falsch", "false"}


def yes_no(value: object) -> Read[bool | None]:
    """Return yes, no, or None for an empty cell or any other text (which gives a notice)."""
    written = line(value)
    key = fold(written)
    if key in _YES or written in {"✓", "✔", "☑", "×"}:
        return Read(True)
    if key in _NO:
        return Read(False)
    return Read(None, (f"„{written}“ ist weder ja noch nein",) if written else ())


def street_key(street: str) -> str:
    """Return the folded street: „Bergstr. 3“ and „Bergstraße 3“ have the same key."""
    return re.sub(r"str(?:asse)?\b", "str", match_key(street)).replace(" ", "")
