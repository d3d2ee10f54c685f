"""The way into the online meeting."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from meetings.enums import Format, State
from meetings.models import Invitation
from tests.conventions.markup import problems_of_page
from tests.factories import InvitationFactory, MeetingFactory, UserFactory

pytestmark = pytest.mark.django_db

ROOM = "https://raum.example/treffen?pwd=geheim"


@pytest.fixture
def invitation(partner):
    meeting = MeetingFactory(
        format=Format.HYBRID,
        starts_at=timezone.now() + timedelta(minutes=10),
        online_link=ROOM,
        dial_in="0541 99 88 77, Kennung 4711",
        responsible=UserFactory(phone="0541 501 4711"),
    )
    return InvitationFactory(meeting=meeting, contact=partner, answer="accepted", mode="online")


@pytest.fixture
def url(invitation):
    return f"/einladung/{invitation.token}/beitreten/"


def change(invitation, **values):
    for name, value in values.items():
        setattr(invitation.meeting, name, value)
    invitation.meeting.save()


def joined_at(invitation):
    return Invitation.objects.get(pk=invitation.pk).joined_at


def test_one_button_leads_in_and_is_noted_once(stranger, invitation, url):
    page = stranger.get(url)
    assert (page.status_code, problems_of_page(page.content.decode())) == (200, [])
    assert "Jetzt beitreten" in page.content.decode()
    assert "raum.example" in page.content.decode()
    assert ("geheim" in page.content.decode(), joined_at(invitation)) == (False, None)
    gone_in = stranger.post(url)
    first = joined_at(invitation)
    assert (gone_in.status_code, gone_in.url, first is not None) == (303, ROOM, True)
    assert (stranger.post(url).status_code, joined_at(invitation)) == (303, first)


def test_only_this_page_lets_its_form_lead_away(stranger, invitation, url):
    policies = {
        address: re.search(r"form-action ([^;]+)", stranger.get(address)["Content-Security-Policy"])[1]
        for address in (url, f"/einladung/{invitation.token}/")
    }
    assert policies == {url: "'self' https:", f"/einladung/{invitation.token}/": "'self'"}
    change(invitation, starts_at=timezone.now() + timedelta(hours=1))
    assert "https:" not in stranger.get(url)["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"starts_at": timedelta(minutes=20)}, "Die Tür öffnet um"),
        ({"online_link": ""}, "Der Online-Raum ist noch nicht eingerichtet"),
        ({"starts_at": timedelta(hours=-3), "ends_at": timedelta(minutes=-1)}, "Dieses Treffen ist vorbei"),
    ],
)
def test_when_the_door_is_closed_the_page_says_why_and_what_helps(stranger, invitation, url, values, said):
    change(
        invitation,
        **{k: timezone.now() + v if isinstance(v, timedelta) else v for k, v in values.items()},
    )
    for page in (stranger.get(url), stranger.post(url)):
        assert (page.status_code, said in page.content.decode()) == (200, True)
        assert ("0541 99 88 77" in page.content.decode()) == ("vorbei" not in said)
    assert joined_at(invitation) is None


def test_it_stays_open_while_the_meeting_runs(stranger, invitation, url):
    change(invitation, starts_at=timezone.now() - timedelta(hours=1), ends_at=timezone.now() + timedelta(minutes=5))
    assert stranger.post(url).status_code == 303


@pytest.mark.parametrize(("answer", "mode"), [("", ""), ("declined", ""), ("tentative", ""), ("accepted", "in_person")])
def test_who_has_not_accepted_online_sees_the_answer_form(stranger, invitation, url, answer, mode):
    Invitation.objects.update(answer=answer, mode=mode)
    for page in (stranger.get(url), stranger.post(url)):
        html = page.content.decode()
        assert (page.status_code, f'action="/einladung/{invitation.token}/"' in html) == (200, True)
        assert "wenn Sie online zugesagt haben" in html
        assert ROOM not in html
    assert joined_at(invitation) is None


def test_a_cancelled_meeting_has_no_room(stranger, invitation, url):
    change(invitation, state=State.CANCELLED)
    page = stranger.post(url)
    assert (page.status_code, "Dieses Treffen ist abgesagt" in page.content.decode()) == (200, True)
    assert joined_at(invitation) is None
