"""Reading the mailbox: store, apply, put away, one mail after the other.

Whatever dies in between, and however many read at once: a mail is stored under its hash before anything happens, is
applied under the lock of its row while it is new, and moves only then. One that is found again only moves.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from common.models import Heartbeat
from mailroom import mime
from mailroom.enums import MailKind
from mailroom.mailboxes import Mailbox, Message, mailbox
from mailroom.models import InboxMail
from mailroom.services import inbox

logger = logging.getLogger(__name__)
_State = InboxMail.State


@dataclass
class Report:
    """What one run did, in mails. `waiting`: for a person; `stuck`: dealt with, and the mailbox keeps them in place."""

    applied: int = 0
    waiting: int = 0
    postponed: int = 0
    stuck: int = 0

    def __str__(self) -> str:
        said = f"übernommen {self.applied}, wartet auf Sie {self.waiting}"
        said += f", später {self.postponed}" if self.postponed else ""
        return f"{said}, nicht verschoben {self.stuck}" if self.stuck else said

    @property
    def found(self) -> int:
        """How many mails there were."""
        return self.applied + self.waiting + self.postponed


def fetch(*, should_stop: Callable[[], bool] = lambda: False) -> Report:
    """Read INBOX_URL once from front to end. Raises `mailboxes.Unreachable` when it cannot be read to the end."""
    report = Report()
    inbox.work_off()  # what a process that died had stored
    with mailbox(settings.INBOX_URL) as found:
        for message in found.messages(limit=mime.MAX_BYTES):
            if should_stop():
                return report
            _take(found, message, report)
    Heartbeat.objects.note(Heartbeat.Kind.INBOX)
    return report


def _take(found: Mailbox, message: Message, report: Report) -> None:
    mail = inbox.store(message.raw, size=message.size, place=message.place, received_at=message.received_at)
    if mail.state == _State.NEW:
        mail = inbox.apply(mail)
        report.applied += mail.state == _State.APPLIED
        report.waiting += mail.state == _State.WAITING
        report.postponed += mail.state == _State.NEW
    if mail.state != _State.NEW and not found.done(message, is_failed=mail.kind == MailKind.UNREADABLE):
        report.stuck += 1
        logger.warning("mail %s could not be moved away; the next run tries again", mail.pk)
