"""One door for all answers: the newest counts, seats are never exceeded, nothing is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings.enums import Format, State
from meetings.models import Invitation, Response
from meetings.services.answers import record
from team.services import activity
from tests.factories import InvitationFactory, MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hybrid():
    return MeetingFactory(format=Format.HYBRID)


@pytest.fixture
def invitation(hybrid, partner):
    return InvitationFactory(meeting=hybrid, contact=partner)


def say(invitation, answer, via="link", **more):
    return record.record(invitation, answer, via=via, **more)


def stored(invitation):
    fresh = Invitation.objects.get(pk=invitation.pk)
    return (fresh.answer, fresh.mode, fresh.comment, fresh.answered_via)


def test_an_answer_stands_on_the_invitation_and_in_the_history(invitation):
    before = timezone.now()
    response = say(invitation, "accepted", mode="online", comment=" Bis dann! ")
    assert stored(invitation) == ("accepted", "online", "Bis dann!", "link")
    assert (invitation.answer, invitation.mode, invitation.answered_at) == ("accepted", "online", response.at)
    assert before <= response.at <= timezone.now()
    assert (response.refusal, response.by, response.sequence) == ("", None, 0)
    assert list(invitation.responses.all()) == [response]


def test_changing_keeps_the_history_and_drops_the_mode(invitation):
    say(invitation, "accepted", mode="in_person", comment="Mit Kollegin")
    say(invitation, "declined")
    assert stored(invitation) == ("declined", "", "Mit Kollegin", "link")
    say(invitation, "tentative", comment="")
    assert stored(invitation) == ("tentative", "", "", "link")
    history = [(row.answer, row.mode, row.comment) for row in invitation.responses.all()]
    assert history == [("tentative", "", ""), ("declined", "", ""), ("accepted", "in_person", "Mit Kollegin")]


def test_the_newest_instant_counts_whatever_comes_last(invitation):
    now = timezone.now()
    say(invitation, "declined", at=now - timedelta(minutes=5))
    say(invitation, "accepted", mode="online", at=now - timedelta(minutes=10), via="calendar")
    assert stored(invitation) == ("declined", "", "", "link")
    say(invitation, "tentative", at=now - timedelta(minutes=5), via="calendar")
    assert stored(invitation)[0] == "tentative"  # the same instant: received last
    assert [row.answer for row in invitation.responses.all()] == ["tentative", "declined", "accepted"]


def test_an_instant_in_the_future_is_now(invitation):
    response = say(invitation, "accepted", mode="online", at=timezone.now() + timedelta(days=3))
    assert response.at <= timezone.now()
    say(invitation, "declined")
    assert stored(invitation)[0] == "declined"


@pytest.mark.parametrize(("format_", "mode"), [(Format.IN_PERSON, "in_person"), (Format.ONLINE, "online")])
def test_where_there_is_one_way_it_is_that(format_, mode):
    invitation = InvitationFactory(meeting=MeetingFactory(format=format_))
    say(invitation, "accepted")
    assert stored(invitation)[:2] == ("accepted", mode)


@pytest.mark.parametrize(("format_", "mode"), [(Format.HYBRID, ""), (Format.IN_PERSON, "online"), (Format.HYBRID, "x")])
def test_a_way_that_is_open_or_not_offered_is_asked_for(format_, mode):
    invitation = InvitationFactory(meeting=MeetingFactory(format=format_))
    with pytest.raises(record.ModeMissing):
        say(invitation, "accepted", mode=mode)
    assert (stored(invitation)[0], Response.objects.count()) == ("", 0)


def test_an_unknown_word_is_refused(invitation):
    for answer, via in (("maybe", "link"), ("", "link"), ("accepted", "pigeon")):
        with pytest.raises(ValueError, match="is not a valid"):
            say(invitation, answer, via=via, mode="online")
    assert Response.objects.count() == 0


def test_odd_characters_are_taken_out_and_a_long_word_is_cut(invitation):
    say(invitation, "declined", comment="\x00Schade\x07!\r\nGruß\ud800 👋🏽" + "x" * 3000)
    comment = stored(invitation)[2]
    assert (comment[:16], len(comment)) == ("Schade!\nGruß 👋🏽x", 2000)


def test_the_last_seat_is_given_once_and_the_attempt_is_kept(hybrid, invitation):
    hybrid.capacity_in_person = 1
    hybrid.save()
    late = InvitationFactory(meeting=hybrid)
    say(invitation, "accepted", mode="in_person")
    with pytest.raises(record.Full):
        say(late, "accepted", mode="in_person", comment="Schade")
    assert stored(late)[0] == ""
    assert [(row.answer, row.mode, row.refusal, row.comment) for row in late.responses.all()] == [
        ("accepted", "in_person", "full", "Schade")
    ]
    say(late, "accepted", mode="online")  # the other way has no limit
    assert stored(late)[:2] == ("accepted", "online")
    with pytest.raises(record.Full):
        say(late, "accepted", mode="in_person")
    assert stored(late)[:2] == ("accepted", "online")  # what she had stays


def test_who_holds_a_seat_keeps_it(hybrid, invitation):
    say(invitation, "accepted", mode="in_person")
    hybrid.capacity_in_person = 0
    hybrid.save()
    say(invitation, "accepted", mode="in_person", comment="Komme etwas später")
    assert stored(invitation) == ("accepted", "in_person", "Komme etwas später", "link")
    say(invitation, "declined")
    with pytest.raises(record.Full):
        say(invitation, "accepted", mode="in_person")


def test_the_team_may_go_over_capacity_knowingly(hybrid, invitation, coordinator):
    hybrid.capacity_in_person = 0
    hybrid.save()
    with pytest.raises(record.Full):
        say(invitation, "accepted", via="team", by=coordinator, mode="in_person")
    say(invitation, "accepted", via="team", by=coordinator, mode="in_person", over_capacity=True)
    assert stored(invitation)[:2] == ("accepted", "in_person")
    other = InvitationFactory(meeting=hybrid)
    with pytest.raises(record.Full):  # nobody else may
        say(other, "accepted", mode="in_person", over_capacity=True)


@pytest.mark.parametrize(
    ("change", "refusal", "kept"),
    [
        ({"state": State.CANCELLED}, record.Cancelled, []),
        ({"state": State.DRAFT}, record.Cancelled, []),
        ({"starts_at": timezone.now() - timedelta(hours=1)}, record.Past, []),
        ({"answer_deadline_on": timezone.localdate() - timedelta(days=1)}, record.Late, ["late"]),
    ],
)
def test_partners_answer_while_it_is_open_and_the_team_at_any_time(invitation, coordinator, change, refusal, kept):
    for name, value in change.items():
        setattr(invitation.meeting, name, value)
    invitation.meeting.save()
    with pytest.raises(refusal):
        say(invitation, "tentative", comment="krank")
    assert stored(invitation)[0] == ""
    assert [row.refusal for row in invitation.responses.all()] == kept
    say(invitation, "declined", via="team", by=coordinator)
    assert stored(invitation)[0] == "declined"


def test_the_last_day_for_answers_is_included(invitation):
    invitation.meeting.answer_deadline_on = timezone.localdate()
    invitation.meeting.save()
    say(invitation, "declined")
    assert stored(invitation)[0] == "declined"


def test_a_mail_sent_in_time_and_read_later_is_in_time(invitation):
    invitation.meeting.answer_deadline_on = timezone.localdate() - timedelta(days=1)
    invitation.meeting.save()
    say(invitation, "declined", via="calendar", at=timezone.now() - timedelta(days=1))
    assert stored(invitation)[0] == "declined"


def test_a_withdrawn_link_records_nothing(invitation):
    Invitation.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(record.Withdrawn):
        say(invitation, "declined")
    assert (stored(invitation)[0], Response.objects.count()) == ("", 0)


def test_only_what_the_team_notes_is_told_in_the_log(invitation, coordinator):
    say(invitation, "declined")
    say(invitation, "accepted", mode="online", via="team", by=coordinator)
    for target in (invitation.meeting, invitation.contact, invitation.contact.organisation):
        sentences = [(entry.by, entry.sentence) for entry in activity.timeline(target)]
        assert sentences == [(coordinator, "hat eine Antwort von Gesa Ahrens notiert: zugesagt, online")]


def test_answering_writes_nothing_else(invitation):
    """Somebody renews the link while she answers: her answer must not bring the old one back."""
    Invitation.objects.update(token="x" * 22, email="neu@schule.example")
    say(invitation, "declined")
    fresh = Invitation.objects.get()
    assert (fresh.token, fresh.email, fresh.answer) == ("x" * 22, "neu@schule.example", "declined")


def test_going_in_is_noted_once(invitation):
    assert [record.note_joined(invitation), record.note_joined(invitation)] == [True, False]
    assert Invitation.objects.get().joined_at <= timezone.now()
