"""Invented meetings: around today, the same for the same seed and day, topped up without repeating."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import Count, Q
from django.utils import timezone
from holidays import country_holidays

from meetings.enums import Answer, Format, Mode, State, Via
from meetings.models import AgendaItem, CallNote, ChecklistItem, Invitation, Meeting, Response
from netzwerk.demo import meeting_seeding
from netzwerk.demo.sketches import OFFICE_TIME, SHOWN
from regions.models import SchoolHoliday
from team.models import Activity, ActivityTarget

pytestmark = pytest.mark.django_db

DAYS = ("2026-11-24", "2027-01-01", "2027-07-15", "2028-02-29")


def seed(**options) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def on(day: str) -> time_machine.travel:
    """Early in the morning of that day, so that an answer of this day would lie ahead."""
    return time_machine.travel(datetime.fromisoformat(f"{day}T06:30").replace(tzinfo=OFFICE_TIME), tick=False)


def everything() -> list[str]:
    """What the data say, without random keys, links and tags."""
    person = ("contact__email", "answer", "mode", "comment", "answered_at", "answered_via", "joined_at", "created_at")
    tables = (
        Meeting.objects.values_list(
            "title", "theme", "starts_at", "format", "state", "host__name", "place", "created_at"
        ),
        AgendaItem.objects.values_list("meeting__starts_at", "meeting__title", "offset_minutes", "title", "speaker"),
        ChecklistItem.objects.values_list("meeting__starts_at", "meeting__title", "title", "done_at"),
        Invitation.objects.values_list("meeting__starts_at", "meeting__title", "network__slug", *person),
        Response.objects.values_list("invitation__contact__email", "answer", "mode", "via", "at", "by__email"),
        CallNote.objects.values_list("invitation__contact__email", "outcome", "at"),
        Activity.objects.filter(targets__kind="meetings.meeting").values_list("sentence", "at", "by__email"),
    )
    return [repr(row) for table in tables for row in sorted(table, key=repr)]


def forget_meetings() -> None:
    for model in (Invitation, Meeting):
        model.objects.all().delete()
    Activity.objects.filter(targets__kind="meetings.meeting").delete()


@pytest.mark.parametrize("day", DAYS)
def test_the_default_shows_every_state_whenever_it_is_started(day):
    with on(day):
        seed()
        assert Meeting.objects.count() == len(SHOWN) == 16
        upcoming = Meeting.objects.upcoming()
        assert upcoming.filter(state=State.PLANNED).count() >= 5
        assert Meeting.objects.past().count() == 9
        draft = Meeting.objects.get(state=State.DRAFT)
        assert (draft.invitations.count(), draft.is_past) == (0, False)
        called_off = Meeting.objects.get(state=State.CANCELLED)
        assert called_off.invitations.exists()
        hybrid = upcoming.filter(format=Format.HYBRID).first()
        share = hybrid.invitations.exclude(answer="").count() / hybrid.invitations.count()
        assert (0.3 < share < 0.7, hybrid.capacity_in_person) == (True, 40)
        assert hybrid.invitations.exclude(comment="").exists()
        online = upcoming.get(format=Format.ONLINE)
        assert online.online_link.startswith("https://raum.servicestelle.example/")
        assert CallNote.objects.filter(invitation__meeting__in=upcoming, invitation__answer="").exists()
        assert set(Response.objects.values_list("via", flat=True)) == set(Via.values)
        assert Invitation.objects.filter(joined_at__lt=timezone.now(), mode=Mode.ONLINE).exists()
        assert Meeting.objects.annotate(count=Count("networks")).filter(count=2).exists()
        assert ChecklistItem.objects.filter(meeting__in=upcoming, done_at__isnull=False).exists()
        assert ChecklistItem.objects.filter(meeting__in=upcoming, done_at=None).exists()


@pytest.mark.parametrize("day", DAYS)
def test_meetings_lie_on_wednesdays_and_thursdays_at_three_outside_the_holidays(day):
    with on(day):
        seed(partners=60, meetings=40)
    public = country_holidays("DE", subdiv="NI")
    for meeting in Meeting.objects.all():
        start, end = (at.astimezone(OFFICE_TIME) for at in (meeting.starts_at, meeting.ends_at))
        assert (start.strftime("%H:%M"), end.strftime("%H:%M"), start.weekday() in (2, 3)) == ("15:00", "17:30", True)
        assert not SchoolHoliday.objects.between(meeting.starts_on, meeting.starts_on).exists()
        assert meeting.starts_on not in public


def test_nothing_that_is_told_as_past_lies_ahead():
    with on(DAYS[0]):
        seed(meetings=60)
        now = timezone.now()
        for model, field in (
            (Response, "at"),
            (Invitation, "answered_at"),
            (Invitation, "joined_at"),
            (Invitation, "created_at"),
            (Meeting, "created_at"),
            (CallNote, "at"),
            (Activity, "at"),
            (ChecklistItem, "done_at"),
        ):
            assert not model.objects.filter(**{f"{field}__gt": now}).exists(), (model, field)


def test_the_current_answer_is_the_newest_response_and_seats_are_kept():
    seed(meetings=30)
    for invitation in Invitation.objects.prefetch_related("responses"):
        newest = max(invitation.responses.all(), key=lambda response: response.at, default=None)
        expected = (newest.answer, newest.mode, newest.at, newest.via) if newest else ("", "", None, "")
        assert (invitation.answer, invitation.mode, invitation.answered_at, invitation.answered_via) == expected
        assert newest is None or newest.at > invitation.created_at
    taken = Count("invitations", filter=Q(invitations__answer=Answer.ACCEPTED, invitations__mode=Mode.IN_PERSON))
    for meeting in Meeting.objects.filter(capacity_in_person__isnull=False).annotate(taken=taken):
        assert meeting.taken <= meeting.capacity_in_person


def test_the_same_seed_and_day_give_the_same_data_with_other_links():
    with on(DAYS[0]):
        seed(partners=150)
        first, links = everything(), set(Invitation.objects.values_list("token", flat=True))
        forget_meetings()
        seed(partners=150)
        assert everything() == first
        assert links & set(Invitation.objects.values_list("token", flat=True)) == set()


def test_a_second_call_adds_what_is_missing_and_nothing_else():
    with on(DAYS[0]):
        assert "5 Treffen" in seed(partners=60, meetings=5)
        assert "13 Treffen" in seed(partners=60, meetings=18)
        both = everything()
        assert "0 Treffen mit 0 Einladungen" in seed(partners=60, meetings=18)
        assert everything() == both
        forget_meetings()
        seed(partners=60, meetings=18)
        assert everything() == both
    with on(DAYS[1]):
        assert "0 Treffen mit 0 Einladungen" in seed(partners=60, meetings=18)


def test_an_interrupted_call_leaves_whole_meetings_and_the_next_one_goes_on(monkeypatch):
    """The second batch fails in its last step."""
    tell, calls = meeting_seeding._tell, []

    def tired(batch):
        calls.append(batch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        tell(batch)

    with on(DAYS[0]):
        seed(partners=60, meetings=0)
        monkeypatch.setattr(meeting_seeding, "_tell", tired)
        with pytest.raises(KeyboardInterrupt):
            seed(partners=60, meetings=45)
        monkeypatch.undo()
        assert (
            Meeting.objects.count()
            == ActivityTarget.objects.filter(kind="meetings.meeting").values("key").distinct().count()
            == 20
        )
        assert "25 Treffen" in seed(partners=60, meetings=45)
        interrupted = everything()
        forget_meetings()
        seed(partners=60, meetings=45)
        assert everything() == interrupted


def test_very_few_partners_are_no_obstacle():
    seed(partners=1, meetings=20)
    assert Meeting.objects.count() == 20


def test_every_row_keeps_the_rules_that_a_form_would_ask_for():
    seed(partners=150, meetings=24)
    for model in (Meeting, AgendaItem, ChecklistItem, Invitation, Response, CallNote):
        for row in model.objects.all():
            row.full_clean(validate_unique=False, validate_constraints=True)
    now = timezone.now()
    for meeting in Meeting.objects.all():
        assert meeting.answer_deadline_on == meeting.starts_on - timedelta(days=7)
        assert not (meeting.is_draft and meeting.starts_at < now)
