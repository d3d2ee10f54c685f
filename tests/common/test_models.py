"""Signs of life: one row per kind, written rarely, never lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.models import Heartbeat

MINUTE = timedelta(minutes=1)
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def there() -> list[tuple]:
    return list(Heartbeat.objects.values_list("kind", "at", "detail"))


def test_each_kind_has_one_row(time_machine):
    time_machine.move_to("2026-03-03T10:00:00Z", tick=False)
    Heartbeat.objects.note(Heartbeat.Kind.BACKUP, bytes=7)
    Heartbeat.objects.note(Heartbeat.Kind.BEAT)
    time_machine.shift(MINUTE)
    Heartbeat.objects.note(Heartbeat.Kind.BACKUP, bytes=8, seconds=0.5)
    now = timezone.now()
    assert there() == [("backup", now, {"bytes": 8, "seconds": 0.5}), ("beat", now - MINUTE, {})]
    assert str(Heartbeat.objects.get(kind="backup")) == "Sicherung"


@pytest.mark.parametrize(
    ("seconds", "queries", "is_written"),
    [(0, 1, False), (59, 1, False), (60, 2, True), (-30, 2, True)],  # a clock that was wrong is no reason to be silent
)
def test_a_look_is_all_it_costs_a_moment_later(time_machine, django_assert_num_queries, seconds, queries, is_written):
    time_machine.move_to("2026-03-03T10:00:00Z", tick=False)
    Heartbeat.objects.note("worker", at_most_every=MINUTE)
    before = there()
    time_machine.shift(timedelta(seconds=seconds))
    with django_assert_num_queries(queries):
        Heartbeat.objects.note("worker", at_most_every=MINUTE)
    assert (there() != before) == is_written
    assert [kind for kind, *_ in there()] == ["worker"]
