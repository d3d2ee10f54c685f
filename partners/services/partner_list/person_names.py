"""Read the name of a person: split it into salutation, title, first and last name, and keep the rest as a remark.

The functions are pure and total: they return a value for any cell and never raise.
"""

import re
from dataclasses import dataclass, replace

from common.folding import fold
from partners.services.partner_list import cells


@dataclass(frozen=True, slots=True)
class PersonName:
    """The parts of a person's name.

    `remark` holds what no letter says: text in brackets, degrees and „sen.“ behind the name, a rank. `others` is the
    rest of a cell with two people.
    """

    salutation: str = ""
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    remark: str = ""
    others: str = ""


_SALUTATIONS = {"frau": "ms", "fr": "ms", "frl": "ms", "ms": "ms", "herr": "mr", "hr": "mr", "herrn": "mr", "mr": "mr"}
_SALUTATIONS |= {"w": "ms", "weiblich": "ms", "m": "mr", "mannlich": "mr"}
_NEITHER = {"d", "divers", "x", "w m d", "m w d", "d m w"}
_TITLE = re.compile(
    r"(?:(?:apl\.?\s*)?prof(?:essor(?:in)?)?\b\.?|pd\b\.?|dr\b\.?(?:-ing\b\.?)?(?:\s*(?:med|rer|phil|jur|oec|paed|ing)\b\.?"
    r"(?:\s*(?:nat|pol|dent|vet|publ)\b\.?)?)?|habil\b\.?|h\.\s*c\.|dipl\b\.?[-\s]*[a-zäöü]+\b\.?|mag\b\.|ing\b\.)\s*",
    re.IGNORECASE,
)
_LETTERS = r"(?:A|Sc|Ed|Eng|Mus|Arch)\b\.?|(?:BA|MA|BSc|MSc|BEd|MEd|MBA|EMBA|MPH)\b|LL\.?\s?[BM]\b\.?|Ph\.?\s?D\b\.?"
_DEGREE_BEFORE = rf"(?:[BM]\.{_LETTERS})"  # without a blank: „B. A. Meier“ has two first names
_DEGREE_BEHIND = rf"(?:[BM]\.\s?{_LETTERS})"
_RETIRED = r"[aik]\.\s?[DRK]\."
_RANK = (  # of German schools and authorities, and members of parliament
    r"(?:(?:O|L|Lt\.\s?|Ltd\.\s?)?St[RD](?:'?in)?\b\.?|O?StRef\b|StAss\b|L?RSD(?:'?in)?\b|Md[BL]\b|O?RR(?:'?in)?\b)"
    rf"(?:\s+{_RETIRED})?"
)
_BEHIND = re.compile(rf"(?:,\s*|\s+)({_DEGREE_BEHIND}|(?:jun|sen|jr|sr)\b\.?|{_RETIRED}|Md[BL])\s*$")
_BEFORE = re.compile(rf"({_DEGREE_BEFORE}|{_RANK})\s+(?=\S)")
_ADDITION = re.compile(rf"(?<!\S)({_DEGREE_BEHIND}|{_RANK})(?!\S)")
_AND = re.compile(r"\s+(?:und|u\.|&|\+)\s+|\s*[/;]\s*|,\s*(?=(?:Frau|Herrn?|Fr\.|Hr\.)\s)", re.IGNORECASE)
_NOBLE = re.compile(r"\b(?:von|vom)$", re.IGNORECASE)


def salutation(value: object) -> cells.Read[tuple[str, str]]:
    """Return the salutation's code ("ms", "mr", "") and the title behind it („Frau Dr.“).

    Anything else, also a name behind it, gives two empty texts and a notice; an empty cell and „divers“ give none.
    """
    written = cells.line(value)
    words = written.split(maxsplit=1)
    if not words or fold(written) in _NEITHER:
        return cells.Read(("", ""))
    code = _SALUTATIONS.get(fold(words[0]), "")
    rest = words[1] if code and len(words) > 1 else ""
    title, remainder = split_title(rest)
    if code and not remainder:
        return cells.Read((code, title))
    return cells.Read(("", ""), (f"Anrede „{written}“ bleibt leer",))


def title(value: object) -> tuple[str, str]:
    """Return the title of a column of its own („Dr.“), and what is none: degrees and ranks („M.A.“, „StD“)."""
    written = cells.line(value)
    return cells.line(_ADDITION.sub(" ", written)).strip(" ,"), ", ".join(_ADDITION.findall(written))


def split_title(name: str) -> tuple[str, str]:
    """Return the academic titles at the beginning of a name, and the rest."""
    titles: list[str] = []
    while found := _TITLE.match(name):
        if not found.group():
            break
        titles.append(found.group().strip())
        name = name[found.end() :]
    return " ".join(titles), name.strip()


