"""Reader of incoming mails, shared by `fetch_mail` and `inspect_mail`. Touches no database."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings

from common.folding import owner_key
from mailroom import auto_replies, bounces, itip, mail_text, mime, signed
from mailroom.auto_replies import AutoReply
from mailroom.bounces import Bounce
from mailroom.enums import MailKind
from mailroom.headers import ADDRESSED_TO, auto_submitted, refuses_answers, without_comments
from mailroom.itip import Attendee, Scheduling
from mailroom.mime import Opened, Part
from mailroom.unfolding import MAX_BYTES

MAX_CALENDARS = 10  # calendar parts of one type that are read
MAX_SUBJECT = 998

_OF_A_MAIL = ("From", "To", "Subject", "Date", "Message-ID", "Received", "Return-Path", "Content-Type", "MIME-Version")
_METHODS = {
    kind.value.upper(): kind
    for kind in MailKind
    if kind not in (MailKind.BOUNCE, MailKind.AUTO_REPLY, MailKind.HUMAN, MailKind.UNREADABLE)
}
# Methods of foreign invitations: an absence note may quote a calendar with one of these.
_ASKING = (MailKind.REQUEST, MailKind.CANCEL, MailKind.PUBLISH)


@dataclass(frozen=True)
class Reading:
    """Content of a mail as it was read.

    `tag` is the part after the plus of INBOX_ADDRESS in an address that the mail was sent to, in lower case.
    `schedulings` are the distinct calendar components of the kind, in order; `text` is the text that a person reads.
    `verdict` is "pass" or "fail" by the Authentication-Results of INBOX_AUTHSERV_ID, "" when they say nothing.
    """

    kind: MailKind
    tag: str | None = None
    schedulings: tuple[Scheduling, ...] = ()
    bounce: Bounce | None = None
    auto_reply: AutoReply | None = None
    sender: str = ""  # address of From, unchanged
    sender_name: str = ""
    return_path: str | None = None  # "": null path, as machines use; None: no header
    subject: str = ""
    message_id: str = ""
    text: str = ""
    verdict: str = ""
    is_automatic: bool = False  # Auto-Submitted other than „no“, or a null return path: never answered by mail
    refuses_answers: bool = False  # automatic, or sent to a list, or with a header that asks for no automatic answer
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the JSON object that `inspect_mail` prints, with the first component; absent values are None."""
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
    mail = _unwrapped(mime.opened(raw))
    if not any(mail.header(name) for name in _OF_A_MAIL):
        return Reading(MailKind.UNREADABLE, text=mail.text, notes=(*mail.notes, "no headers of a mail"))
    bounce = bounces.read(mail)
    notes = list(mail.notes)
    schedulings = [] if bounce else _schedulings(mail.parts, notes)
    auto_reply = None if bounce else auto_replies.read(mail)
    kind = _kind(mail, bounce, schedulings, auto_reply, notes)
    return_path = next((value.strip("<> ") for value in mail.headers("Return-Path")), None)
    sender_name, sender = parseaddr(mail.header("From"))
    sender = sender.strip("'")  # Outlook's habit where the address is its own name
    is_automatic = return_path == "" or auto_submitted(mail) not in ("", "no")
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
        is_automatic=is_automatic,
        refuses_answers=is_automatic or refuses_answers(mail),
        notes=tuple(notes),
    )


def _unwrapped(mail: Opened) -> Opened:
    """Return the mail with the parts that its opaque signature wraps, under its own headers; else the mail itself."""
    wrapped = next((found for part in mail.parts if (found := signed.content(part))), None)
    if wrapped is None:
        return mail
    inner = mime.opened(wrapped)
    return replace(mail, parts=inner.parts, notes=(*mail.notes, *inner.notes))


def _kind(
    mail: Opened,
    bounce: Bounce | None,
    schedulings: list[Scheduling],
    auto_reply: AutoReply | None,
    notes: list[str],
) -> MailKind:
    """Return the kind of the mail; append to `notes` what is not read.

    A report comes first, since it may contain our own invitation. A calendar answer counts even when an automatic
    reply carries it; a calendar that an absence note only quotes (methods of _ASKING) does not. Without any of these a
    mail is HUMAN if it has content or a subject, else UNREADABLE.
    """
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
    """Return the calendar components of the text/calendar parts, else of application/ics, else of `.ics` files.

    A later type is read only when no earlier one has a component with a known METHOD; without any such, the components
    of the first type that has some are returned. Reads at most MAX_CALENDARS parts and MAX_BYTES of each
    type; appends to `notes`.
    """
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
        left = MAX_BYTES + 1  # bytes for all parts of this type
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
    """Return the values that identify a component: copies of one component may differ in all other values."""
    said = tuple((attendee.email.lower(), attendee.partstat) for attendee in one.attendees)
    return one.method, one.uid, one.recurrence_id, one.sequence, one.dtstamp, said


