"""What is decided about a meeting reads as a sentence at the meeting, at the person and where she works."""

from datetime import timedelta

import pytest

from meetings.models import Meeting
from meetings.services.answers import calls
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.planning import meetings
from team.models import Activity
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
    cancel.cancel(invitation.meeting, by=coordinator)
    assert newest(invitation) == {"hat „Treffen Melle“ abgesagt und benachrichtigt eine Person"}


def test_taking_one_person_off_the_list(invitation, coordinator):
    withdraw.withdraw(invitation, by=coordinator)
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


def test_a_moved_meeting_says_from_when_to_when(team, coordinator):
    meeting = MeetingFactory(text="Erste Zeile\n\nZweite Zeile")
    form = team.get(f"{meeting.get_absolute_url()}aendern/").context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", False)}
    typed |= {"day": "2031-02-12", "text": "Erste Zeile\r\n\r\nZweite Zeile", "networks": [meeting.networks.get().pk]}
    page = team.post(f"{meeting.get_absolute_url()}aendern/", typed)
    assert page.status_code == 302
    meeting.refresh_from_db()
    assert meeting.text == "Erste Zeile\n\nZweite Zeile"
    newest = Activity.objects.order_by("-at", "-pk").first()
    assert newest.sentence == f"hat {meeting} von Mi., 5. Februar 2031 auf Mi., 12. Februar 2031 verlegt"


def test_another_hour_and_more_are_said_too(coordinator):
    meeting = MeetingFactory()
    before = Meeting.objects.get(pk=meeting.pk)
    meeting.starts_at -= timedelta(hours=1)
    assert meetings._sentence(before, meeting, ["Beginn", "Schwerpunktthema"]) == (
        f"hat {meeting} auf 14:00 Uhr verlegt; geändert: Schwerpunktthema"
    )
