"""What an incoming mail is: the one function behind `fetch_mail` and `inspect_mail`. Touches no database."""

from dataclasses import dataclass, field
from typing import Any

from mailroom.auto_replies import AutoReply
from mailroom.bounces import Bounce
from mailroom.enums import MailKind
from mailroom.itip import Scheduling


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
        raise NotImplementedError


def read(raw: bytes) -> Reading:
    """Read a raw mail, or a bare .ics file, within the limits of `mailroom.mime`. Raises no error."""
    raise NotImplementedError
