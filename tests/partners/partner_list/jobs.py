"""Jobs for tests: read, decided, applied."""

from partners.services import imports
from tests.partners.partner_list.lists import as_csv


def read(*rows, by=None, without=()):
    """A job whose list is read and waits for decisions."""
    job = imports.upload("liste.csv", as_csv(*rows, without=without), by=by)
    return worked(job)


def worked(job):
    """The job after a worker had its turn."""
    while imports.work(worker="test"):
        pass
    job.refresh_from_db()
    return job


def applied(job, *, by=None, decision=""):
    """The job after all doubtful rows were decided so and it was applied."""
    if decision:
        imports.decide(job.rows.undecided(), decision, by=by)
    imports.apply(job, by=by)
    return worked(job)


def results(job):
    """Row number → what became of it."""
    return {row.number: row.result for row in job.rows.all()}