_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


def without_remark(value: object) -> tuple[str, str]:
    """Return a name cell without the text in brackets, and that text: („Meyer zu Hörste“, „Vertretung“)."""
    written = cells.line(value)
    remarks = [remark.strip() for remark in _BRACKETS.findall(written) if remark.strip()]
    return cells.line(_BRACKETS.sub(" ", written)), ", ".join(remarks)


_PARTICLES = {"von", "vom", "van", "de", "der", "den", "dem", "del", "di", "da", "ter", "ten", "zur", "zum", "al", "el"}
_MIDDLE = {"zu", "genannt", "gen."}


def without_additions(name: str) -> tuple[str, list[str]]:
    """Return a name without degrees, ranks and „sen.“ before and behind it, and these in their order.

    „StD Dr. Ina Kuhl M.A.“ gives „Dr. Ina Kuhl“. A word that is the whole name stays.
    """
    before: list[str] = []
    behind: list[str] = []
    while found := _BEHIND.search(name):
        if not name[: found.start()].strip():
            break
        behind.insert(0, found[1])
        name = name[: found.start()]
    while found := _BEFORE.match(name):
        before.append(found[1])
        name = name[found.end() :]
    return name, [*before, *behind]


def split_people(name: str) -> tuple[str, str]:
    """Return the first of two people in a name, and the text of the others: „Jan und Pia Thies“, „Meyer/Kuhl“.

    „von und zu Grote“ is one.
    """
    for found in _AND.finditer(name):
        first, others = name[: found.start()].strip(), name[found.end() :].strip()
        if first and others and not _NOBLE.search(first):
            return first, others
    return name, ""


def full_name(value: object) -> PersonName:
    """Split a whole name into its parts: „Frau Dr. Gesa Ahrens“, „Ahrens, Gesa“, „Herr van der Heide“.

    A single word is the last name. Of two people the first is read; one named by the first name alone gets the last
    name of the other.
    """
    written, remark = without_remark(value)
    written, others = split_people(written)
    name = _one_name(written, remark)
    if others and not name.first_name and not name.salutation:
        other = _one_name(others, "")
        if other.first_name:
            name = replace(name, first_name=name.last_name, last_name=other.last_name)
    return replace(name, others=others)


def _one_name(written: str, remark: str) -> PersonName:
    """Return the parts of one person's name; `remark` is put before the additions to the name."""
    words = written.split(maxsplit=1)
    code = _SALUTATIONS.get(fold(words[0]), "") if words else ""
    rest = (words[1] if len(words) > 1 else "") if code else written
    rest, additions = without_additions(rest)
    remark = ", ".join(filter(None, [remark, *additions]))
    title, rest = split_title(rest)
    last, comma, first = rest.partition(",")
    if comma:
        more_title, first = split_title(first.strip())
        return PersonName(code, f"{title} {more_title}".strip(), first, last.strip(), remark)
    parts = rest.split()
    start = _last_name_starts(parts)
    return PersonName(code, title, " ".join(parts[:start]), " ".join(parts[start:]), remark)


def person_name(whole: object, *, first: object, last: object) -> PersonName:
    """Return a person's name from the columns that a list has for it; titles before either part are split off.

    `whole` is read only without a last name. A last name with a comma, without a first name, is read as a whole name,
    too. Only a whole name can have a salutation.
    """
    if not cells.line(last) or (not cells.line(first) and "," in cells.line(last)):
        name = full_name(last if cells.line(last) else whole)
        own_first, remark = without_remark(first)
        remark = ", ".join(filter(None, (name.remark, remark)))
        return replace(name, first_name=own_first or name.first_name, remark=remark)
    last_name, last_remark = without_remark(last)
    first_name, first_remark = without_remark(first)
    first_name, other_first = split_people(first_name)
    last_name, other_last = split_people(last_name)
    first_name, before = without_additions(first_name)
    last_name, behind = without_additions(last_name)
    title, first_name = split_title(first_name)
    more_title, last_name = split_title(last_name)
    remark = ", ".join(filter(None, (first_remark, last_remark, *before, *behind)))
    others = f"{other_first} {other_last or (last_name if other_first else '')}".strip()
    return PersonName("", f"{title} {more_title}".strip(), first_name, last_name, remark, others)


def _last_name_starts(parts: list[str]) -> int:
    """Return the index of the word with which the last name begins.

    That is the first particle („van“), the word before „zu“ or „genannt“, else the last word.
    """
    for index, part in enumerate(parts[:-1]):
        if part.lower() in _MIDDLE and index:
            return index - 1 if index > 1 else 0
        if part.lower() in _PARTICLES:
            return index
    return max(len(parts) - 1, 0)
