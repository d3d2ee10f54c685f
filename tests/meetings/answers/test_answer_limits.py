"""Limits on the pages behind a link: what exists is never refused to be looked at, and nothing typed is lost."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from mailroom.models import Address
from mailroom.services import addresses
from meetings.enums import Format
from meetings.models import Invitation, Response
from team import limits
from tests.conventions.markup import problems_of_page
from tests.factories import InvitationFactory, MeetingFactory

pytestmark = pytest.mark.django_db
UNKNOWN = [f"/{page}/{token}/" for page in ("einladung", "abmelden") for token in ("A" * 22, "kurz")]


@pytest.fixture(autouse=True)
def _fresh(time_machine) -> None:
    cache.clear()
    time_machine.move_to(timezone.now().replace(minute=31, second=0), tick=False)  # within a window


@pytest.fixture
def invitation(partner):
    return InvitationFactory(meeting=MeetingFactory(format=Format.HYBRID), contact=partner)


@pytest.fixture
def url(invitation):
    return f"/einladung/{invitation.token}/"


@pytest.fixture
def stop_url(db):
    return f"/abmelden/{addresses.stop_tokens(['gesa@schule.example'])['gesa@schule.example']}/"


def test_who_answers_too_often_keeps_what_was_typed(stranger, invitation, url):
    for number in range(20):
        assert stranger.post(url, {"mode": "online", "comment": str(number)}).status_code == 303
    page = stranger.post(url, {"answer": "declined", "comment": "Ich <kann> nicht"})
    assert (page.status_code, page["Retry-After"], problems_of_page(page.text)) == (429, "540", [])
    assert "Bitte warten Sie 9 Minuten und antworten Sie dann noch einmal." in page.text
    assert "Ich &lt;kann&gt; nicht</textarea>" in page.text
    assert "Sie haben „Nein“ gewählt." in page.text
    kept = Invitation.objects.get(pk=invitation.pk)
    assert (kept.answer, kept.comment, Response.objects.count()) == ("accepted", "19", 20)


@pytest.mark.parametrize(
    ("typed", "said"), [({"mode": "online"}, "„Ja“ gewählt"), ({"answer": "x" * 99}, "Kommen Sie?")]
)
def test_what_was_pressed_is_put_first(stranger, url, typed, said):
    for _ in range(20):
        stranger.post(url)
    page = stranger.post(url, typed)
    assert (page.status_code, said in page.text) == (429, True)


def test_a_limit_ends_and_concerns_one_link(stranger, url, time_machine):
    for _ in range(21):
        last = stranger.post(url, {"answer": "declined"})
    other = InvitationFactory()
    assert stranger.post(f"/einladung/{other.token}/", {"answer": "declined"}).status_code == 303
    time_machine.shift(int(last["Retry-After"]))
    assert stranger.post(url, {"answer": "declined"}).status_code == 303


def test_looking_counts_nothing(stranger, invitation, url, stop_url, django_assert_num_queries):
    addresses.stop_tokens([invitation.email])
    stranger.get(url)
    with django_assert_num_queries(2 * 70):  # invitation, who comes: nothing is counted
        assert {stranger.get(url).status_code for _ in range(70)} == {200}
    with django_assert_num_queries(70):
        assert {stranger.get(stop_url).status_code for _ in range(70)} == {200}
    assert stranger.post(url, {"answer": "declined"}).status_code == 303
    assert stranger.get("/einladung/unbekannt/").status_code == 404


def test_many_unknown_links_are_refused_and_known_ones_open(stranger, url, stop_url):
    wanted = stranger.get("/gibt-es-nicht/")
    for number in range(60):
        page = getattr(stranger, ("get", "post")[number % 2])(UNKNOWN[number % 4])
        assert (page.status_code, page.content) == (404, wanted.content)
    for address in (*UNKNOWN, f"{UNKNOWN[0]}kalender.ics", f"{UNKNOWN[0]}beitreten/"):
        page = stranger.get(address)
        assert (page.status_code, page["Retry-After"], "Bitte warten Sie 9 Minuten" in page.text) == (429, "540", True)
    assert problems_of_page(page.text) == []
    assert (stranger.get(url).status_code, stranger.get(stop_url).status_code) == (200, 200)
    assert stranger.post(url, {"answer": "declined"}).status_code == 303
    assert Client(REMOTE_ADDR="203.0.113.7").get(UNKNOWN[0]).status_code == 404


def test_a_withdrawn_link_is_an_unknown_one(stranger, url):
    Invitation.objects.update(withdrawn_at=timezone.now())
    assert [stranger.get(url).status_code for _ in range(61)] == [404] * 60 + [429]


def test_stopping_by_one_click_is_never_refused(stop_url):
    for _ in range(70):
        page = Client(enforce_csrf_checks=True).post(stop_url, {"List-Unsubscribe": "One-Click"})
        assert page.status_code == 200
    for _ in range(70):
        Client().get(UNKNOWN[0])
    assert Client().post(stop_url, {"undo": "1"}).status_code == 200
    assert Address.objects.get().state == Address.State.OK


def test_pressing_for_the_room_is_limited_too(stranger):
    meeting = MeetingFactory(
        format=Format.ONLINE,
        starts_at=timezone.now() + timezone.timedelta(minutes=5),
        online_link="https://raum.example",
    )
    room = f"/einladung/{InvitationFactory(meeting=meeting, answer='accepted', mode='online').token}/beitreten/"
    assert [stranger.post(room).status_code for _ in range(21)] == [303] * 20 + [429]
    assert stranger.get(room).status_code == 200


def test_a_cache_that_is_away_stops_no_answer(stranger, settings, url):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert stranger.post(url, {"answer": "declined"}).status_code == 303
    assert stranger.get(UNKNOWN[0]).status_code == 404
    assert limits.seconds_to_wait(limits.POSTS, "a") == 0
