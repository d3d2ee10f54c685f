"""Mailbox reader: store each message, commit, apply it, and only then move it out of the inbox folder.

If a run ends in between, the next run finds the message again and, by its hash, the row that is stored already.
"""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from common.models import Heartbeat
from mailroom.mailbox_types import Mailbox, Message, Misconfigured, NotMoved, Unreachable, Withheld
from mailroom.models import InboxMail
from mailroom.services import credentials, inbox, troubles

INBOX_LIMIT = timedelta(minutes=30)  # a mailbox that was last read longer ago counts as not being read

logger = logging.getLogger(__name__)


@dataclass
class Report:
    """Result of one run, counted in mails.

    `new`: stored for the first time. `applied`, `waiting` and `failed` (unreadable or given up): what became of them.
    `stuck`: stored, but not moved in the mailbox. `withheld`: not handed over by the mailbox. A new mail also counts
    under what became of it. `tried` holds the keys of the mails that this run has tried to apply.
    """

    new: int = 0
    applied: int = 0
    waiting: int = 0
    failed: int = 0
    stuck: int = 0
    withheld: int = 0
    tried: set[UUID] = field(default_factory=set)

    def __str__(self) -> str:
        text = f"neu {self.new}, übernommen {self.applied}, wartet {self.waiting}, nicht lesbar {self.failed}"
        text += f", nicht verschoben {self.stuck}" if self.stuck else ""
        return text + (f", im Postfach nicht lesbar {self.withheld}" if self.withheld else "")

    @property
    def is_empty(self) -> bool:
        """Whether the run has nothing to report."""
        return not (self.new or self.applied or self.waiting or self.failed or self.stuck or self.withheld)


def fetch(*, seconds: float | None = None, should_stop: Callable[[], bool] = bool) -> Report:
    """Apply stored mails left over by earlier runs, then read the mailbox at INBOX_URL once.

    Begins no further mail after `seconds` (None: no limit) or once `should_stop()` is true (default: never); a run that
    ends among the left-over mails does not open the mailbox. Notes the heartbeat and clears the noted error; or notes
    the error and raises it, Misconfigured or Unreachable, after the left-over mails are applied.
    """
    until = time.monotonic() + seconds if seconds is not None else None

    def is_over() -> bool:
        return should_stop() or (until is not None and time.monotonic() >= until)

    report = Report()
    for left in inbox.left_over():
        if is_over():
            return report
        _apply(left, report)
    try:
        _read_mailbox(credentials.incoming(), report, is_over)
    except (Misconfigured, Unreachable) as error:
        troubles.note(error.text)
        raise
    troubles.clear()
    Heartbeat.objects.note(Heartbeat.Kind.INBOX)
    return report


def _read_mailbox(box: Mailbox, report: Report, is_over: Callable[[], bool]) -> None:
    """Take the messages of the mailbox; those at which the connection broke in earlier runs come last.

    Keeps the notes about such places up to date. Raises Unreachable.
    """
    hanging = troubles.hanging_places()
    try:
        with box:
            for found in box.messages(most_bytes=inbox.MOST_BYTES, last=hanging):
                if is_over():
                    break
                if isinstance(found, Withheld):
                    _note_withheld(found, report, hanging)
                    continue
                if found.place in hanging:
                    troubles.forget_hanging_place(found.place)
                _take(box, found, report)
    except Unreachable as error:
        if error.place:
            troubles.note_hanging_place(error.place)
        raise


def _note_withheld(mail: Withheld, report: Report, hanging: Collection[str]) -> None:
    report.withheld += 1
    logger.warning("the mailbox does not hand over the mail at: %s", mail.place)
    if mail.place in hanging:  # moves it to the end, so that other such mails have their turn
        troubles.note_hanging_place(mail.place)


def _take(box: Mailbox, message: Message, report: Report) -> None:
    """Store and apply one message, and move it in its mailbox once it is applied or given up.

    A message whose attempt failed stays in the inbox folder for the next run. One that is stored and applied already is
    only moved.
    """
    mail = inbox.store(message.raw, place=message.place, received_at=message.received_at, size=message.size)
    if mail.state == InboxMail.State.NEW:
        report.new += not mail.attempts
        if mail.pk in report.tried:  # once in a run is enough
            return
        mail = _apply(mail, report)
        if mail.state == InboxMail.State.NEW:
            return
    try:
        box.done(message, failed=inbox.has_failed(mail))
    except NotMoved:
        report.stuck += 1
        logger.warning("incoming mail %s is stored and could not be moved in its mailbox", mail.pk)


def _apply(mail: InboxMail, report: Report) -> InboxMail:
    """Apply the stored mail, count what became of it and return its row, still NEW after a failed attempt."""
    report.tried.add(mail.pk)
    mail = inbox.apply(mail)
    if mail.state != InboxMail.State.NEW:
        report.applied += mail.state in (InboxMail.State.APPLIED, InboxMail.State.SETTLED)
        report.failed += inbox.has_failed(mail)
        report.waiting += mail.state == InboxMail.State.WAITING and not inbox.has_failed(mail)
    return mail
