"""Meetings as rows: order of times, which are ahead, what follows from the fields."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from meetings.models import AgendaItem, ChecklistItem, Meeting
from meetings.services.dates import local_time
from regions.models import Network
from tests.factories import MeetingFactory, OrganisationFactory


def test_the_end_comes_after_the_beginning(db):
    begin = datetime(2031, 2, 5, 14, 0, tzinfo=UTC)
    for end in (begin, begin - timedelta(minutes=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            MeetingFactory(starts_at=begin, ends_at=end)


def test_upcoming_and_past(db):
    now = timezone.now()
    running = MeetingFactory(starts_at=now - timedelta(hours=1))
    later = MeetingFactory(starts_at=now + timedelta(days=1))
    MeetingFactory(starts_at=now + timedelta(days=1), state="cancelled")
    over = MeetingFactory(starts_at=now - timedelta(days=1))
    assert list(Meeting.objects.upcoming()) == [running, later]
    assert list(Meeting.objects.past()) == [over]
    assert [meeting.is_past for meeting in (running, later, over)] == [False, False, True]


def test_a_meeting_of_two_networks_is_in_each_once(db):
    meeting = MeetingFactory(networks=["bramsche", "nordkreis"])
    for slug, found in (("bramsche", [meeting]), ("nordkreis", [meeting]), ("melle-bissendorf", [])):
        assert list(Meeting.objects.in_network(Network.objects.get(slug=slug))) == found


@pytest.mark.parametrize(
    ("form", "host", "place", "location"),
    [
        ("in_person", True, "", "Hof Lohkamp, Am Hof 1, 49324 Melle"),
        ("hybrid", True, "Scheune", "Hof Lohkamp, Scheune, Am Hof 1, 49324 Melle"),
        (
            "in_person",
            True,
            "Kreishaus, Am Schölerberg 1, 49082 Osnabrück",
            "Hof Lohkamp, Kreishaus, Am Schölerberg 1, 49082 Osnabrück",
        ),
        ("in_person", True, "Scheune, am hof 1", "Hof Lohkamp, Scheune, am hof 1"),
        ("in_person", False, "Rathaus", "Rathaus"),
        ("in_person", False, "", ""),
        ("online", True, "Scheune", ""),
    ],
)
def test_where_people_meet(db, form, host, place, location):
    organisation = OrganisationFactory(name="Hof Lohkamp", street="Am Hof 1") if host else None
    assert MeetingFactory(format=form, host=organisation, place=place).location == location


def test_agenda_and_preparation_follow_the_meeting(db):
    meeting = MeetingFactory()
    item = AgendaItem(meeting=meeting, offset_minutes=30, title="Vortrag")
    step = ChecklistItem(meeting=meeting, title="Raum klären", days_before=10)
    assert (item.starts_at, step.due_on) == (datetime(2031, 2, 5, 14, 30, tzinfo=UTC), date(2031, 1, 26))
    meeting.starts_at += timedelta(days=7)
    assert (item.starts_at, step.due_on) == (datetime(2031, 2, 12, 14, 30, tzinfo=UTC), date(2031, 2, 2))
    assert (step.is_overdue, ChecklistItem(meeting=meeting, title="Früh", days_before=9000).is_overdue) == (False, True)


def test_local_times_in_the_nights_of_a_clock_change():
    spring, autumn, clock = date(2026, 3, 29), date(2026, 10, 25), datetime(2026, 1, 1, 2, 30).time()  # noqa: DTZ001 - a clock time
    with pytest.raises(local_time.NoSuchTime):
        local_time.instant(spring, clock, 1)
    with pytest.raises(local_time.TwiceThatNight):
        local_time.instant(autumn, clock)
    instants = [local_time.instant(autumn, clock, fold) for fold in (0, 1)]
    assert instants == [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [local_time.fold_of(at) for at in instants] == [0, 1]
    assert local_time.fold_of(datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) is None
    assert (local_time.is_twice(spring, clock), local_time.is_twice(autumn, clock)) == (False, True)
