"""The call list: one tap after a call."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import CallNote, Invitation
from team.services import activity
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory()


@pytest.fixture
def invitation(meeting, partner):
    return InvitationFactory(meeting=meeting, contact=partner)


@pytest.fixture
def url(meeting):
    return reverse("meetings:calls", args=[meeting.pk])


def test_who_has_not_answered_stands_there_with_a_number(team, meeting, url):
    school = OrganisationFactory(name="Schule", phone="+49 (0)5422 / 12-34")
    InvitationFactory(meeting=meeting, contact=ContactFactory(organisation=school, last_name="Zentral"))
    InvitationFactory(meeting=meeting, contact=ContactFactory(last_name="Direkt", phone="05422 777, nur vormittags"))
    InvitationFactory(meeting=meeting, contact=ContactFactory(last_name="Stumm"))
    InvitationFactory(meeting=meeting, contact=ContactFactory(last_name="Fertig"), answer="declined")
    page = team.get(url)
    html = page.content.decode()
    assert [row.contact.last_name for row in page.context["to_call"]] == ["Zentral", "Direkt", "Stumm"]
    assert ('href="tel:+4954221234"' in html, 'href="tel:05422777"' in html) == (True, True)
    assert ("keine Nummer" in html, "Fertig" in html) == (True, False)


def test_one_tap_notes_the_call(team, coordinator, meeting, invitation, url):
    note_url = reverse("meetings:note_call", args=[meeting.pk, invitation.pk])
    for outcome in ("not_reached", "calls_back"):
        done = team.post(note_url, {"outcome": outcome})
        assert (done.status_code, done.url) == (302, url)
    assert [(note.outcome, note.by) for note in CallNote.objects.all()] == [
        ("calls_back", coordinator),
        ("not_reached", coordinator),
    ]
    assert activity.timeline(meeting)[0].sentence == "hat bei Gesa Ahrens angerufen: ruft zurück"
    assert "ruft zurück, Katja Sommer" in team.get(url).content.decode()
    for odd in ("", "x", "\x00"):
        assert team.post(note_url, {"outcome": odd}).status_code == 302
    assert CallNote.objects.count() == 2


def test_one_tap_notes_the_answer_and_keeps_the_message(team, meeting, invitation, url):
    Invitation.objects.update(comment="von früher")
    note_url = reverse("meetings:note_answer", args=[meeting.pk, invitation.pk])
    done = team.post(note_url, {"said": "accepted:in_person", "back": "calls"})
    assert (done.status_code, done.url) == (302, url)
    fresh = Invitation.objects.get()
    assert (fresh.answer, fresh.mode, fresh.comment) == ("accepted", "in_person", "von früher")
    assert "Niemand ist mehr offen." in team.get(url).content.decode()


def test_few_and_many_rows_take_the_same_queries(team, meeting, url):
    taken = []
    team.get(url)  # notes the session
    for number in (3, 27):
        for _ in range(number):
            CallNote.objects.create(invitation=InvitationFactory(meeting=meeting), outcome="not_reached")
        with CaptureQueriesContext(connection) as queries:
            team.get(url)
        taken.append(len([query for query in queries if "meetings_" in query["sql"]]))
    assert taken == [9, 9]
