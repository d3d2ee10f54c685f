"""What an incoming mail is: the one function behind `fetch_mail` and `inspect_mail`. Touches no database."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings

from mailroom import auto_replies, bounces, itip, mime
from mailroom.auto_replies import AutoReply
from mailroom.bounces import Bounce
from mailroom.enums import MailKind
from mailroom.headers import ADDRESSED_TO, auto_submitted, without_comments
from mailroom.itip import Attendee, Scheduling
from mailroom.mime import Opened, Part

MAX_CALENDARS = 10  # parts of one sort that are read
MAX_SUBJECT = 998

_OF_A_MAIL = ("From", "To", "Subject", "Date", "Message-ID", "Received", "Return-Path", "Content-Type", "MIME-Version")
_METHODS = {
    kind.value.upper(): kind
    for kind in MailKind
    if kind not in (MailKind.BOUNCE, MailKind.AUTO_REPLY, MailKind.HUMAN, MailKind.UNREADABLE)
}
# What somebody asks of us; with one of these a machine's note may carry a calendar that it only quotes.
_ASKING = (MailKind.REQUEST, MailKind.CANCEL, MailKind.PUBLISH)


@dataclass(frozen=True)
class Reading:
    """A mail as it was read.

    `tag` is what stands behind the plus of INBOX_ADDRESS in any of the addresses that the mail was sent to, lower case.
    `schedulings` are the calendar components of the kind, each once, in their order; `text` what a person would read;
    `verdict` is „pass“ or „fail“ by INBOX_AUTHSERV_ID's Authentication-Results, "" where it says nothing.
    """

    kind: MailKind
    tag: str | None = None
    schedulings: tuple[Scheduling, ...] = ()
    bounce: Bounce | None = None
    auto_reply: AutoReply | None = None
    sender: str = ""  # address of From, as it stands
    sender_name: str = ""
    return_path: str | None = None  # "" is the null path of machines; None: the server noted none
    subject: str = ""
    message_id: str = ""
    text: str = ""
    verdict: str = ""
    is_automatic: bool = False  # Auto-Submitted other than „no“, or a null return path: never answered by mail
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The object of `inspect_mail`; absent values are None."""
        first = self.schedulings[0] if self.schedulings else Scheduling("")
        attendee = _speaker(first, self.sender)
        return {
            "kind": str(self.kind),
            "method": first.method or None,
            "uid": first.uid,
            "sequence": first.sequence,
            "dtstamp": first.dtstamp.isoformat() if first.dtstamp else None,
            "attendee": attendee.email or None if attendee else None,
            "partstat": attendee.partstat if attendee else None,
            "comment": first.comment or None,
            "organizer": first.organizer,
            "tag": self.tag,
            "bounce": _bounce_as_json(self.bounce) if self.bounce else None,
            "notes": list(self.notes),
        }


def read(raw: bytes) -> Reading:
    """Read a raw mail, or a bare .ics file, within the limits of `mailroom.mime`. Raises no error."""
    if _is_bare_calendar(raw):
        return _bare_calendar(raw)
    mail = mime.opened(raw)
    if not any(mail.header(name) for name in _OF_A_MAIL):
        return Reading(MailKind.UNREADABLE, text=mail.text, notes=(*mail.notes, "no headers of a mail"))
    bounce = bounces.read(mail)
    notes = list(mail.notes)
    schedulings = [] if bounce else _schedulings(mail.parts, notes)
    auto_reply = None if bounce else auto_replies.read(mail)
    kind = _kind(mail, bounce, schedulings, auto_reply, notes)
    return_path = next((value.strip("<> ") for value in mail.headers("Return-Path")), None)
    sender_name, sender = parseaddr(mail.header("From"))
    return Reading(
        kind=kind,
        tag=_tag(mail),
        schedulings=tuple(one for one in schedulings if _METHODS.get(one.method) == kind),
        bounce=bounce,
        auto_reply=auto_reply if kind == MailKind.AUTO_REPLY else None,
        sender=sender,
        sender_name=sender_name,
        return_path=return_path,
        subject=mail.header("Subject")[:MAX_SUBJECT],
        message_id=mail.header("Message-ID")[:MAX_SUBJECT],
        text=mail.text,
        verdict=_verdict(mail),
        is_automatic=return_path == "" or auto_submitted(mail) not in ("", "no"),
        notes=tuple(notes),
    )


def _kind(
    mail: Opened,
    bounce: Bounce | None,
    schedulings: list[Scheduling],
    auto_reply: AutoReply | None,
    notes: list[str],
) -> MailKind:
    """A report first, since it may return our own invitation; an answer of a calendar though a machine sent it."""
    if bounce:
        return MailKind.BOUNCE
    method = next((_METHODS[one.method] for one in schedulings if one.method in _METHODS), None)
    if method and not (auto_reply and auto_reply.is_absence and method in _ASKING):
        return method
    if auto_reply:
        return MailKind.AUTO_REPLY
    if schedulings:
        notes.append(f"calendar with unknown METHOD {schedulings[0].method or 'none'}")
    if any(part.type == "application/ms-tnef" or part.filename.lower() == "winmail.dat" for part in mail.parts):
        notes.append("winmail.dat (TNEF) is not read")
    if any(part.type == "message/rfc822" for part in mail.parts):
        notes.append("a mail inside the mail is not read")
    has_content = mail.text or any(part.content.strip() for part in mail.parts)
    return MailKind.HUMAN if has_content or mail.header("Subject") else MailKind.UNREADABLE


