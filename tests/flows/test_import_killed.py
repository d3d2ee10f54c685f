"""A long list and workers that are killed in the middle: nobody is lost, nobody comes twice, others write meanwhile.

What 20,000 rows cost is measured by `make bench ARGS=imports`.
"""

import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from partners.models import Contact, ImportJob, ImportRow, Membership, Organisation
from partners.services import imports
from regions import seeds
from regions.models import Municipality, Network
from team.models import Activity, ActivityTarget
from tests.flows.long_list import PER_ORGANISATION, long_list
from tests.flows.real_database import shared_database, start
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

ROWS = 4_000
WORKER = "from partners.tasks import work_imports; work_imports()"


@pytest.fixture
def database(tmp_path):
    """The URL of the database; the networks are there, whatever a test before has flushed."""
    with shared_database(tmp_path) as url:
        seeds.load(Network, Municipality)
        yield url


@pytest.fixture
def worker(database, tmp_path):
    """Start a worker: a process of its own that runs the task; all are gone after the test."""
    processes = []

    def run():
        process = start(WORKER, database_url=database, folder=tmp_path, IMPORT_LEASE_SECONDS="2", LOG_LEVEL="WARNING")
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.wait()


def _until(reached: Callable[[], bool], process) -> None:
    """Wait until something is so; the worker must not have ended before."""
    ends = time.monotonic() + PATIENCE
    while not reached():
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < ends, "nothing happens"
        time.sleep(0.05)


def _kill(process) -> None:
    """SIGKILL: no time to tidy up anything."""
    process.kill()
    process.wait()


def _write_as_the_pages_do() -> None:
    """Twenty times a second for a while; how long one has to wait is measured by `make bench ARGS=imports`."""
    for number in range(30):
        with transaction.atomic():
            Activity.objects.create(sentence=f"wrote {number}")
        time.sleep(0.05)


def _finish(job, run) -> None:
    """Let one worker after another take the job over until its step is done: the lease of a dead one must end first."""
    state = job.state
    ends = time.monotonic() + PATIENCE
    while job.state == state:
        assert time.monotonic() < ends, "the step never ends"
        run().wait(PATIENCE)
        job.refresh_from_db()
        time.sleep(0.2)


def test_thousands_of_rows_and_killed_workers(worker):
    job = imports.upload("liste.csv", long_list(ROWS), by=None)

    reading = worker()
    _until(lambda: ImportRow.objects.count() >= ROWS // 20, reading)
    _write_as_the_pages_do()
    _kill(reading)
    job.refresh_from_db()
    assert (job.state, 0 < job.rows_done < ROWS) == ("reading", True)
    _finish(job, worker)
    assert (job.state, job.rows_total, job.rows_done) == ("preview", ROWS, ROWS)
    assert imports.summary(job) == {"new": ROWS, "changed": 0, "unchanged": 0, "doubtful": 0, "refused": 0}
    assert not Contact.objects.exists()

    imports.apply(job, by=None)
    applying = worker()
    _until(lambda: Contact.objects.count() >= ROWS // 20, applying)
    _write_as_the_pages_do()
    _kill(applying)
    done = Contact.objects.count()
    job.refresh_from_db()
    assert 0 < done < ROWS  # all writes of others came in between
    assert job.rows_done == done == job.rows.filter(result="created").count()  # all or nothing of each chunk
    _finish(job, worker)
    assert (job.state, job.rows_done, bytes(job.content)) == ("done", ROWS, b"")

    _assert_everybody_once(job)


def _assert_everybody_once(job: ImportJob) -> None:
    homes = ROWS // PER_ORGANISATION
    assert Contact.objects.count() == ROWS
    assert Contact.objects.values("email_folded").distinct().count() == ROWS
    assert Organisation.objects.count() == homes
    assert Organisation.objects.values("match_key").distinct().count() == homes
    assert Membership.objects.filter(contact=None).count() == Membership.objects.count() == homes
    assert imports.results(job)["created"] == ROWS
    assert job.rows.values("contact").distinct().count() == ROWS
    assert ActivityTarget.objects.filter(kind="partners.contact").count() == ROWS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM partners_contact c JOIN partners_organisation o ON o.id = c.organisation_id"
            " WHERE c.email NOT LIKE '%%@werk' || substr(o.name, 6, length(o.name) - 10) || '.example'"
        )
        assert cursor.fetchone() == (0,)  # everybody is where her row says
