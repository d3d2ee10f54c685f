"""Several changes one after the other: what stands in an invitee's calendar when every mail has arrived."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from mailroom.services import delivery
from meetings.enums import Format
from meetings.models import Invitation
from meetings.services.inviting import invite
from tests.factories import ContactFactory, MeetingFactory
from tests.meetings.said import Diary, State, event_of, mails_of, said
from tests.meetings.scene import BACK, HOUR_LATER, LATER, Scene

pytestmark = [pytest.mark.django_db, pytest.mark.program("libical")]

AT = datetime(2031, 1, 7, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


@pytest.fixture
def play(clock, coordinator, django_capture_on_commit_callbacks):
    meeting = MeetingFactory(place="Rathaus")
    people = {name: ContactFactory(email=f"{name}@partner.example") for name in ("yes", "no", "silent")}
    invite.invite(meeting, people.values(), by=coordinator)
    rows = {name: Invitation.objects.get(contact=person) for name, person in people.items()}
    return Scene(meeting, coordinator, rows, django_capture_on_commit_callbacks)


def deliver(clock) -> None:
    """The window passes, and everything that is due leaves."""
    clock.shift(timedelta(minutes=5))
    delivery.deliver_all()


Step = Callable[[Scene], object]
SENT = None  # a pause in which the mails leave
STORIES: dict[str, list[Step | None]] = {
    "nothing at all": [SENT],
    "time, place, title, each told": [
        *(SENT, lambda s: s.change_and_tell(**LATER)),
        *(SENT, lambda s: s.change_and_tell(place="Aula")),
        *(SENT, lambda s: s.change_and_tell(title="Mit Rundgang"), SENT),
    ],
    "time, place, title before anything has left": [
        *(lambda s: s.change(**LATER), lambda s: s.change(place="Aula"), lambda s: s.change(title="X"), SENT),
    ],
    "told with the third": [
        *(SENT, lambda s: s.change(**LATER), lambda s: s.change(place="Aula")),
        *(lambda s: s.change_and_tell(title="X"), SENT),
    ],
    "kept silent in between": [
        *(SENT, lambda s: s.change_and_tell(**LATER), SENT, lambda s: s.change(place="Aula")),
        *(lambda s: s.keep_silent(), lambda s: s.change_and_tell(title="X"), SENT),
    ],
    "there and back, each told": [
        *(SENT, lambda s: s.change_and_tell(**LATER), SENT, lambda s: s.change_and_tell(**BACK), SENT),
    ],
    "there and back before it left": [
        *(SENT, lambda s: s.change_and_tell(**LATER), lambda s: s.change(**BACK), SENT),
    ],
    "twice before it left": [
        *(SENT, lambda s: s.change_and_tell(**LATER), lambda s: s.change(**HOUR_LATER), SENT),
    ],
    "online": [SENT, lambda s: s.change_and_tell(format=Format.ONLINE), SENT],
    "called off": [SENT, lambda s: s.cancel(), SENT],
    "moved, then called off": [SENT, lambda s: s.change_and_tell(**LATER), SENT, lambda s: s.cancel(), SENT],
    "called off before the update left": [SENT, lambda s: s.change_and_tell(**LATER), lambda s: s.cancel(), SENT],
    "called off and after all": [SENT, lambda s: s.cancel(), SENT, lambda s: s.reinstate(), SENT],
    "called off and after all at once": [SENT, lambda s: s.cancel(), lambda s: s.reinstate(), SENT],
    "called off, moved, after all": [
        *(SENT, lambda s: s.cancel(), SENT, lambda s: s.change(**LATER), lambda s: s.reinstate(), SENT),
    ],
    "called off, after all, called off": [
        *(SENT, lambda s: s.cancel(), SENT, lambda s: s.reinstate(), SENT, lambda s: s.cancel(), SENT),
    ],
    "called off before the invitation left": [lambda s: s.cancel(), SENT],
    "called off and after all before the invitation left": [lambda s: s.cancel(), lambda s: s.reinstate(), SENT],
    "one taken off": [SENT, lambda s: s.withdraw("no"), SENT, lambda s: s.change_and_tell(**LATER), SENT],
    "one taken off, then called off": [SENT, lambda s: s.withdraw("no"), SENT, lambda s: s.cancel(), SENT],
    "one taken off and invited again": [
        *(SENT, lambda s: s.withdraw("no"), SENT, lambda s: s.invite_again("no"), SENT),
        *(lambda s: s.change_and_tell(**LATER), SENT, lambda s: s.cancel(), SENT),
    ],
    "one taken off and invited again at once": [SENT, lambda s: s.withdraw("no"), lambda s: s.invite_again("no"), SENT],
    "one taken off before it left": [lambda s: s.withdraw("no"), SENT],
}


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES)
def test_every_calendar_ends_with_what_is_true(play, clock, steps):
    for step in steps:
        if step is SENT:
            deliver(clock)
            continue
        clock.shift(timedelta(minutes=1))
        step(play)
    for person in play.people.values():
        _check(Invitation.objects.select_related("meeting__host").get(pk=person.pk))


def _check(person: Invitation) -> None:
    sent = [mail for mail in mails_of(person) if mail.state == State.SENT]
    diary = Diary()
    for mail in sent:
        diary.take(mail)
    events = [event_of(mail) for mail in sent]
    assert {event["UID"] for event in events} <= {str(person.uid)}
    sequences, stamps = [event["SEQUENCE"] for event in events], [event["DTSTAMP"].dt for event in events]
    assert sequences == sorted(sequences)
    assert stamps == sorted(set(stamps))
    for before, mail in pairwise(sent):
        if said(mail).split()[1] == "CANCEL":  # RFC 5546 section 3.2.5
            assert event_of(mail)["SEQUENCE"] > event_of(before)["SEQUENCE"]
    is_on = person.withdrawn_at is None and not person.meeting.is_cancelled
    entry = diary.entries.get(str(person.uid))
    assert bool(entry and entry.is_there) == is_on
    if entry and is_on:
        meeting = person.meeting
        assert (entry.starts_at, entry.ends_at, entry.title) == (meeting.starts_at, meeting.ends_at, meeting.title)
        assert meeting.location in entry.location
        assert bool(meeting.location) == (not meeting.has_online)
