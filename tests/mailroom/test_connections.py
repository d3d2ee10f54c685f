"""No more processes talk to the mail server at once than are allowed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mailroom.models import Connection
from mailroom.services import connections


@pytest.fixture(autouse=True)
def _two(db, settings):
    settings.MAIL_CONNECTIONS, settings.MAIL_LEASE_SECONDS = 2, 300


def test_each_is_held_by_one_and_free_afterwards():
    with connections.held() as first, connections.held() as second, connections.held() as third:
        assert (first.number, second.number, third) == (0, 1, None)
        assert first.by != second.by
    with connections.held() as again:
        assert again.number == 0
    assert Connection.objects.count() == 2


def test_who_dies_loses_it_after_a_minute_and_whoever_shows_signs_of_life_does_not():
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock, connections.held() as alive:
        assert connections._take("dead").number == 1
        for _ in range(3):
            clock.shift(timedelta(seconds=31))
            alive.keep()
        with connections.held() as other:
            assert other.number == 1
        assert Connection.objects.get(number=0).held_until > timezone.now()


def test_a_late_end_does_not_free_what_somebody_else_holds_by_now():
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        with connections.held():
            clock.shift(timedelta(seconds=61))
            assert connections._take("other").number == 0
        assert Connection.objects.get(number=0).held_by == "other"


def test_signs_of_life_are_written_rarely(django_assert_num_queries):
    with connections.held() as mine, django_assert_num_queries(0):
        for _ in range(100):
            mine.keep()


def test_fewer_than_before_are_used_when_the_setting_says_so(settings):
    with connections.held(), connections.held():
        pass
    settings.MAIL_CONNECTIONS = 1
    with connections.held() as first, connections.held() as second:
        assert (first.number, second) == (0, None)
