"""What a mail says beside its text: the calendar entry, in words."""

from datetime import date, datetime
from typing import Any

from icalendar import Calendar

from common.templatetags.ui import day, instant, period
from mailroom.models import OutboxMail


def entry(mail: OutboxMail) -> list[tuple[str, str]]:
    """Label and text of what the calendar part of the frozen bytes says; empty when there is none to read."""
    for part in mail.message.walk():
        if part.get_content_type() == "text/calendar":
            try:
                return [row for row in _rows(Calendar.from_ical(part.get_content())) if row[1]]
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
