"""The mails to invitees: one `Letter` per meeting and act, and one copy of it per recipient.

A letter is rendered once, with marks in place of the recipient's own words, and its styles are inlined once. For each
recipient the marks are replaced by their words, escaped in HTML.
"""

import copy
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import NamedTuple

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from common import markdown
from common.addresses import mailbox
from common.templatetags.ui import day
from mailroom.letterhead import Letterhead, sender
from mailroom.marks import Marks
from mailroom.services import addresses, outbox
from mailroom.services.contents import PREVIEW
from mailroom.wire import Copy, Form, Head
from meetings import calendar
from meetings.enums import Answer, MailingKind, ReplyKind
from meetings.models import Facts, Invitation, Meeting
from partners.models import Contact
from team.services import absences

# The words that differ between recipients.
_WORDS = ("greeting", "token", "stop_token", "reason", "question", "asking", "dial_in")
_METHODS: dict[MailingKind | ReplyKind, str] = {  # of the calendar object (RFC 5546 sections 3.2.2, 3.2.5, 3.2.8)
    MailingKind.INVITATION: "REQUEST",
    MailingKind.REMINDER: "REQUEST",
    MailingKind.UPDATE: "REQUEST",
    MailingKind.CANCELLATION: "CANCEL",
    MailingKind.WITHDRAWAL: "CANCEL",
    ReplyKind.FULL: "REQUEST",
    ReplyKind.ONLINE: "REQUEST",
    ReplyKind.REFRESH: "REQUEST",
    ReplyKind.AGAIN: "REQUEST",
    ReplyKind.DECLINECOUNTER: "DECLINECOUNTER",
}
_LETTERHEADS: dict[MailingKind | ReplyKind, Letterhead] = {
    MailingKind.INVITATION: Letterhead("invitation", has_stop=True),
    MailingKind.REMINDER: Letterhead("reminder", auto_submitted="auto-generated", has_stop=True),
    ReplyKind.FULL: Letterhead("full", auto_submitted="auto-replied"),
    ReplyKind.ONLINE: Letterhead("online", auto_submitted="auto-replied"),
    ReplyKind.REFRESH: Letterhead("refresh", auto_submitted="auto-replied"),
}
_SAID = {
    Answer.ACCEPTED: "hatten Sie zugesagt",
    Answer.TENTATIVE: "hatten Sie „vielleicht“ gesagt",
    Answer.DECLINED: "hatten Sie abgesagt",
}
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class _Body(NamedTuple):
    """Subject, form, and text and HTML with marks that each copy replaces. Line ends are CRLF."""

    subject: str
    form: Form
    text: str
    html: str


class Letter:
    """The mail of an act or a notice, with everything that its copies share rendered once.

    Reads agenda, host and responsible, and names the deputy of an absent responsible person. `before` holds the facts
    that the recipients of an update were told last: the mail tells the differences since then, none without `before`.
    """

    def __init__(
        self, meeting: Meeting, *, kind: MailingKind | ReplyKind, word: str = "", before: Facts | None = None
    ) -> None:
        """Render the subject; read what all copies share: agenda, host, and the responsible person or their deputy."""
        self.meeting = meeting
        self.kind = kind
        self._deadline = None if meeting.is_deadline_over(timezone.now()) else meeting.answer_deadline_on
        self._letterhead = _LETTERHEADS.get(kind, Letterhead(kind))
        now = Facts.of(meeting)
        agenda = list(meeting.agenda_items.all())
        self._asked = absences.in_charge(meeting.responsible)
        self._marks = Marks(_WORDS)
        self._context = {
            **self._marks.by_name,
            "differences": before.differences(now) if before else [],
            "headline": before.headline(now) if before else "",
            "has_moved": before is not None and before.has_moved(now),
            "meeting": meeting,
            "responsible": self._asked,
            "agenda": agenda,
            "word": word.strip(),
            "text_plain": markdown.plain(meeting.text),
            "text_html": markdown.render(meeting.text) if meeting.text else "",
            "site_url": settings.BASE_URL,
            "office_name": parseaddr(settings.MAIL_FROM)[0],
        }
        self.subject = " ".join(self._rendered("subject.txt", is_preview=False).split())
        self._bodies: dict[bool, _Body] = {}
        self._sheet = calendar.Sheet(meeting, _METHODS[kind], agenda=agenda, asked=self._asked)

    def copy(
        self,
        invitation: Invitation,
        *,
        stop_token: str,
        stamp: datetime,
        first_message_id: str | None = None,
        is_preview: bool = False,
        sequence: int | None = None,
    ) -> Copy:
        """Return the mail for one recipient; `stamp` is the instant at which its calendar object is made.

        `first_message_id` is the Message-ID of the first mail of the thread, None for none. `sequence` replaces the
        invitation's SEQUENCE. The links of a preview lead to a page that records nothing. Raises ValueError for an
        address that no envelope can carry.
        """
        if is_preview:
            invitation, stop_token = copy.copy(invitation), PREVIEW
            invitation.token = PREVIEW
        body = self._body(is_preview)
        words = {
            "greeting": invitation.contact.greeting,
            "token": invitation.token,
            "stop_token": stop_token,
            "reason": _reason(invitation, self.kind),
            "question": _question(invitation, self._deadline),
            "asking": _asking(invitation),
            "dial_in": _dial_in(invitation, self.meeting),
        }
        texts = self._marks.filled(body.text, words), self._marks.filled_html(body.html, words)
        ics = self._sheet.filled(invitation, stamp=stamp, sequence=sequence)
        contents = (*(text.encode("utf-8", "replace") for text in texts), ics, ics)
        return Copy(body.form, body.subject, self._heads(invitation, stop_token, first_message_id), contents)

    def _heads(self, invitation: Invitation, stop_token: str, first_message_id: str | None) -> tuple[Head, ...]:
        """Return this recipient's header fields: To, Reply-To with their tag, the kind's stop link, the thread."""
        to = mailbox(invitation.email)
        heads: list[Head] = [
            ("To", Address(_one_line(invitation.contact.full_name), to.username, to.domain)),
            ("Reply-To", addresses.tagged(invitation.tag)),
        ]
        heads += self._letterhead.own(stop_token)
        if first_message_id:
            heads += [("In-Reply-To", first_message_id), ("References", first_message_id)]
        return tuple(heads)

    def _form(self, subject: str) -> Form:
        """Return the form: the header fields of all copies and four empty parts (text, HTML, calendar object twice)."""
        message = EmailMessage(policy=outbox.WIRE)
        message["Subject"] = subject
        message["From"] = sender(self._asked)
        self._letterhead.put_on(message)
        message.set_content("", cte="quoted-printable")
        message.add_alternative("", subtype="html", cte="quoted-printable")
        # RFC 6047 section 2.4: the method of the part is that of the object; no disposition, or Thunderbird hides it.
        params = {"method": _METHODS[self.kind], "charset": "UTF-8"}
        message.add_alternative(b"", maintype="text", subtype="calendar", params=params, cte="base64")
        message.add_attachment(b"", maintype="application", subtype="ics", filename="invite.ics", cte="base64")
        message["Content-Class"] = (
            "urn:content-classes:calendarmessage"  # set earlier, it would move into the text part
        )
        return Form(message)

    def _body(self, is_preview: bool) -> _Body:
        """Return the body with marks, rendered once for mails and once for previews (whose subject says so)."""
        if is_preview not in self._bodies:
            subject = f"Vorschau: {self.subject}" if is_preview else self.subject
            text = self._rendered("body.txt", is_preview=is_preview)
            html = _INLINER.inline(self._rendered("body.html", is_preview=is_preview))
            ends = (one.replace("\n", "\r\n") for one in (text, html))
            self._bodies[is_preview] = _Body(subject, self._form(subject), *ends)
        return self._bodies[is_preview]

    def _rendered(self, name: str, *, is_preview: bool) -> str:
        """Return the kind's template `name` with marks in place of the recipient's words, ending in one line end."""
        rendered: str = render_to_string(f"mail/{self.kind}/{name}", {**self._context, "is_preview": is_preview})
        return rendered.strip() + "\n"


