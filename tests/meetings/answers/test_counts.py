"""The numbers at the head of a meeting."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.enums import Format
from meetings.services.answers.counts import Part, tally
from partners.models import Organisation
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
Kind = Organisation.Kind


def invite(meeting, kind, **values):
    contact = ContactFactory(organisation=OrganisationFactory(kind=kind))
    return InvitationFactory(meeting=meeting, contact=contact, **values)


@pytest.fixture
def meeting():
    made = MeetingFactory(format=Format.HYBRID, capacity_in_person=2)
    for _ in range(2):
        invite(made, Kind.SCHOOL, answer="accepted", mode="in_person")
    invite(made, Kind.COMPANY, answer="accepted", mode="online", joined_at=timezone.now())
    invite(made, Kind.COMPANY, answer="tentative")
    invite(made, Kind.LABOUR_MARKET_ACTOR, answer="declined")
    for _ in range(3):
        invite(made, Kind.COMPANY)
    invite(made, Kind.COMPANY, withdrawn_at=timezone.now() - timedelta(hours=1))
    invite(MeetingFactory(), Kind.COMPANY, answer="accepted", mode="in_person")
    return made


def test_people_are_counted_by_answer_kind_and_way_in_one_query(meeting, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = tally(meeting)
    assert (found.accepted, found.tentative, found.declined, found.open, found.total, found.joined) == (
        3,
        1,
        1,
        3,
        8,
        1,
    )
    assert found.kinds == (Part("Schulen", 2), Part("Betriebe", 1), Part("Akteure", 0))
    assert found.modes == (Part("vor Ort", 2, 2), Part("online", 1, None))
    assert (found.tentative_from, found.declined_from) == (3, 4)


def test_without_invitations_everything_is_nought():
    found = tally(MeetingFactory())
    assert (found.total, found.modes) == (0, (Part("vor Ort", 0, None),))


def test_the_numbers_stand_on_the_page_and_alone(team, meeting):
    page = team.get(reverse("meetings:meeting", args=[meeting.pk])).content.decode()
    alone = team.get(reverse("meetings:tally", args=[meeting.pk]), headers={"HX-Request": "true"}).content.decode()
    for html in (page, alone):
        assert "Absagen 1 · vielleicht 1 · offen 3 · eingeladen 8" in re.sub("<[^>]+>", "", html)
        assert "Schulen 2 · Betriebe 1 · Akteure 0" in html
        assert "vor Ort 2 von 2 Plätzen <b>(voll)</b> · online 1 · 1 online beigetreten" in html
        assert 'viewBox="0 0 8 1"' in html
        assert f'hx-get="/treffen/{meeting.pk}/zahlen/"' in html
    assert "<html" not in alone


def test_a_meeting_that_takes_no_answers_does_not_look_again(team, meeting):
    meeting.answer_deadline_on = timezone.localdate() - timedelta(days=1)
    meeting.save()
    alone = team.get(reverse("meetings:tally", args=[meeting.pk]), headers={"HX-Request": "true"})
    assert ("hx-get" in alone.content.decode(), "Absagen 1" in alone.content.decode()) == (False, True)


def test_who_opens_the_numbers_by_hand_gets_the_page(team, meeting):
    assert team.get(reverse("meetings:tally", args=[meeting.pk])).url == meeting.get_absolute_url()
