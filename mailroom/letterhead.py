"""The letterhead: header fields that say who sends a mail, whether machines may answer, and how to stop such mails.

docs/outbox.md has the table of all kinds with the reasons ("Header fields by kind").
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage

from django.conf import settings

from common.addresses import mailbox
from mailroom.wire import Head
from team.models import User

# Exchange then sends no absence note, no receipt and no reply of a rule (MS-OXCMAIL section 2.2.3.2.14).
_SUPPRESSED = "OOF, NRN, AutoReply, RN"


@dataclass(frozen=True)
class Letterhead:
    """The fields of one kind of mail, beside sender and recipient.

    `auto_submitted` is empty for a mail that somebody of the team decided to send (RFC 3834 section 5.2). `has_stop`
    says that mail programs offer to stop all such mails by one click (RFC 8058).
    """

    kind: str
    auto_submitted: str = ""
    has_stop: bool = False

    def put_on(self, message: EmailMessage) -> None:
        """Add the fields that all recipients share."""
        message["X-Auto-Response-Suppress"] = _SUPPRESSED
        if self.auto_submitted:
            message["Auto-Submitted"] = self.auto_submitted
        if self.has_stop:
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 section 3.1
            message["Feedback-ID"] = f"::{self.kind}:netzwerk"  # counted by large providers; names no person

    def own(self, stop_token: str) -> list[Head]:
        """Return the fields of one recipient: the address that stops such mails, if this kind has one."""
        return [("List-Unsubscribe", f"<{settings.BASE_URL}/abmelden/{stop_token}/>")] if self.has_stop else []


def sender(member: User | None) -> Address:
    """Return the sender: the office's address (MAIL_FROM), under the name of the member in charge and the office's.

    A member without a name is left out: an address in the name is what forgers do.
    """
    office = mailbox(settings.MAIL_FROM)
    name = " ".join(member.get_full_name().split()) if member else ""
    return Address(", ".join(filter(None, [name, office.display_name])), office.username, office.domain)
