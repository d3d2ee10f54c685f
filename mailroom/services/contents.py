"""What a mail says, to be looked at by the team: its text without secrets, the calendar entry in words."""

import re
from datetime import date, datetime
from typing import Any

from django.conf import settings
from icalendar import Calendar

from common.templatetags.ui import day, instant, period
from mailroom.models import OutboxMail

PREVIEW = "vorschau"  # stands for every token where the team reads a mail; such links record nothing
_RANDOM = r"(?=[^/]*[A-Z0-9_])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"  # 128 bits


def harmless(text: str) -> str:
    """The text or HTML of a mail in which our own personal links lead to a preview, nobody answers for another."""
    return re.sub(rf"({re.escape(settings.BASE_URL)}/[a-z-]+/){_RANDOM}", rf"\1{PREVIEW}", text)


def entry(mail: OutboxMail) -> list[tuple[str, str]]:
    """Label and text of what the calendar part of the frozen bytes says; empty when there is none to read."""
    for part in mail.message.walk():
        if part.get_content_type() == "text/calendar":
            try:
                rows = _rows(Calendar.from_ical(part.get_content()))
                return [(label, harmless(words)) for label, words in rows if words]
            except (ValueError, KeyError, IndexError, AttributeError):  # what icalendar raises for what is none
                return []
    return []


def _rows(calendar: Any) -> list[tuple[str, str]]:
    event = calendar.walk("VEVENT")[0]
    is_taken_back = str(calendar.get("METHOD", "")).upper() == "CANCEL"  # RFC 5546 section 3.2.5
    return [
        ("Was geschieht", "Der Eintrag wird aus dem Kalender entfernt." if is_taken_back else ""),
        ("Titel", str(event.get("SUMMARY", ""))),
        ("Wann", _when(event)),
        ("Wo", str(event.get("LOCATION", ""))),
        ("Eingeladen", str(event.get("ATTENDEE", "")).removeprefix("mailto:")),
        ("Antworten gehen an", str(event.get("ORGANIZER", "")).removeprefix("mailto:")),
    ]


def _when(event: Any) -> str:
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else None
    if isinstance(start, datetime) and start.tzinfo:
        return period(start, end) if isinstance(end, datetime) and end.tzinfo else instant(start)
    return day(start) if isinstance(start, date) else ""
