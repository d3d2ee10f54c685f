"""Several press „Kopieren“ on the same page at the same time: one of them gets the copy, the others are told."""

import pytest

from meetings.models import Meeting
from regions import seeds
from regions.models import Municipality, Network
from tests.factories import MeetingFactory
from tests.flows.real_database import shared_database, start
from tests.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

PROCESSES = 4

# Waits until every process is up, so that all press at the same time; the first is not done before the others have
# looked, too. Says how many copies it made.
PRESS = """
import datetime, pathlib, sys, time
from django.db import transaction
from meetings.models import Meeting
from meetings.services.planning import copies, targets
from regions.models import Network
ready, go = pathlib.Path({ready!r}), pathlib.Path({go!r})
meeting = Meeting.objects.select_related("responsible").get()
at = datetime.datetime(2031, 3, 12, 14, tzinfo=datetime.UTC)
network = Network.objects.get(slug="bramsche")
target = targets.Target((network,), at, at + datetime.timedelta(hours=2))
ready.touch()
while not go.exists():
    time.sleep(0.01)
try:
    with transaction.atomic():
        made = copies.copy(meeting, [target], by=meeting.responsible)
        time.sleep(2)
except targets.AlreadyThere:
    made = []
sys.exit(len(made))
"""


def test_at_once_there_is_still_one_copy(tmp_path):
    go = tmp_path / "go"
    ready = [tmp_path / f"ready-{number}" for number in range(PROCESSES)]
    with shared_database(tmp_path) as url:
        seeds.load(Network, Municipality)
        MeetingFactory()
        processes = [
            start(PRESS.format(ready=str(path), go=str(go)), database_url=url, folder=tmp_path, LOG_LEVEL="WARNING")
            for path in ready
        ]
        try:
            wait_for("all processes are up", lambda: all(path.exists() for path in ready))
            go.touch()
            made = [process.wait(PATIENCE) for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.wait()
        assert sorted(made) == [0] * (PROCESSES - 1) + [1]
        assert Meeting.objects.count() == 2
