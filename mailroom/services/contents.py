"""Content of a mail as the team may see it: text without personal tokens, and the calendar entry in words."""

import re
from datetime import date, datetime
from typing import Any

from django.conf import settings
from icalendar import Calendar

from common.templatetags.ui import day, instant, period
from mailroom.models import OutboxMail

PREVIEW = "vorschau"  # replaces every token when the team reads a mail; such links record nothing
_RANDOM = r"(?=[^/]*[A-Z0-9_])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"  # 128 bits


def replace_tokens(text: str) -> str:
    """Return the text or HTML with the token of each personal link replaced by PREVIEW, so that it leads to a preview.

    Guards the invitee's answer: a team member who reads the mail cannot answer in the invitee's name.
    """
    return re.sub(rf"({re.escape(settings.BASE_URL)}/[a-z-]+/){_RANDOM}", rf"\1{PREVIEW}", text)


def entry(mail: OutboxMail) -> list[tuple[str, str]]:
    """Return German (label, text) pairs of the mail's calendar part; empty when there is none or it cannot be read.

    Values that the part lacks are left out; personal tokens are replaced.
    """
    for part in mail.message.walk():
        if part.get_content_type() == "text/calendar":
            try:
                rows = _rows(Calendar.from_ical(part.get_content()))
                return [(label, replace_tokens(words)) for label, words in rows if words]
            except (ValueError, KeyError, IndexError, AttributeError):  # icalendar raises these for invalid data
                return []
    return []


def _rows(calendar: Any) -> list[tuple[str, str]]:
    """Return (label, text) pairs about the first event, "" for what it lacks. Raises IndexError without an event."""
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
    """Return the event's period, or only its begin, in German; only the day for a begin without time or zone."""
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else None
    if isinstance(start, datetime) and start.tzinfo:
        return period(start, end) if isinstance(end, datetime) and end.tzinfo else instant(start)
    return day(start) if isinstance(start, date) else ""