def _question(invitation: Invitation, deadline: date | None) -> str:
    """Return the German sentences about answering: a request by the deadline, or that an earlier answer still holds.

    `deadline` (local day) None: there is none, or it has passed. It is not named where an earlier answer still holds.
    """
    until = f"bis {day(deadline)}" if deadline else "bald"
    if not invitation.answer:
        please = f"Bitte antworten Sie {until}." if deadline else "Bitte geben Sie uns kurz Bescheid."
        return f"{please} Sie brauchen kein Konto."
    said = _SAID[Answer(invitation.answer)]
    if invitation.is_answer_former:
        return f"Vor dieser Änderung {said}. Bitte antworten Sie {until} neu, damit wir richtig planen."
    return f"Bisher {said}. Das gilt weiter; nur wenn sich bei Ihnen etwas ändert, antworten Sie bitte neu."


def _dial_in(invitation: Invitation, meeting: Meeting) -> str:
    """Return the telephone number for joining, with a blank before it, for who has accepted online; else ""."""
    return f" Per Telefon: {meeting.dial_in}" if meeting.dial_in and invitation.is_joining_online else ""


def _asking(invitation: Invitation) -> str:
    """Return the German reason for asking the invitee again, as the first sentence of a reminder."""
    if invitation.is_answer_former:
        return "zu diesem Treffen haben Sie uns geantwortet, bevor es sich geändert hat. Gilt das weiter?"
    return "zu diesem Treffen haben wir Sie eingeladen und noch keine Antwort von Ihnen:"


def _reason(invitation: Invitation, kind: MailingKind | ReplyKind) -> str:
    """Return the German sentence on why the recipient gets this mail."""
    if _METHODS[kind] == "CANCEL":
        return "Sie bekommen diese Mail, weil wir Sie zu diesem Treffen eingeladen hatten."
    if invitation.network is None:
        source = _source(invitation.contact)
        return f"Sie bekommen diese Mail, weil wir Sie zu diesem Treffen als Gast eingeladen haben. {source}"
    return f"Sie bekommen diese Mail, weil Sie im Verteiler von „{invitation.network}“ stehen."


def _source(contact: Contact) -> str:
    """Return the German sentence on where the address is from (GDPR article 14 paragraph 2 letter f).

    Reads `organisation` unless it is from the person themselves or from a list.
    """
    if contact.source == Contact.Source.SELF:
        return "Ihre Adresse haben Sie uns selbst genannt."
    if contact.source == Contact.Source.LIST:
        return "Ihre Adresse stand in einer Liste unserer Partner, die wir übernommen haben."
    where = {
        str(Contact.Source.ORGANISATION): "hat uns Ihre Einrichtung genannt: {}.",
        str(Contact.Source.PUBLIC): "ist öffentlich, zum Beispiel auf der Website Ihrer Einrichtung: {}.",
    }.get(contact.source, "haben wir aus der Zusammenarbeit mit: {}.")
    return f"Ihre Adresse {where.format(contact.organisation)}"


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
