"""The team's list of who is invited, and what is noted by hand."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import OutboxMail
from meetings.enums import Format
from meetings.models import Invitation
from partners.models import Organisation
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
State = OutboxMail.State


@pytest.fixture
def meeting():
    return MeetingFactory(format=Format.HYBRID)


@pytest.fixture
def invitation(meeting, partner):
    return InvitationFactory(meeting=meeting, contact=partner)


@pytest.fixture
def url(meeting):
    return meeting.get_absolute_url()


def names(page) -> list[str]:
    return [row.invitation.contact.last_name for row in page.context["page_obj"]]


def add(meeting, last_name, kind=Organisation.Kind.COMPANY, **values):
    contact = ContactFactory(last_name=last_name, organisation=OrganisationFactory(kind=kind))
    return InvitationFactory(meeting=meeting, contact=contact, **values)


def test_filters_stay_in_the_address(team, meeting, url):
    add(meeting, "Zander", answer="accepted", mode="online")
    add(meeting, "Ärmel", kind=Organisation.Kind.SCHOOL, answer="accepted", mode="in_person")
    add(meeting, "Böhmer", answer="tentative")
    add(meeting, "Cordes")
    add(MeetingFactory(), "Fremd")
    for query, found in (
        ({}, ["Ärmel", "Böhmer", "Cordes", "Zander"]),
        ({"answer": "accepted"}, ["Ärmel", "Zander"]),
        ({"answer": "open"}, ["Cordes"]),
        ({"answer": "declined"}, []),
        ({"mode": "online"}, ["Zander"]),
        ({"kind": "school"}, ["Ärmel"]),
        ({"q": "aermel"}, ["Ärmel"]),
        ({"q": "werkstatt zander"}, ["Zander"]),
        ({"sort": "-name"}, ["Zander", "Cordes", "Böhmer", "Ärmel"]),
        ({"answer": "alt", "kind": "x", "sort": "x", "page": "99"}, ["Ärmel", "Böhmer", "Cordes", "Zander"]),
    ):
        page = team.get(url, query)
        assert (page.status_code, query, names(page)) == (200, query, found)
    assert team.get(url, {"q": "a\x00"}).status_code in (200, 400)  # PostgreSQL holds no NUL


def test_an_answer_shows_mode_way_and_time(team, invitation, url):
    answered_at = timezone.localtime().replace(month=1, day=12, hour=7, minute=41)
    Invitation.objects.update(answer="accepted", mode="in_person", answered_at=answered_at, answered_via="link")
    page = team.get(url).content.decode()
    assert '<span class="state state-good">vor Ort</span>' in page
    assert "Link, 12.01. 07:41" in page


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], "keine Mail"),
        ([State.SENT], "gesendet</span>"),
        ([State.RETRY], "wartet</span>"),
        ([State.SENT, State.FAILED], "gescheitert</span>"),
        ([State.SUPERSEDED, State.CANCELLED], "angehalten</span>"),
    ],
)
def test_who_is_open_shows_what_became_of_the_newest_mail(team, invitation, url, states, said):
    for version, state in enumerate(states):
        MailFactory(kind="invitation", lane=invitation.lane, version=version, state=state)
    assert said in team.get(url).content.decode()


def test_the_export_has_all_rows_and_no_formula(team, meeting, url):
    add(meeting, "=Böse", answer="accepted", mode="online", comment="+1")
    add(meeting, "Brav")
    exported = team.get(url, {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["Name"], row["Antwort"], row["Teilnahme"], row["Nachricht"]) for row in rows] == [
        ("'=Böse, Toni", "zugesagt", "online", "'+1"),
        ("Brav, Toni", "offen", "", ""),
    ]
    assert team.get(url, {"format": "xlsx"})["Content-Type"].endswith("spreadsheetml.sheet")


# --- by hand


@pytest.fixture
def note_url(invitation):
    return reverse("meetings:note_answer", args=[invitation.meeting_id, invitation.pk])


def stored():
    fresh = Invitation.objects.get()
    return (fresh.answer, fresh.mode, fresh.comment, fresh.answered_via)


def test_the_team_notes_an_answer_with_a_message(team, coordinator, invitation, url, note_url):
    assert team.get(note_url).status_code == 200
    done = team.post(note_url, {"said": "accepted:online", "comment": "kommt später"})
    assert (done.status_code, done.url) == (302, url)
    assert stored() == ("accepted", "online", "kommt später", "team")
    assert invitation.responses.get().by == coordinator
    page = team.get(note_url).content.decode()
    assert "zugesagt, online" in page
    assert "vom Team notiert: Katja Sommer" in page


def test_a_full_room_is_asked_about(team, invitation, note_url):
    invitation.meeting.capacity_in_person = 0
    invitation.meeting.save()
    asked = team.post(note_url, {"said": "accepted:in_person", "comment": "bitte"})
    assert (asked.status_code, "kein Platz mehr frei" in asked.content.decode()) == (422, True)
    assert ("bitte</textarea>" in asked.content.decode(), stored()[0]) == (True, "")
    assert "zählt nicht: kein Platz mehr" in asked.content.decode()
    assert team.post(note_url, {"said": "accepted:in_person", "over_capacity": "on"}).status_code == 302
    assert stored()[:2] == ("accepted", "in_person")


def test_the_team_may_note_after_the_deadline(team, invitation, note_url):
    invitation.meeting.answer_deadline_on = timezone.localdate() - timedelta(days=3)
    invitation.meeting.save()
    assert team.post(note_url, {"said": "declined"}).status_code == 302
    assert stored()[0] == "declined"


@pytest.mark.parametrize("said", ["", "x", "accepted", "accepted:", "accepted:online:", "\x00", "a" * 5000])
def test_an_odd_answer_is_asked_back(team, invitation, note_url, said):
    page = team.post(note_url, {"said": said, "comment": "Gruß"})
    assert (page.status_code, "Gruß</textarea>" in page.content.decode(), stored()[0]) == (422, True, "")


def test_another_meetings_invitation_is_not_found(team, invitation):
    elsewhere = MeetingFactory()
    for name in ("note_answer", "note_call"):
        assert team.post(reverse(f"meetings:{name}", args=[elsewhere.pk, invitation.pk])).status_code == 404


def test_noting_an_answer_leads_back_to_the_narrowed_list(team, invitation):
    url = f"{invitation.meeting.get_absolute_url()}?q=ahrens"
    link = re.search(r'href="(/treffen/[^"]*/einladungen/[^"]*)"', team.get(url).text)[1]
    page = team.get(link.replace("&amp;", "&"))
    assert page.status_code == 200
    form = {"said": "declined", "next": re.search(r'name="next" value="([^"]*)"', page.text)[1]}
    assert team.post(link.partition("?")[0], form)["Location"] == url
