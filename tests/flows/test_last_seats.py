"""Many press at once for the last seats: never one too many, and nobody who was refused is forgotten."""

import pytest

from meetings.models import Invitation, Response
from regions import seeds
from regions.models import Municipality, Network
from tests.factories import InvitationFactory, MeetingFactory
from tests.flows.real_database import shared_database, start
from tests.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

ANSWERS, SEATS, PROCESSES = 200, 10, 8

# Waits until every process is up, so that all press at the same time.
PRESS = """
import pathlib, sys, time
from meetings.models import Invitation
from meetings.services.answers import record
ready, go = pathlib.Path({ready!r}), pathlib.Path({go!r})
invitations = list(Invitation.objects.filter(pk__in={keys!r}))
ready.touch()
while not go.exists():
    time.sleep(0.01)
accepted = 0
for invitation in invitations:
    try:
        record.record(invitation, "accepted", via="link", mode="in_person", comment="bitte")
        accepted += 1
    except record.Full:
        pass
sys.exit(accepted)
"""


@pytest.fixture
def database(tmp_path):
    """The URL of the database; the networks are there, whatever a test before has flushed."""
    with shared_database(tmp_path) as url:
        seeds.load(Network, Municipality)
        yield url


def test_two_hundred_answers_for_the_last_ten_seats(database, tmp_path):
    meeting = MeetingFactory(format="hybrid", capacity_in_person=SEATS + 5)
    for _ in range(5):
        InvitationFactory(meeting=meeting, answer="accepted", mode="in_person")
    keys = [InvitationFactory(meeting=meeting).pk for _ in range(ANSWERS)]
    go = tmp_path / "go"
    ready = [tmp_path / f"ready-{number}" for number in range(PROCESSES)]
    processes = [
        start(
            PRESS.format(ready=str(path), go=str(go), keys=[str(key) for key in keys[number::PROCESSES]]),
            database_url=database,
            folder=tmp_path,
            LOG_LEVEL="WARNING",
        )
        for number, path in enumerate(ready)
    ]
    try:
        wait_for("all processes are up", lambda: all(path.exists() for path in ready))
        go.touch()
        said_yes = [process.wait(PATIENCE) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()

    assert sum(said_yes) == SEATS
    assert Invitation.objects.filter(pk__in=keys).accepted().count() == SEATS
    assert Invitation.objects.filter(meeting=meeting, mode="in_person").accepted().count() == SEATS + 5
    assert Response.objects.filter(refusal="").count() == SEATS
    assert Response.objects.filter(refusal="full", comment="bitte").count() == ANSWERS - SEATS
