"""Every change against what must be sent, whatever has become of an invitee's first mail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from mailroom.models import Address, OutboxMail
from meetings.models import Invitation, Meeting
from meetings.services.answers import record
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.inviting import invite
from tests.factories import ContactFactory, MeetingFactory
from tests.meetings.said import State, event_of, first_of, mails_of, said
from tests.meetings.scene import BACK, DAY, HOUR_LATER, LATER, START, Scene

pytestmark = pytest.mark.django_db

INVITED_AT = datetime(2031, 1, 7, 8, 0, tzinfo=UTC)

# What has become of the first mail of each invitee, as columns of its row.
FATES: dict[str, dict] = {
    "sent": {"state": State.SENT, "sent_at": INVITED_AT},
    "accepted": {"state": State.SENT, "sent_at": INVITED_AT},  # and answered
    "stopped": {"state": State.SENT, "sent_at": INVITED_AT},  # then wants no more invitations
    "broken": {"state": State.SENT, "sent_at": INVITED_AT},  # then the address broke
    "withdrawn": {"state": State.SENT, "sent_at": INVITED_AT},  # then taken off the list
    "doubtful": {"state": State.UNCERTAIN, "unanswered": 2},
    "sending": {"state": State.SENDING, "claimed_by": "w", "claimed_until": INVITED_AT + DAY},
    "uncertain": {"state": State.UNCERTAIN, "unanswered": 1},
    "queued": {},
    "claimed": {"state": State.CLAIMED, "claimed_by": "w", "claimed_until": INVITED_AT + DAY},
    "retry": {"state": State.RETRY, "attempts": 1},
    "failed": {"state": State.FAILED, "attempts": 1},
    "unwritten": {},  # no mail can be written to that address
}
HEARD, DOUBT, WAITS = (
    ("sent", "accepted", "stopped", "doubtful"),
    ("sending", "uncertain"),
    ("queued", "claimed", "retry"),
)
SUPERSEDABLE = {"uncertain", *WAITS}


@pytest.fixture
def clock():
    with time_machine.travel(INVITED_AT, tick=False) as clock:
        yield clock


@pytest.fixture
def scene(clock, coordinator, django_capture_on_commit_callbacks):
    """Make the scene, with these fields of the meeting; an hour later."""

    def make(**fields) -> Scene:
        meeting = MeetingFactory(**{"place": "Rathaus", **fields})
        people = {name: ContactFactory(email=f"{name}@partner.example") for name in FATES}
        people["unwritten"].email = "kein postfach@"
        people["unwritten"].save()
        invite.invite(meeting, people.values(), by=coordinator)
        rows = {name: Invitation.objects.get(contact=person) for name, person in people.items()}
        for name, fate in FATES.items():
            OutboxMail.objects.in_lane(rows[name].lane).update(**fate)
        record.record(
            rows["accepted"], "accepted", via="link", mode="online" if fields.get("format") == "online" else "in_person"
        )
        for name, state in (("stopped", Address.State.STOPPED), ("broken", Address.State.HARD)):
            Address.objects.filter(key=f"{name}@partner.example").update(state=state)
        found = Scene(meeting, coordinator, rows, django_capture_on_commit_callbacks)
        withdraw.withdraw(rows["withdrawn"], by=coordinator)
        OutboxMail.objects.filter(version__gt=1).update(state=State.SENT, sent_at=INVITED_AT)
        clock.shift(timedelta(hours=1))
        return found

    return make


@dataclass(frozen=True)
class Row:
    """What is done, and which mail then waits to leave for whom ("": none).

    `heard`: whose first mail has arrived; `broken`: to an address that is broken since; `doubt`: whose first mail may
    have arrived; `waits`: whose first mail has not left. Who is withdrawn or was never reached gets none in any row.
    `holds`: an answer given before stays valid. `sets_aside`: what has not left never will.
    """

    name: str
    act: Callable[[Scene], object]
    heard: str = ""
    broken: str = ""
    doubt: str = ""
    waits: str = ""
    holds: bool = True
    sets_aside: bool = True
    start: dict = field(default_factory=dict)

    def mail(self, fate: str) -> str:
        """What is expected for the invitee whose first mail has this fate."""
        if fate == "accepted" and self.holds:
            return self.heard.replace("NEEDS-ACTION", "ACCEPTED")
        groups = {**dict.fromkeys(HEARD, self.heard), **dict.fromkeys(DOUBT, self.doubt), "broken": self.broken}
        return {**groups, **dict.fromkeys(WAITS, self.waits)}.get(fate, "")


def told(
    name: str, act: Callable[[Scene], object], sequence: int, subject: str, *, holds: bool = False, **start
) -> Row:
    """A change that was told: an update to who knows the meeting, the invitation anew where it had not arrived."""
    anew = f"invitation REQUEST {sequence} CONFIRMED NEEDS-ACTION Einladung"
    update = f"update REQUEST {sequence} CONFIRMED NEEDS-ACTION {subject}"
    return Row(name, act, update, doubt=anew, waits=anew, holds=holds, start=start)


def untold(name: str, act: Callable[[Scene], object], sequence: int, *, holds: bool = True) -> Row:
    """Nobody hears of it, and what waits says what is true."""
    anew = f"invitation REQUEST {sequence} CONFIRMED NEEDS-ACTION Einladung"
    return Row(name, act, doubt=anew, waits=anew, holds=holds)


OPEN = "CONFIRMED NEEDS-ACTION"
CANCELLED = "cancellation CANCEL {} CANCELLED - Abgesagt"
WITHDRAWN = "withdrawal CANCEL 1 - - Zurückgenommen"
ROWS = [
    told("new day", lambda s: s.change_and_tell(**LATER), 1, "Neuer Termin"),
    told("new time", lambda s: s.change_and_tell(**HOUR_LATER), 1, "Neue Uhrzeit"),
    told("new end", lambda s: s.change_and_tell(ends_at=START + DAY / 12), 1, "Neue Uhrzeit"),
    told("place", lambda s: s.change_and_tell(place="Bürgerhaus"), 1, "Neuer Ort"),
    told("its place at last", lambda s: s.change_and_tell(place="Aula"), 0, "Der Ort steht fest", holds=True, place=""),
    told("in person to hybrid", lambda s: s.change_and_tell(format="hybrid"), 1, "Jetzt auch online"),
    told("in person to online", lambda s: s.change_and_tell(format="online"), 1, "Jetzt online"),
    told("hybrid to online", lambda s: s.change_and_tell(format="online"), 1, "Jetzt online", format="hybrid"),
    told("hybrid to in person", lambda s: s.change_and_tell(format="in_person"), 1, "Jetzt vor Ort", format="hybrid"),
    told("online to hybrid", lambda s: s.change_and_tell(format="hybrid"), 1, "Jetzt auch vor Ort", format="online"),
    told("title", lambda s: s.change_and_tell(title="Mit Rundgang"), 0, "Neuer Titel", holds=True),
    told("several at once", lambda s: s.change_and_tell(**LATER, place="Bürgerhaus", title="X"), 1, "Neuer Termin"),
    told("two, then told", lambda s: (s.change(**LATER), s.change_and_tell(place="Aula")), 2, "Neuer Termin"),
    told(
        "moved and back, but a new title",
        lambda s: (s.change(**LATER), s.change_and_tell(**BACK, title="X")),
        2,
        "Neuer Titel",
        holds=True,
    ),
    told(
        "moved and back, then a new title",
        lambda s: (s.change(place="Aula"), s.change(title="X"), s.change_and_tell(place="Rathaus")),
        2,
        "Neuer Titel",
        holds=True,
    ),
    told(
        "kept silent, told with the next",
        lambda s: (s.change(place="Aula"), s.keep_silent(), s.change_and_tell(title="X")),
        1,
        "Neuer Ort",
        holds=True,
    ),
    told(
        "told twice, both still waiting",
        lambda s: (s.change_and_tell(title="X"), s.change(**LATER)),
        1,
        "Neuer Termin",
    ),
    Row(
        "told and sent, changed back and told",
        lambda s: (s.change_and_tell(place="Aula"), s.send(), s.change_and_tell(place="Rathaus")),
        heard=f"update REQUEST 2 {OPEN} Neuer Ort",
        doubt=f"update REQUEST 2 {OPEN} Neuer Ort",
        waits=f"update REQUEST 2 {OPEN} Neuer Ort",
        holds=False,
    ),
    untold("kept silent", lambda s: (s.change(**LATER), s.keep_silent()), 1),
    untold("not decided", lambda s: s.change(**LATER), 1, holds=False),
    untold("changed back before it was told", lambda s: (s.change(**LATER), s.change(**BACK)), 2),
    untold("changed back before the update left", lambda s: (s.change_and_tell(**LATER), s.change(**BACK)), 2),
    *(
        Row(f"nothing to tell: {name}", lambda s, name=name, value=value: s.change(**{name: value}), sets_aside=False)
        for name, value in (
            ("online_link", "https://raum.anbieter.example/neu"),
            ("dial_in", "05422 1234"),
            ("text", "Ein neuer Text"),
            ("theme", "Ausbildung"),
            ("capacity_in_person", 12),
            ("answer_deadline_on", date(2031, 1, 30)),
        )
    ),
    Row("nothing changed", lambda s: s.change(), sets_aside=False),
    Row("called off", lambda s: s.cancel(), heard=CANCELLED.format(1), doubt=CANCELLED.format(1)),
    Row(
        "changed and called off",
        lambda s: (s.change_and_tell(**LATER), s.send(), s.cancel()),
        heard=CANCELLED.format(2),
        doubt=CANCELLED.format(2),
        waits=CANCELLED.format(2),
    ),
    Row(
        "called off, takes place after all",
        lambda s: (s.cancel(), s.send(), s.reinstate()),
        heard=f"update REQUEST 2 {OPEN} Findet doch statt",
        doubt=f"update REQUEST 2 {OPEN} Findet doch statt",
        waits=f"invitation REQUEST 2 {OPEN} Einladung",
        holds=False,
    ),
    Row(
        "called off and taken back before a mail has left",
        lambda s: (s.cancel(), s.reinstate()),
        waits=f"invitation REQUEST 2 {OPEN} Einladung",
    ),
    Row("each taken off the list", lambda s: s.withdraw_each(), heard=WITHDRAWN, broken=WITHDRAWN, doubt=WITHDRAWN),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_who_gets_which_mail(scene, row):
    play = scene(**row.start)
    row.act(play)
    for fate, person in play.people.items():
        mails = mails_of(person)
        waiting = [mail for mail in mails if mail.version > 1 and mail.state == State.QUEUED]
        assert [said(mail) for mail in waiting] == [row.mail(fate)] * bool(row.mail(fate)), fate
        is_aside = [mail.state for mail in mails if mail.version == 1] == [State.SUPERSEDED]
        has_newer = len(mails) > 1  # what has ended is left alone until a newer mail says more
        assert is_aside == ((fate in SUPERSEDABLE and row.sets_aside) or (fate == "doubtful" and has_newer)), fate
        for mail in waiting:
            _check_against_the_former(person, mail, mails)
    accepted = Invitation.objects.select_related("meeting").get(pk=play.people["accepted"].pk)
    assert (accepted.is_answer_former and not accepted.meeting.is_cancelled) == (not row.holds)


def _check_against_the_former(person: Invitation, mail: OutboxMail, mails: list[OutboxMail]) -> None:
    """The same entry in the calendar, a newer object, and below the first mail that may have arrived."""
    event, first = event_of(mail), event_of(mails[0])
    assert event["UID"] == first["UID"] == str(person.uid)
    assert event["DTSTAMP"].dt > first["DTSTAMP"].dt
    assert (event["ATTENDEE"], mail.recipient) == (f"mailto:{person.email}", person.email)
    arrived = [one.message_id for one in mails if one.state in (State.SENT, State.SENDING) or one.unanswered]
    is_sequel = mail.kind != OutboxMail.Kind.INVITATION
    assert first_of(mail.message) == (arrived[0] if arrived and is_sequel else "")


def test_a_draft_tells_nobody(coordinator, django_capture_on_commit_callbacks):
    draft = MeetingFactory(state="draft", place="Rathaus")
    play = Scene(draft, coordinator, {}, django_capture_on_commit_callbacks)
    play.change(**LATER, title="X")
    draft.refresh_from_db()
    assert (draft.sequence, draft.facts_version) == (0, 0)
    assert cancel.cancel(draft, by=coordinator) is None
    assert not OutboxMail.objects.exists()


def test_only_who_is_taken_off_the_list_hears_of_it(scene):
    play = scene()
    withdraw.withdraw(play.people["sent"], by=play.by)
    play.send()
    written = OutboxMail.objects.filter(version__gt=1).exclude(lane=play.people["withdrawn"].lane)
    assert [mail.lane for mail in written] == [play.people["sent"].lane]
    play.change_and_tell(**LATER)
    play.cancel()
    assert [mail.kind for mail in mails_of(play.people["sent"])] == ["invitation", "withdrawal"]


def test_after_what_was_changed_back_nobody_is_left_to_tell(scene):
    play = scene()
    play.change_and_tell(**LATER)
    play.change(**BACK)
    assert changes.people_to_tell(Meeting.objects.get(pk=play.meeting.pk)) == []
