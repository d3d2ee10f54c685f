"""A partner list on its way in: uploaded, planned, decided, applied. The job's rows are the truth.

Pages call `upload`, `decide`, `answer_networks`, `map_headings`, `apply` and `discard`; the worker calls `work`.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from celery import current_app
from django.db import OperationalError, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from common.folding import match_key
from partners.models import HeadingAlias, ImportJob, ImportRow, NetworkAlias
from partners.services.partner_list import catalogue, claims, headings, networks, plan, sheets, storing, write
from partners.services.partner_list.places import Places
from partners.services.partner_list.sheets import UnreadableFile
from regions.models import Municipality, Network
from team.models import User
from team.services import activity

__all__ = ["NetworkQuestion", "NotNow", "Questions", "UnreadableFile"]

WRITE_AT_ONCE = 50
PAUSE_SECONDS = 0.1  # between two transactions: whoever waits to write (SQLite asks every 0.1 s) gets her turn
MAX_ATTEMPTS = 5
State = ImportJob.State
Result = ImportRow.Result
Decision = ImportRow.Decision
Outcome = ImportRow.Outcome
log = logging.getLogger(__name__)


class NotNow(Exception):
    """The job is in a state in which this cannot be done; the message is German."""


@dataclass(frozen=True, slots=True)
class NetworkQuestion:
    """A network name that nobody knows: in how many rows it stands, and what it may mean."""

    label: str
    rows: int
    suggestions: list[Network]


@dataclass(frozen=True, slots=True)
class HeadingQuestion:
    """A column that nobody knows, with cells from it."""

    sheet: str
    heading: str
    samples: list[str]


@dataclass(frozen=True, slots=True)
class Questions:
    """What only the team can answer about a list."""

    networks: list[NetworkQuestion]
    headings: list[HeadingQuestion]

    def __bool__(self) -> bool:
        return bool(self.networks or self.headings)


# --- What the pages do -------------------------------------------------------------------------------


@transaction.atomic
def upload(file_name: str, content: bytes, *, by: User | None, worker: str = "") -> ImportJob:
    """Take a file in and have it read in the background. Raises `UnreadableFile` for what is none.

    With `worker`, the job belongs to it from the start and nobody is nudged.
    """
    sheets.check(file_name, content)
    job = ImportJob.objects.create(
        by=by, file_name=PurePath(file_name).name[:255], content=content, claimed_by=worker, claimed_until=_held(worker)
    )
    activity.record(f"hat die Liste „{job.file_name}“ hochgeladen", by=by, about=[job])
    if not worker:
        _nudge()
    return job


@transaction.atomic
def decide(rows: QuerySet[ImportRow], decision: str, *, by: User | None) -> int:
    """Decide rows of jobs in preview; return how many. Only what can be decided so is: merging needs another side.

    Clear rows (new, changed) can be left out; an empty decision takes one back.
    """
    rows = rows.filter(job__state=State.PREVIEW, result="")
    if decision == Decision.TAKE:
        rows = rows.filter(outcome=Outcome.DOUBTFUL)
    elif decision == Decision.MERGE:
        rows = rows.filter(outcome=Outcome.DOUBTFUL).exclude(merge_with="")
    else:
        rows = rows.filter(outcome__in=[Outcome.DOUBTFUL, Outcome.NEW, Outcome.CHANGED])
    return rows.update(decision=decision, decided_by=by if decision else None)


@transaction.atomic
def answer_networks(job: ImportJob, answers: Mapping[str, Iterable[Network]], *, by: User | None) -> None:
    """Remember which networks a name means (none of them: no membership), and plan the list anew."""
    _leave(job, [State.PREVIEW, State.READING], to=State.READING)
    for label, meant in answers.items():
        chosen = list(meant)
        alias, _ = NetworkAlias.objects.update_or_create(
            key=networks.network_key(label), defaults={"label": label[:120]}
        )
        alias.networks.set(chosen)
        names = ", ".join(network.short_name for network in chosen) or "kein Netzwerk"
        activity.record(f"hat festgelegt: „{label}“ bedeutet in Listen {names}", by=by, about=[job, *chosen])
    _nudge()


@transaction.atomic
def map_headings(job: ImportJob, fields: Mapping[str, str], *, by: User | None) -> None:
    """Say what columns mean (heading → a field of `headings.FIELDS`), remember it, and plan the list anew."""
    unknown = set(fields.values()) - set(headings.FIELDS)
    if unknown:
        raise ValueError(f"unknown fields: {unknown}")
    _leave(job, [State.PREVIEW, State.READING], to=State.READING, mapping={**job.mapping, **fields})
    for heading, field in fields.items():
        if headings.is_remembered(heading):
            HeadingAlias.objects.update_or_create(key=match_key(heading)[:120], defaults={"field": field})
        meaning = headings.FIELDS[field]
        activity.record(f"hat festgelegt: Die Spalte „{heading}“ in Listen ist „{meaning}“", by=by, about=[job])
    _nudge()


@transaction.atomic
def apply(job: ImportJob, *, by: User | None, worker: str = "") -> None:
    """Have the clear and the decided rows written in the background. With `worker`, that one does it itself."""
    to_write = job.rows.to_write().count()
    _leave(
        job,
        [State.PREVIEW],
        to=State.APPLYING,
        applied_by=by,
        rows_total=to_write,
        rows_done=0,
        error="",
        claimed_by=worker,
        claimed_until=_held(worker),
    )
    if not worker:
        _nudge()


@transaction.atomic
def discard(job: ImportJob, *, by: User | None) -> None:
    """Forget a list that is not applied: its file and its rows are deleted, the job stays as a note.

    One that was applied in part is done instead: its report says what was written, and the rest stays open.
    """
    _leave(job, [State.READING, State.PREVIEW, State.FAILED], to=State.DISCARDED, content=b"", questions={})
    if job.rows.written().exists():
        _leave(job, [State.DISCARDED], to=State.DONE, applied_by=job.applied_by or by, finished_at=timezone.now())
        storing.close(job)
        activity.record(_sum(job), by=by, about=[job])
        return
    job.rows.all().delete()
    activity.record(f"hat die Liste „{job.file_name}“ verworfen", by=by, about=[job])


def summary(job: ImportJob) -> dict[str, int]:
    """Outcome → number of rows; every outcome is there. One query."""
    found = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}


def results(job: ImportJob) -> dict[str, int]:
    """Result → number of rows, once the job is done; every result is there. One query."""
    found = dict(job.rows.order_by().values_list("result").annotate(Count("pk")))
    return {result.value: found.get(result.value, 0) for result in Result}


def open_questions(job: ImportJob) -> Questions:
    """What the team can answer about this list, with suggestions. Two queries, none when there is no question."""
    asked = job.questions.get("networks", [])
    active = list(Network.objects.active()) if asked else []
    municipalities = list(Municipality.objects.all()) if asked else []
    return Questions(
        networks=[
            NetworkQuestion(one["label"], one["rows"], networks.suggest(one["label"], active, municipalities))
            for one in asked
        ],
        headings=[
            HeadingQuestion(one["sheet"], one["heading"], one["samples"]) for one in job.questions.get("headings", [])
        ],
    )


def suggest_networks(label: str) -> list[Network]:
    """What an unknown network name may mean; never applied without an answer."""
    return networks.suggest(label, Network.objects.active(), Municipality.objects.all())


# --- What the worker does ----------------------------------------------------------------------------


def work(*, worker: str) -> bool:
    """Do the next step of the oldest job that waits: plan it, or write it.

    False when there is nothing more for this worker: nothing waits, another works, or the job was lost to another. A
    worker that is not heard of for longer than the lease loses its job; it notices at its next write, which is undone.
    """
    job = claims.take(worker)
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        text = "Das Einlesen ist mehrmals abgebrochen. Bitte teilen Sie die Liste in kleinere Dateien."
        _give_up(claims.Claim(job, worker), text)
        return True
    return _step(job, worker)


def run(file_name: str, content: bytes, *, worker: str) -> ImportJob:
    """Read and apply a list at once, in this process; doubtful rows stay open. Raises `UnreadableFile`.

    The job comes back in another state than done when another worker took it over.
    """
    job = upload(file_name, content, by=None, worker=worker)
    _step(job, worker)
    job.refresh_from_db()
    if job.state == State.FAILED:
        raise UnreadableFile(job.error)
    if job.state != State.PREVIEW:
        return job
    apply(job, by=None, worker=worker)
    job.refresh_from_db()
    _step(job, worker)
    job.refresh_from_db()
    return job


def preview(file_name: str, content: bytes) -> plan.Plan:
    """What reading a list would do; writes nothing, not even a job. Raises `UnreadableFile`."""
    return plan.make(sheets.read(file_name, content), catalogue.load(), answers={})


def _step(job: ImportJob, worker: str) -> bool:
    """False when another worker has the job now."""
    try:
        _try(job, claims.Claim(job, worker))
    except claims.LostClaim as lost:
        log.info("left to another worker: %s", lost)
        return not ImportJob.objects.claimed().filter(pk=job.pk).exists()
    return True


def _try(job: ImportJob, claim: claims.Claim) -> None:
    try:
        if job.state == State.READING:
            _read(job, claim)
        else:
            _apply(job, claim)
    except UnreadableFile as error:
        _fail(claim, str(error)[:500])
    except (claims.LostClaim, OperationalError):
        raise  # the database was away or busy: the lease ends, and the sweep takes the job up again
    except Exception:
        log.exception("import %s failed", job.pk)
        _give_up(
            claim,
            "Dabei ist im Programm ein Fehler aufgetreten. Bitte versuchen Sie es noch einmal; wenn es wieder "
            "geschieht, geben Sie bitte der Betreuung des Programms Bescheid. Was schon übernommen ist, bleibt.",
        )


def _give_up(claim: claims.Claim, text: str) -> None:
    """Reading has failed; what is half applied goes back to the preview, from where it can be applied again."""
    if claim.job.state == State.READING:
        _fail(claim, text)
    else:
        claim.finish(state=State.PREVIEW, error=text)


@transaction.atomic
def _fail(claim: claims.Claim, text: str) -> None:
    claim.finish(state=State.FAILED, error=text, content=b"")
    storing.forget_cells(claim.job)


def _read(job: ImportJob, claim: claims.Claim) -> None:
    content = bytes(ImportJob.objects.values_list("content", flat=True).get(pk=job.pk))
    book = sheets.read(job.file_name, content, beat=claim.beat)
    claim.confirm(rows_total=sum(len(sheet.rows) for sheet in book.sheets), rows_done=0, error="")
    planned = plan.make(book, catalogue.load(), answers=job.mapping, beat=claim.beat)
    for rows in storing.chunks(job, planned):
        with transaction.atomic():
            claim.confirm(rows_total=len(planned.rows), rows_done=rows[-1].position)
            storing.store(rows)
        time.sleep(PAUSE_SECONDS)
    with transaction.atomic():
        storing.tidy(job, count=len(planned.rows))
        claim.finish(
            state=State.PREVIEW,
            questions=planned.questions,
            columns=planned.columns,
            skipped_sheets=planned.skipped_sheets,
            rows_done=len(planned.rows),
        )


def _apply(job: ImportJob, claim: claims.Claim) -> None:
    places = Places.of(Municipality.objects.all())
    done = ImportJob.objects.values_list("rows_done", flat=True).get(pk=job.pk)

    def confirm(number: int) -> None:
        claim.confirm(rows_done=done + number, attempts=0)

    last = 0
    while rows := list(job.rows.to_write().filter(position__gt=last)[:WRITE_AT_ONCE]):
        write.write(job, rows, places=places, confirm=confirm)
        last = rows[-1].position
        done += len(rows)
        time.sleep(PAUSE_SECONDS)
    with transaction.atomic():
        claim.confirm()
        storing.close(job)
        activity.record(_sum(job), by=job.applied_by, about=[job])
        claim.finish(state=State.DONE, finished_at=timezone.now(), content=b"", error="", questions={})


def _sum(job: ImportJob) -> str:
    found = results(job)
    left = found[Result.OPEN] + found[Result.CONFLICT]
    return (
        f"hat die Liste „{job.file_name}“ eingelesen: neu {found[Result.CREATED]}, "
        f"geändert {found[Result.UPDATED]}, unverändert {found[Result.UNCHANGED]}, offen {left}"
    )


def _leave(job: ImportJob, states: Sequence[str], *, to: str, **values: Any) -> None:
    """Move a job on; exactly one of two who try wins. Raises `NotNow`."""
    moved = ImportJob.objects.filter(pk=job.pk, state__in=states).update(
        state=to, **{"claimed_by": "", "claimed_until": None, "attempts": 0, "updated_at": timezone.now(), **values}
    )
    if not moved:
        raise NotNow("Die Liste ist inzwischen in einem anderen Stand. Bitte laden Sie die Seite neu.")
    job.state = to


def _held(worker: str) -> datetime | None:
    return claims.lease_ends() if worker else None


def _nudge() -> None:
    """Wake a worker once this is committed; what is lost on the way the sweep picks up."""
    transaction.on_commit(lambda: current_app.send_task("partners.work_imports"), robust=True)