def _schedulings(parts: Iterable[Part], notes: list[str]) -> list[Scheduling]:
    """From the parts that call themselves a calendar; only where these hold none from those that look like one."""
    sorts: tuple[Callable[[Part], bool], ...] = (
        lambda part: part.type == "text/calendar",
        lambda part: part.type == "application/ics",
        lambda part: part.filename.lower().endswith(".ics"),
    )
    parts = tuple(parts)
    without_method: list[Scheduling] = []
    for is_of_sort in sorts:
        chosen = [part for part in parts if is_of_sort(part)]
        if len(chosen) > MAX_CALENDARS:
            notes.append(f"more than {MAX_CALENDARS} calendars, the rest left out")
        found: dict[tuple[object, ...], Scheduling] = {}
        left = itip.MAX_BYTES + 1  # of all of them
        for part in chosen[:MAX_CALENDARS]:
            method, charset = part.params.get("method", ""), part.params.get("charset", "")
            components, its_notes = itip.read(part.content[:left], method=method, charset=charset)
            left -= min(left, len(part.content))
            notes.extend(note for note in its_notes if note not in notes)
            for one in components:
                found.setdefault(_identity(one), one)
        if any(one.method in _METHODS for one in found.values()):
            return list(found.values())
        without_method = without_method or list(found.values())
    return without_method


def _identity(one: Scheduling) -> tuple[object, ...]:
    """What makes two copies of a component the same one: programs leave the rest out of one of them."""
    said = tuple((attendee.email.lower(), attendee.partstat) for attendee in one.attendees)
    return one.method, one.uid, one.recurrence_id, one.sequence, one.dtstamp, said


def _is_bare_calendar(raw: bytes) -> bool:
    head = mime.decoded(raw[:200]).lstrip("\ufeff \t\r\n").upper()
    return bool(re.match(r"BEGIN:(VCALENDAR|VEVENT|VTODO|VJOURNAL|VFREEBUSY)\b", head))


def _bare_calendar(raw: bytes) -> Reading:
    """A file from a calendar, not a mail. Without METHOD it is something published."""
    schedulings, notes = itip.read(raw)
    if not schedulings:
        return Reading(MailKind.UNREADABLE, notes=(*notes, "nothing in this calendar that we know"))
    method = schedulings[0].method
    kind = _METHODS.get(method, MailKind.HUMAN) if method else MailKind.PUBLISH
    if kind == MailKind.HUMAN:
        notes.append(f"calendar with unknown METHOD {method}")
    return Reading(kind, schedulings=tuple(one for one in schedulings if one.method == method), notes=tuple(notes))


def _speaker(scheduling: Scheduling, sender: str) -> Attendee | None:
    """Who says something: the sender where he is among them, else who has answered at all, else the first."""
    attendees = scheduling.attendees
    own = (one for one in attendees if sender and one.email.lower() == sender.lower())
    answered = (one for one in attendees if one.partstat not in (None, "NEEDS-ACTION"))
    if scheduling.method in ("REPLY", "COUNTER", "REFRESH"):
        return next(own, None) or next(answered, None) or next(iter(attendees), None)
    return next(iter(attendees), None)


def _bounce_as_json(bounce: Bounce) -> dict[str, Any]:
    """`permanent`: final for this mail. Whether the address is of no use is told by the status."""
    return {
        "recipients": list(bounce.recipients),
        "permanent": bounce.action == "failed",
        "status": bounce.status,
        "outbox_id": str(bounce.outbox_id) if bounce.outbox_id else None,
    }


def _tag(mail: Opened) -> str | None:
    pattern = _tagged(settings.INBOX_ADDRESS)
    for name in ADDRESSED_TO:
        for value in mail.headers(name):
            if found := pattern.search(value):
                return found[1].lower()
    return None


@lru_cache(maxsize=8)
def _tagged(address: str) -> re.Pattern[str]:
    """INBOX_ADDRESS with a tag, as the only local part that ends there."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    return re.compile(
        rf"(?<![\w.+-]){re.escape(local)}\+([\w.=-]{{1,100}})@{re.escape(domain)}(?![\w.-])", re.IGNORECASE | re.ASCII
    )


def _verdict(mail: Opened) -> str:
    """What our own mail server says of the sender; only its topmost word counts, since anybody can write others."""
    ours = getattr(settings, "INBOX_AUTHSERV_ID", "").strip().lower()
    for value in mail.headers("Authentication-Results") if ours else ():
        said = without_comments(re.sub(r'"[^"]*"', "", value))
        name, *results = said.lower().split(";")
        if name.split()[:1] != [ours]:
            continue
        if "(" in said or ")" in said or '"' in said:
            return ""  # nobody knows where a comment ends
        read = (re.match(r"\s*(dmarc|dkim|spf)\s*=\s*(pass|fail)\b", result) for result in results)
        said_by = [match.groups() for match in read if match]
        told = [word for method, word in said_by if method == "dmarc"] or [word for _, word in said_by]
        return "pass" if "pass" in told else "fail" if "fail" in told else ""
    return ""
