"""Parser for automatic replies (RFC 3834): absence notes, receipts, acknowledgements."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

from mailroom.headers import auto_submitted
from mailroom.mime import Opened
from mailroom.own_words import without_quotes


@dataclass(frozen=True)
class AutoReply:
    """An automatic reply: an absence note, or another one. `absent_until` is the last day of the absence, if named."""

    is_absence: bool = False
    absent_until: date | None = None


_AWAY = re.compile(
    r"abwesen|nicht im (büro|haus|dienst|hause)|außer haus|urlaub|out of (the )?office|on (vacation|holiday|leave)"
    r"|away from|autoreply: away|elternzeit|mutterschutz",
    re.IGNORECASE,
)
# What machines alone write as a subject: „Abwesend am 10. März“ may be a person's, over a distribution list.
_SUBJECT_OF_A_MACHINE = re.compile(
    r"^\s*(abwesenheits(notiz|nachricht|meldung|agent|assistent)|automatische antwort|auto(matic)?[- ]?(reply|response)"
    r"|out of (the )?office)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\s*(abwesen\w*|automatische antwort|auto(matic)?[- ]?(reply|response|antwort)|out of (the )?office|ooo\b"
    r"|vacation|urlaub\w*|i am away|ich bin (nicht|im urlaub))",
    re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan january jänner",
            "februar feb february",
            "märz mär march mar maerz",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov",
            "dezember dez december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = (
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})(?!\d)\.?(?:\s?(?P<year>\d{{4}}|\d\d)\b)?"
    rf"|(?P<day2>\d{{1,2}})(?:\.|th|st|nd|rd)?\s(?:of\s)?(?P<name>{_NAME})\b\.?(?:,?\s(?P<year2>\d{{4}}))?"
    rf"|(?P<name3>{_NAME})\.?\s(?P<day3>\d{{1,2}})(?:th|st|nd|rd)?\b(?:,?\s(?P<year3>\d{{4}}))?)"
)
_GAP = (
    r"\s+(?:(?:und\s+mit|einschließlich|einschl\.|inkl\.|inklusive|zum|dem|den|and including)\s+)*"
    r"(?:\w+,?\s+)?(?:dem\s+|den\s+)?"
)
_NO_TIME = r"(?!\s?(?:uhr\b|h\b)|:\d)"  # „bis 12.10 Uhr“ names no day
_UNTIL = re.compile(
    rf"(?:\b(?:bis|until|till|through)(?:{_GAP})"
    rf"|\b\d{{1,2}}\.\s?(?:\d{{1,2}}\.\s?(?:\d{{2,4}}\s?)?)?[–—-]\s?){_DAY}{_NO_TIME}",
    re.IGNORECASE,
)
_AGAIN = _DAY.replace("?P<", "?P<again_")
_FROM = re.compile(
    rf"(?:\b(?:ab|back on|return(?:ing)? on|back in the office on|wieder am)(?:{_GAP}){_DAY}"
    rf"(?=[^.!?\n]{{0,60}}\b(?:wieder|zurück|erreichbar|back|available|again))"
    rf"|\b(?:wieder(?:\s\w+){{0,4}}\s(?:ab|am)|back on|return(?:ing)? on)(?:{_GAP}){_AGAIN})",
    re.IGNORECASE,
)
_FURTHEST = timedelta(days=400)
# A sentence about answering names a deadline, not an absence.
_DEADLINE = re.compile(
    r"\b(?:antworten sie|antwort(?:en)? bis|um (?:ihre )?antwort|an-? ?meld|rückmeld|zu- oder absage)", re.I
)


def read(mail: Opened) -> AutoReply | None:
    """Parse an automatic reply; return None when a person may have written the mail.

    Looks for an absence and its end in the subject and the first 5000 characters of the text, but not in what the mail
    quotes. A read receipt (RFC 8098) is automatic, too.
    """
    subject = mail.header("Subject")
    if any(part.type == "message/disposition-notification" for part in mail.parts):
        return AutoReply()
    if not _is_automatic(mail, subject):
        return None
    words = f"{subject}\n{without_quotes(mail.text[:5000])}"
    is_absence = _is_vacation(mail) or bool(_AWAY.search(words))
    return AutoReply(is_absence, _absent_until(words, _written_on(mail)) if is_absence else None)


def _is_automatic(mail: Opened, subject: str) -> bool:
    """Return whether a machine wrote the mail: by its headers, or by the subject together with another sign.

    Auto-Submitted decides when it is there: "no" means a person, any other keyword a machine.
    """
    said = auto_submitted(mail)
    if said == "no":
        return False
    precedence = mail.header("Precedence").strip().lower()
    if said or precedence == "auto_reply" or _has_machine_headers(mail):
        return True
    if mail.header("Return-Path").strip() == "<>":
        return bool(_SUBJECT.match(subject))
    return precedence in ("bulk", "junk", "list") and bool(_SUBJECT_OF_A_MACHINE.match(subject))


def _has_machine_headers(mail: Opened) -> bool:
    """Return whether a header says that a machine wrote the mail.

    X-Auto-Response-Suppress does not: it says which answers to the mail are unwanted (MS-OXCMAIL 2.2.3.2.14).
    """
    names = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Mail-Autoreply", "X-Vacation", "X-AutoReply-From")
    return _is_vacation(mail) or any(mail.header(name).strip().lower() not in ("", "no") for name in names)


def _is_vacation(mail: Opened) -> bool:
    """Return whether iCloud's header says that this is an absence note."""
    return mail.header("X-Apple-Action").strip().upper() == "VACATION"


