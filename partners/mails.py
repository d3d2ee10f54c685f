"""Mails to the members of a network that concern no meeting."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from common import markdown
from common.addresses import mailbox
from mailroom.letterhead import Letterhead, sender
from mailroom.marks import Marks
from mailroom.services import outbox
from mailroom.services.contents import PREVIEW
from mailroom.wire import Copy, Form, Head
from partners.models import Contact
from regions.models import Network
from team.services import absences

_WORDS = ("greeting", "stop_token")  # differs from one recipient to the next
_LETTERHEAD = Letterhead("letter", has_stop=True)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class NetworkLetter:
    """A letter to many members of a network; the common parts are rendered once.

    `text` is Markdown. Reads the network's coordinator and, while they are away, their deputy. A preview says so in its
    subject („Vorschau: …“).
    """

    def __init__(self, network: Network, *, subject: str, text: str, is_preview: bool = False) -> None:
        self._marks = Marks(_WORDS)
        self._is_preview = is_preview
        self._asked = absences.in_charge(network.coordinator)
        self._context = {
            **self._marks.by_name,
            "network": network,
            "responsible": self._asked,
            "subject": subject,
            "text_plain": markdown.plain(text),
            "text_html": markdown.render(text),
            "site_url": settings.BASE_URL,
            "office_name": parseaddr(settings.MAIL_FROM)[0],
            "is_preview": is_preview,
        }
        plain = " ".join(self._rendered("subject.txt").split())
        self.subject = f"Vorschau: {plain}" if is_preview else plain
        self._text = self._rendered("body.txt").replace("\n", "\r\n")
        self._html = _INLINER.inline(self._rendered("body.html")).replace("\n", "\r\n")
        self._form = self._common()

    def copy(self, contact: Contact, *, stop_token: str = "") -> Copy:
        """Return the mail for one recipient, with the token of their stop link.

        In a preview personal links carry `PREVIEW` instead of a token. Raise ValueError for an address that no envelope
        can carry.
        """
        token = PREVIEW if self._is_preview else stop_token
        words = {"greeting": contact.greeting, "stop_token": token}
        to = mailbox(contact.email)
        name = " ".join("".join(char if char.isprintable() else " " for char in contact.full_name).split())
        heads: tuple[Head, ...] = (
            ("To", Address(name, to.username, to.domain)),
            *_LETTERHEAD.own(token),
        )
        texts = self._marks.filled(self._text, words), self._marks.filled_html(self._html, words)
        return Copy(self._form, self.subject, heads, tuple(text.encode("utf-8", "replace") for text in texts))

    def _common(self) -> Form:
        """Return the headers and the empty parts that all copies share."""
        message = EmailMessage(policy=outbox.WIRE)
        message["Subject"] = self.subject
        message["From"] = sender(self._asked)
        message["Reply-To"] = settings.INBOX_ADDRESS
        _LETTERHEAD.put_on(message)
        message.set_content("", cte="quoted-printable")
        message.add_alternative("", subtype="html", cte="quoted-printable")
        return Form(message)

    def _rendered(self, name: str) -> str:
        rendered: str = render_to_string(f"mail/letter/{name}", self._context)
        return rendered.strip() + "\n"
