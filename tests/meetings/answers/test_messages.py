"""What invitees write: beside an answer or alone, listed until it is settled, and found again."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from meetings.models import Invitation, Meeting, Message
from meetings.services.answers import messages, record
from team.models import Activity
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def invitation(partner):
    katja = UserFactory(first_name="Katja", last_name="Sommer", phone="0541 501")
    meeting = MeetingFactory(format="hybrid", responsible=katja, starts_at=timezone.now() + timedelta(days=9))
    return InvitationFactory(meeting=meeting, contact=partner)


def written() -> list[tuple[str, str, bool]]:
    """Text, way, and whether it is settled, the oldest first."""
    return [(one.text, one.via, one.settled_at is not None) for one in Message.objects.order_by("pk")]


def settle_url(message) -> str:
    return reverse("meetings:settle_message", args=[message.invitation.meeting_id, message.pk])


def test_a_word_beside_an_answer_becomes_a_message_once(invitation):
    record.record(invitation, "accepted", via="link", mode="in_person", comment="Brauche Parkplatz")
    record.record(invitation, "declined", via="link", comment="Brauche Parkplatz")  # the page shows it to be changed
    record.record(invitation, "declined", via="calendar", comment="Krank")
    record.record(invitation, "declined", via="link", comment="Brauche Parkplatz")
    record.record(invitation, "tentative", via="link", comment="")
    assert written() == [("Brauche Parkplatz", "link", False), ("Krank", "calendar", False)]


def test_what_the_team_notes_is_no_message(invitation, coordinator):
    record.record(invitation, "declined", via="team", by=coordinator, comment="Ruft morgen an")
    assert written() == []


def test_an_answer_that_comes_too_late_still_says_something(invitation):
    Meeting.objects.update(answer_deadline_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(record.Late):
        record.record(invitation, "accepted", via="link", mode="online", comment="Darf ich noch?")
    assert written() == [("Darf ich noch?", "link", False)]


@pytest.mark.parametrize("days", [9, -1])
def test_a_question_without_an_answer(stranger, invitation, days):
    """Also after the last day for answers."""
    Meeting.objects.update(answer_deadline_on=timezone.localdate() + timedelta(days=days))
    url = invitation.get_absolute_url()
    empty = stranger.post(url, {"ask": "1", "comment": "  "})
    assert (empty.status_code, "Bitte schreiben Sie zuerst Ihre Nachricht." in empty.content.decode()) == (422, True)
    page = stranger.post(url, {"ask": "1", "comment": "Ist es\r\nbarrierefrei?"}, follow=True)
    assert "Danke, Ihre Nachricht ist bei uns angekommen" in page.content.decode()
    assert (written(), Invitation.objects.get().answer) == ([("Ist es\nbarrierefrei?", "link", False)], "")
    html = stranger.get(url).content.decode()
    assert html.index('id="nachricht"') < html.index('class="answer-buttons"')


def test_today_lists_it_until_somebody_settles_it(team, coordinator, invitation):
    record.record(invitation, "accepted", via="link", mode="in_person", comment="Brauche <b>Parkplatz</b>")
    (message,) = Message.objects.all()
    html = team.get("/").content.decode()
    assert ("Brauche &lt;b&gt;Parkplatz&lt;/b&gt;" in html, settle_url(message) in html) == (True, True)
    assert f"mailto:{invitation.contact.email}?subject=" in html
    page = team.post(settle_url(message), {"next": "/"})
    assert (page.status_code, page.url) == (302, "/")
    message.refresh_from_db()
    assert (message.settled_by, "Parkplatz" in team.get("/").content.decode()) == (coordinator, False)
    assert Activity.objects.filter(sentence="hat eine Nachricht von Gesa Ahrens erledigt").count() == 1
    assert not messages.settle(message, by=coordinator)
    assert Activity.objects.filter(sentence__startswith="hat eine Nachricht").count() == 1


def test_the_list_filters_and_shows_it(team, invitation):
    other = InvitationFactory(meeting=invitation.meeting, contact=ContactFactory(last_name="Schweigsam"))
    record.record(invitation, "accepted", via="link", mode="online", comment="Komme später")
    page = reverse("meetings:meeting", args=[invitation.meeting_id])

    def names(choice: str) -> set[str]:
        rows = team.get(f"{page}?message={choice}").context["page_obj"].object_list
        return {row.invitation.contact.last_name for row in rows}

    everybody = {invitation.contact.last_name, other.contact.last_name}
    assert (names(""), names("all"), names("open")) == (everybody, {"Ahrens"}, {"Ahrens"})
    assert "Komme später" in team.get(page).content.decode()
    Message.objects.update(settled_at=timezone.now())
    assert (names("all"), names("open")) == ({"Ahrens"}, set())
    assert "Komme später" in b"".join(team.get(f"{page}?format=csv")).decode()


def test_the_search_finds_it(team, invitation):
    record.record(invitation, "declined", via="link", comment="Frau Kollegin kommt statt meiner")
    html = team.get("/suche/?q=kollegin+statt").content.decode()
    assert ("Nachrichten von Eingeladenen" in html, "<mark>Kollegin</mark>" in html) == (True, True)
    assert "Nachrichten von Eingeladenen" not in team.get("/suche/?q=kollegin+mittwoch").content.decode()


# --- Until the end

LATE = {"answer_deadline_on": timezone.localdate() - timedelta(days=1)}
RUNNING = {"starts_at": timezone.now() - timedelta(hours=1), "ends_at": timezone.now() + timedelta(hours=9)}
OVER = {"starts_at": timezone.now() - timedelta(hours=3), "ends_at": timezone.now() - timedelta(hours=1)}


@pytest.mark.parametrize(
    ("when", "before", "answer", "refusal"),
    [
        (LATE, "", "declined", None),
        (LATE, "accepted:in_person", "declined", None),
        (LATE, "accepted:in_person", "accepted:online", None),
        (LATE, "accepted:online", "accepted:in_person", None),
        (LATE, "", "accepted:online", record.Late),
        (LATE, "declined", "accepted:in_person", record.Late),
        (LATE, "accepted:online", "tentative", record.Late),
        (RUNNING, "", "declined", None),
        (RUNNING, "accepted:in_person", "accepted:online", None),
        (RUNNING, "", "accepted:online", None),
        (RUNNING, "accepted:online", "accepted:in_person", record.Past),
        (RUNNING, "", "tentative", record.Past),
        ({**RUNNING, **LATE}, "", "accepted:online", None),
        (OVER, "accepted:online", "declined", record.Past),
        (OVER, "", "accepted:online", record.Past),
    ],
)
def test_what_an_invitee_can_do_until_the_end(stranger, invitation, coordinator, when, before, answer, refusal):
    """And the page offers just that."""
    if before:
        said, _, mode = before.partition(":")
        record.record(invitation, said, mode=mode, via="team", by=coordinator)
    Meeting.objects.filter(pk=invitation.meeting_id).update(**when)
    said, _, mode = answer.partition(":")
    html = stranger.get(invitation.get_absolute_url()).content.decode()
    button = f'name="mode" value="{mode}"' if mode else f'name="answer" value="{said}"'
    assert (button in html) == (refusal is None)
    if refusal:
        with pytest.raises(refusal):
            record.record(invitation, said, mode=mode, via="link")
    else:
        record.record(invitation, said, mode=mode, via="link")
        fresh = Invitation.objects.get(pk=invitation.pk)
        assert (fresh.answer, fresh.mode) == (said, mode)
    if when != OVER:
        assert ("tel:0541501" in html, f"mailto:{invitation.meeting.responsible.email}" in html) == (True, True)


def test_who_switches_too_late_finds_no_seat_that_is_taken(invitation, coordinator):
    record.record(invitation, "accepted", mode="in_person", via="team", by=coordinator)
    Meeting.objects.filter(pk=invitation.meeting_id).update(capacity_online=0, **LATE)
    with pytest.raises(record.Full):
        record.record(invitation, "accepted", mode="online", via="link")
    assert Invitation.objects.get().mode == "in_person"
