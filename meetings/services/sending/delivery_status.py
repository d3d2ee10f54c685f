"""The state of the mails to invitees: sent, waiting, failed, or impossible to write."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mailroom.models import Act, ActItem, OutboxMail
from meetings.models import Invitation

_State = OutboxMail.State
_OPEN = (*OutboxMail.SUPERSEDABLE, _State.SENDING)  # may still be sent, or may have been


@dataclass(frozen=True)
class Mail:
    """One mail of a lane; `at` is the instant (UTC) of sending, else of writing. A returned one counts as failed."""

    kind: str
    state: str
    at: datetime
    came_back: bool = False


@dataclass(frozen=True)
class Mails:
    """All mails about one invitation, the oldest first, without superseded ones."""

    rows: tuple[Mail, ...] = ()
    is_being_written: bool = False  # an act has yet to write one
    has_problem: bool = False  # an act wrote none: an address that no mail can have, an answer meanwhile …

    @property
    def newest(self) -> Mail | None:
        """The newest mail; a stopped one only when there is no other."""
        kept = [mail for mail in self.rows if mail.state != _State.CANCELLED] or self.rows
        return kept[-1] if kept else None

    @property
    def has_left(self) -> bool:
        """Whether a mail has been sent and did not come back."""
        return any(mail.state == _State.SENT for mail in self.rows)

    @property
    def waits(self) -> bool:
        """Whether a mail is still to be written or sent, or may have been sent (also a finally uncertain one)."""
        return self.is_being_written or any(mail.state in _OPEN for mail in self.rows)

    @property
    def has_failed(self) -> bool:
        """Whether the newest mail failed or came back."""
        return self.newest is not None and self.newest.state == _State.FAILED

    @property
    def never_arrived(self) -> bool:
        """Whether the newest mail failed or came back, or one was not written, and no other has left or waits."""
        return (self.has_problem or self.has_failed) and not self.has_left and not self.waits

    @property
    def is_lost(self) -> bool:
        """Whether the newest mail came back or failed, and no other one waits."""
        return self.has_failed and not self.waits

    @property
    def reminded_at(self) -> datetime | None:
        """The instant (UTC) at which the last reminder was sent; None without one. A returned one does not count."""
        sent = [mail.at for mail in self.rows if mail.kind == OutboxMail.Kind.REMINDER and mail.state == _State.SENT]
        return max(sent, default=None)


def mails_to(invitations: Iterable[Invitation]) -> dict[UUID, Mails]:
    """Return by key of each invitation its mails, oldest first, without superseded ones; two queries.

    A mail that came back counts as failed. `Mails` also says whether one is still to be written, or could not be.
    """
    lanes = {invitation.lane: invitation.pk for invitation in invitations}
    rows: dict[UUID, list[Mail]] = defaultdict(list)
    written = OutboxMail.objects.filter(lane__in=lanes).exclude(state=_State.SUPERSEDED)
    for lane, kind, state, sent_at, created_at, returned in written.order_by("version", "created_at").values_list(
        "lane", "kind", "state", "sent_at", "created_at", "returned"
    ):
        came_back = returned in OutboxMail.CAME_BACK
        rows[lanes[lane]].append(Mail(kind, _State.FAILED if came_back else state, sent_at or created_at, came_back))
    unwritten, troubled = set(), set()
    items = ActItem.objects.filter(lane__in=lanes).order_by()
    for lane, act, rendered_at, problem in items.values_list("lane", "act__state", "rendered_at", "problem"):
        if rendered_at is None and act == Act.State.RENDERING:
            unwritten.add(lanes[lane])
        if problem:
            troubled.add(lanes[lane])
    return {pk: Mails(tuple(rows[pk]), pk in unwritten, pk in troubled) for pk in lanes.values()}