def _is_bare_calendar(raw: bytes) -> bool:
    head = mail_text.decoded(raw[:200]).lstrip("\ufeff \t\r\n").upper()
    return bool(re.match(r"BEGIN:(VCALENDAR|VEVENT|VTODO|VJOURNAL|VFREEBUSY)\b", head))


def _bare_calendar(raw: bytes) -> Reading:
    """Read a calendar file that is not a mail. Without METHOD it counts as published (PUBLISH).

    Keeps the components with the METHOD of the first. With an unknown METHOD it is HUMAN, without component UNREADABLE.
    """
    schedulings, notes = itip.read(raw)
    if not schedulings:
        return Reading(MailKind.UNREADABLE, notes=(*notes, "nothing in this calendar that we know"))
    method = schedulings[0].method
    kind = _METHODS.get(method, MailKind.HUMAN) if method else MailKind.PUBLISH
    if kind == MailKind.HUMAN:
        notes.append(f"calendar with unknown METHOD {method}")
    return Reading(kind, schedulings=tuple(one for one in schedulings if one.method == method), notes=tuple(notes))


def _speaker(scheduling: Scheduling, sender: str) -> Attendee | None:
    """Return the attendee who speaks, None without attendees.

    In a REPLY, COUNTER or REFRESH this is the sender, else the first one with an answer; else the first attendee.
    """
    attendees = scheduling.attendees
    by_answer = sorted(attendees, key=lambda one: one.partstat in (None, "NEEDS-ACTION"))  # a mailbox may stand twice
    own = (one for one in by_answer if sender and owner_key(one.email) == owner_key(sender))
    answered = (one for one in attendees if one.partstat not in (None, "NEEDS-ACTION"))
    if scheduling.method in ("REPLY", "COUNTER", "REFRESH"):
        return next(own, None) or next(answered, None) or next(iter(attendees), None)
    return next(iter(attendees), None)


def _bounce_as_json(bounce: Bounce) -> dict[str, Any]:
    """Return the report for JSON. `permanent` means final for this mail; the status says whether the address works."""
    return {
        "recipients": list(bounce.recipients),
        "permanent": bounce.action == "failed",
        "status": bounce.status,
        "outbox_id": str(bounce.outbox_id) if bounce.outbox_id else None,
    }


def _tag(mail: Opened) -> str | None:
    """Return the tag, in lower case, of the first tagged INBOX_ADDRESS that the mail was sent to; else None."""
    pattern = _tagged(settings.INBOX_ADDRESS)
    for name in ADDRESSED_TO:
        for value in mail.headers(name):
            if found := pattern.search(value):
                return found[1].lower()
    return None


@lru_cache(maxsize=8)
def _tagged(address: str) -> re.Pattern[str]:
    """Return the pattern of INBOX_ADDRESS with a tag, as a whole address."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    return re.compile(
        rf"(?<![\w.+-]){re.escape(local)}\+([\w.=-]{{1,100}})@{re.escape(domain)}(?![\w.-])", re.IGNORECASE | re.ASCII
    )


def _verdict(mail: Opened) -> str:
    """Return our mail server's verdict on the sender: "pass", "fail" or "".

    Only the topmost Authentication-Results of INBOX_AUTHSERV_ID counts, since a sender can forge further ones. DMARC
    decides; without it, one pass of DKIM or SPF is enough. It is "" for an empty INBOX_AUTHSERV_ID.
    """
    ours = getattr(settings, "INBOX_AUTHSERV_ID", "").strip().lower()
    for value in mail.headers("Authentication-Results") if ours else ():
        said = without_comments(re.sub(r'"[^"]*"', "", value))
        name, *results = said.lower().split(";")
        if name.split()[:1] != [ours]:
            continue
        if "(" in said or ")" in said or '"' in said:
            return ""  # it is ambiguous where a comment ends
        read = (re.match(r"\s*(dmarc|dkim|spf)\s*=\s*(pass|fail)\b", result) for result in results)
        said_by = [match.groups() for match in read if match]
        told = [word for method, word in said_by if method == "dmarc"] or [word for _, word in said_by]
        return "pass" if "pass" in told else "fail" if "fail" in told else ""
    return ""