def _written_on(mail: Opened) -> date | None:
    """Return the date in the Date header, in the sender's zone; None when there is none or it is invalid."""
    try:
        return parsedate_to_datetime(mail.header("Date")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _absent_until(words: str, written: date | None) -> date | None:
    """Return the last day of absence: of „bis 12.3.“ that day, of „ab dem 15.3. wieder“ the day before; else None.

    The first „bis …“ with a plausible day counts, else the first „ab …“. A deadline for an answer counts as none.
    `written` is the day on which the mail was written.
    """
    for found in _UNTIL.finditer(words):
        sentence = re.split(r"[!?\n]|\.\s+(?=[A-ZÄÖÜ])", words[: found.start()])[-1]
        day = None if _DEADLINE.search(sentence) else _plausible(_day(found.groupdict(), written), written)
        if day:
            return day
    if again := _FROM.search(words):
        groups = {name.removeprefix("again_"): value for name, value in again.groupdict().items() if value}
        back = _day(groups, written)
        return _plausible(back - timedelta(days=1) if back else None, written)
    return None


def _day(groups: dict[str, str | None], written: date | None) -> date | None:
    """Return the date in the groups of _DAY, None if it is invalid.

    Without a year it is the next such date from `written` on; None when `written` is None.
    """
    try:
        if iso := groups.get("iso"):
            return datetime.fromisoformat(iso).date()
        day = int(groups.get("day") or groups.get("day2") or groups.get("day3") or 0)
        name = groups.get("name") or groups.get("name3")
        month = _MONTHS[name.lower()] if name else int(groups.get("month") or 0)
        if year := groups.get("year") or groups.get("year2") or groups.get("year3"):
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        if written is None:
            return None
        this_year = date(written.year, month, day)
        return this_year if this_year >= written else date(written.year + 1, month, day)
    except ValueError:
        return None


def _plausible(day: date | None, written: date | None) -> date | None:
    """Return the day when it is between the day before `written` and 400 days after it, else None.

    Returns any day unchanged when `written` is None.
    """
    if day is None or written is None:
        return day
    return day if written - timedelta(days=1) <= day <= written + _FURTHEST else None
