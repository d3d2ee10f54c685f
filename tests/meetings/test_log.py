"""What is decided about a meeting reads as a sentence at the meeting, at the person and where she works."""

import pytest

from meetings.services import calls, cancellations, changes, meetings
from team.services import activity
from tests.factories import InvitationFactory, MailFactory, MeetingFactory


@pytest.fixture
def invitation(db):
    made = InvitationFactory(meeting=MeetingFactory(title="Treffen Melle", place="Rathaus"))
    MailFactory(lane=made.lane, state="sent")
    return made


def newest(invitation) -> set[str]:
    """The newest sentence at each of the three."""
    rows = (invitation.meeting, invitation.contact, invitation.contact.organisation)
    return {str(activity.timeline(row).first()) for row in rows}


def test_calling_off(invitation, coordinator):
    cancellations.cancel(invitation.meeting, by=coordinator)
    assert newest(invitation) == {"hat „Treffen Melle“ abgesagt und sagt es einer Person"}


def test_taking_one_person_off_the_list(invitation, coordinator):
    cancellations.withdraw(invitation, by=coordinator)
    assert newest(invitation) == {f"hat die Einladung von {invitation.contact} zurückgenommen"}


def test_a_call(invitation, coordinator):
    calls.note(invitation, "calls_back", by=coordinator)
    assert newest(invitation) == {f"hat bei {invitation.contact} angerufen: ruft zurück"}


def test_telling_a_change_and_keeping_silent(invitation, coordinator):
    meeting = invitation.meeting
    for place in ("Schloss", "Scheune"):
        meeting.refresh_from_db()
        meeting.place = place
        meetings.change(meeting, networks=meeting.networks.all(), fields=["Ort"], by=coordinator)
        if place == "Schloss":
            changes.tell(meeting, [invitation.pk], by=coordinator)
            assert newest(invitation) == {"hat einer Person die Änderung von „Treffen Melle“ mitgeteilt"}
    changes.keep_silent(meeting, by=coordinator)
    assert "hat entschieden, die Änderung von „Treffen Melle“ niemandem mitzuteilen" in newest(invitation)
