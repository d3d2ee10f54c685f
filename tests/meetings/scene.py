"""A meeting with invitees, and what a member of the team may do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from mailroom.models import OutboxMail
from meetings.models import Invitation, Meeting
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.inviting import invite
from meetings.services.planning import meetings
from team.models import User

State = OutboxMail.State
DAY = timedelta(days=1)
START = datetime(2031, 2, 5, 14, 0, tzinfo=UTC)
LATER = {"starts_at": START + 7 * DAY, "ends_at": START + 7 * DAY + timedelta(minutes=150)}
HOUR_LATER = {"starts_at": START + timedelta(hours=1), "ends_at": START + timedelta(hours=4)}
BACK = {"starts_at": START, "ends_at": START + timedelta(minutes=150)}


@dataclass
class Scene:
    """A meeting and its invitees by name; `by` decides. `commit` runs what waits for the end of a transaction."""

    meeting: Meeting
    by: User
    people: dict[str, Invitation]
    commit: Callable

    def change(self, **fields) -> None:
        """Change the meeting as the form does."""
        row = Meeting.objects.get(pk=self.meeting.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        row.version += 1
        with self.commit(execute=True):
            meetings.change(row, networks=list(row.networks.all()), fields=list(fields), by=self.by)

    def tell(self) -> None:
        """Tell everybody who can be told."""
        meeting = Meeting.objects.get(pk=self.meeting.pk)
        told = [one.invitation.pk for one in changes.people_to_tell(meeting) if one.is_mailable]
        changes.tell(meeting, told, by=self.by)

    def change_and_tell(self, **fields) -> None:
        self.change(**fields)
        self.tell()

    def keep_silent(self) -> None:
        assert changes.keep_silent(self.meeting, by=self.by)

    def cancel(self) -> None:
        cancel.cancel(self.meeting, by=self.by)

    def reinstate(self) -> None:
        cancel.reinstate(self.meeting, by=self.by)

    def withdraw(self, name: str) -> None:
        withdraw.withdraw(self.people[name], by=self.by)

    def invite_again(self, name: str) -> None:
        invite.invite(Meeting.objects.get(pk=self.meeting.pk), [self.people[name].contact], by=self.by)

    def withdraw_each(self) -> None:
        for name, person in self.people.items():
            if name != "withdrawn":
                withdraw.withdraw(person, by=self.by)

    def send(self) -> None:
        """Let what a decision has written leave, behind what is being sent."""
        newer = Q(state=State.QUEUED, version__gt=1)
        OutboxMail.objects.filter(newer | Q(state=State.SENDING)).update(state=State.SENT, sent_at=timezone.now())
