"""Import a partner list: upload, plan, decide, apply. The job's rows hold the state of the work.

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
PAUSE_SECONDS = 0.1  # between two transactions: others get to write (SQLite retries every 0.1 s)
MAX_ATTEMPTS = 5
State = ImportJob.State
Result = ImportRow.Result
Decision = ImportRow.Decision
Outcome = ImportRow.Outcome
log = logging.getLogger(__name__)


class NotNow(Exception):
    """The job's state does not allow this act; the message is German."""


@dataclass(frozen=True, slots=True)
class NetworkQuestion:
    """An unknown network name: the number of rows that use it, and the networks that it may mean."""

    label: str
    rows: int
    suggestions: list[Network]


@dataclass(frozen=True, slots=True)
class HeadingQuestion:
    """A column of unknown meaning, with sample cells."""

    sheet: str
    heading: str
    samples: list[str]


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions about a list that only the team can answer."""

    networks: list[NetworkQuestion]
    headings: list[HeadingQuestion]

    def __bool__(self) -> bool:
        return bool(self.networks or self.headings)


# --- Called by the pages ------------------------------------------------------------------------------


@transaction.atomic
def upload(file_name: str, content: bytes, *, by: User | None, worker: str = "") -> ImportJob:
    """Store a file and have it read in the background; record it in the log. `by` is None for the command.

    With `worker`, that worker claims the job at once and no other is woken. Raise `UnreadableFile` for a file that is
    empty, too large or clearly no list.
    """
    sheets.check(file_name, content)
    job = ImportJob.objects.create(
        by=by,
        file_name=PurePath(file_name).name[:255],
        content=content,
        claimed_by=worker,
        claimed_until=_lease_for(worker),
    )
    activity.record(f"hat die Liste „{job.file_name}“ hochgeladen", by=by, about=[job])
    if not worker:
        _nudge()
    return job


@transaction.atomic
def decide(rows: QuerySet[ImportRow], decision: str, *, by: User | None) -> int:
    """Record a decision for the rows that are in a preview and have no result yet; return the number of rows.

    Rows that do not allow the decision are skipped: only doubtful rows can be taken or merged, and merging needs
    something to merge with (`merge_with`). Doubtful, new and changed rows can be left out. An empty decision removes
    the earlier one.
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
    """Store which networks each name means, for this and all later lists, and have it planned again.

    `answers` maps the name as written to networks; none means no membership. Records a sentence per name in the log. A
    worker that reads the list loses its claim, and another one is woken. Raise `NotNow` when the job is neither in
    preview nor being read.
    """
    _change_state(job, [State.PREVIEW, State.READING], to=State.READING)
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
    """Store the meanings of columns (heading → a field of `headings.FIELDS`) and have the list planned again.

    Meanings that apply to later files (`headings.is_remembered`) are kept for them. Records a sentence per heading in
    the log. A worker that reads the list loses its claim, and another one is woken. Raise ValueError for a field that
    does not exist, and `NotNow` when the job is neither in preview nor being read.
    """
    unknown = set(fields.values()) - set(headings.FIELDS)
    if unknown:
        raise ValueError(f"unknown fields: {unknown}")
    _change_state(job, [State.PREVIEW, State.READING], to=State.READING, mapping={**job.mapping, **fields})
    for heading, field in fields.items():
        if headings.is_remembered(heading):
            HeadingAlias.objects.update_or_create(key=match_key(heading)[:120], defaults={"field": field})
        meaning = headings.FIELDS[field]
        activity.record(f"hat festgelegt: Die Spalte „{heading}“ in Listen ist „{meaning}“", by=by, about=[job])
    _nudge()


@transaction.atomic
def apply(job: ImportJob, *, by: User | None, worker: str = "") -> None:
    """Have the clear and the decided rows (`to_write`) written in the background.

    With `worker`, that worker claims the job, no other is woken, and it must write the rows itself. The log gets its
    sentence when all is written. Raise `NotNow` unless the job is in preview.
    """
    to_write = job.rows.to_write().count()
    _change_state(
        job,
        [State.PREVIEW],
        to=State.APPLYING,
        applied_by=by,
        rows_total=to_write,
        rows_done=0,
        error="",
        claimed_by=worker,
        claimed_until=_lease_for(worker),
    )
    if not worker:
        _nudge()


@transaction.atomic
def discard(job: ImportJob, *, by: User | None) -> None:
    """Discard a list that is not applied: delete its file and rows, keep the job as a record, and log it.

    A list that was applied in part becomes done instead: its report shows what was written, and the other rows get the
    result of a list that has ended (`storing.close`). Raise `NotNow` when the job is being applied, done or discarded.
    """
    _change_state(job, [State.READING, State.PREVIEW, State.FAILED], to=State.DISCARDED, content=b"", questions={})
    if job.rows.written().exists():
        _change_state(
            job, [State.DISCARDED], to=State.DONE, applied_by=job.applied_by or by, finished_at=timezone.now()
        )
        storing.close(job)
        activity.record(_summary_sentence(job), by=by, about=[job])
        return
    job.rows.all().delete()
    activity.record(f"hat die Liste „{job.file_name}“ verworfen", by=by, about=[job])


def summary(job: ImportJob) -> dict[str, int]:
    """Return outcome → number of rows, with every outcome. One query."""
    found = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}


def results(job: ImportJob) -> dict[str, int]:
    """Return result → number of rows, with every result; for a job that is done. One query."""
    found = dict(job.rows.order_by().values_list("result").annotate(Count("pk")))
    return {result.value: found.get(result.value, 0) for result in Result}


def open_questions(job: ImportJob) -> Questions:
    """Return the open questions about this list, with suggestions. Two queries, none without network questions."""
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
    """Return the networks that an unknown name may mean, or []; nothing applies them without an answer."""
    return networks.suggest(label, Network.objects.active(), Municipality.objects.all())


# --- Called by the worker ---------------------------------------------------------------------------


def work(*, worker: str) -> bool:
    """Do the next step of the oldest waiting job, plan or write; return False if none waits or one is held or lost.

    After five attempts without success a job is given up: failed without its file or, if being applied, in the preview.
    Passes on OperationalError, and LostClaim if the job is lost just before it is given up. Called until False.
    """
    job = claims.take(worker)
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        text = "Das Einlesen ist mehrmals abgebrochen. Bitte teilen Sie die Liste in kleinere Dateien."
        _give_up(claims.Claim(job, worker), text)
        return True
    return _do_step(job, worker)


def run(file_name: str, content: bytes, *, worker: str) -> ImportJob:
    """Read and apply a list at once, in this process; doubtful rows stay open. Called by the command.

    The job is done on return, unless another worker took it over or writing failed (state PREVIEW, `error` says why).
    Raise `UnreadableFile` when reading failed.
    """
    job = upload(file_name, content, by=None, worker=worker)
    _do_step(job, worker)
    job.refresh_from_db()
    if job.state == State.FAILED:
        raise UnreadableFile(job.error)
    if job.state != State.PREVIEW:
        return job
    apply(job, by=None, worker=worker)
    job.refresh_from_db()
    _do_step(job, worker)
    job.refresh_from_db()
    return job


def preview(file_name: str, content: bytes) -> plan.Plan:
    """Return what importing a list would do; write nothing, not even a job. Raise `UnreadableFile`."""
    return plan.make(sheets.read(file_name, content), catalogue.load(), answers={})


def _do_step(job: ImportJob, worker: str) -> bool:
    """Do one step of the job; return False when another worker has it now, True also when the team has changed it."""
    try:
        _try_step(job, claims.Claim(job, worker))
    except claims.LostClaim as lost:
        log.info("left to another worker: %s", lost)
        return not ImportJob.objects.claimed().filter(pk=job.pk).exists()
    return True


def _try_step(job: ImportJob, claim: claims.Claim) -> None:
    """Read the list or write its rows; an unreadable file or an error of ours becomes its state. Raise LostClaim."""
    try:
        if job.state == State.READING:
            _read(job, claim)
        else:
            _apply(job, claim)
    except UnreadableFile as error:
        _fail(claim, str(error)[:500])
    except (claims.LostClaim, OperationalError):
        raise  # the database was unavailable or busy: the lease ends, and the sweep resumes the job
    except Exception:
        log.exception("import %s failed", job.pk)
        _give_up(
            claim,
            "Dabei ist im Programm ein Fehler aufgetreten. Bitte versuchen Sie es noch einmal; wenn es wieder "
            "geschieht, geben Sie bitte der Betreuung des Programms Bescheid. Was schon übernommen ist, bleibt.",
        )


def _give_up(claim: claims.Claim, text: str) -> None:
    """Mark a job that is being read as failed, which deletes its file; return one that is being applied to the preview.

    A failed job has to be uploaded anew; one in the preview can be applied again. `text` is the German reason for
    the page. Raise LostClaim.
    """
    if claim.job.state == State.READING:
        _fail(claim, text)
    else:
        claim.finish(state=State.PREVIEW, error=text)


@transaction.atomic
def _fail(claim: claims.Claim, text: str) -> None:
    """Mark the job as failed, with this German reason, and delete its file and cells. Raise LostClaim."""
    claim.finish(state=State.FAILED, error=text, content=b"")
    storing.forget_cells(claim.job)


def _read(job: ImportJob, claim: claims.Claim) -> None:
    """Plan the list, store its rows in short transactions and move the job to the preview. Raise LostClaim."""
    content = bytes(ImportJob.objects.values_list("content", flat=True).get(pk=job.pk))
    book = sheets.read(job.file_name, content, beat=claim.beat)
    claim.confirm(rows_total=sum(len(sheet.rows) for sheet in book.sheets), rows_done=0, error="")
    planned = plan.make(book, catalogue.load(), answers=job.mapping, beat=claim.beat)
    for number, rows in enumerate(storing.chunks(job, planned)):
        if number:
            time.sleep(PAUSE_SECONDS)
        with transaction.atomic():
            claim.confirm(rows_total=len(planned.rows), rows_done=rows[-1].position)
            storing.store(rows)
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
    """Write the rows that are still to be written, 50 per transaction, then end the job and record it in the log."""
    places = Places.of(Municipality.objects.all())
    done = ImportJob.objects.values_list("rows_done", flat=True).get(pk=job.pk)

    def confirm(number: int) -> None:
        claim.confirm(rows_done=done + number, attempts=0)

    last = 0
    while rows := list(job.rows.to_write().filter(position__gt=last)[:WRITE_AT_ONCE]):
        if last:
            time.sleep(PAUSE_SECONDS)
        write.write(job, rows, places=places, confirm=confirm)
        last = rows[-1].position
        done += len(rows)
    with transaction.atomic():
        claim.confirm()
        storing.close(job)
        activity.record(_summary_sentence(job), by=job.applied_by, about=[job])
        claim.finish(state=State.DONE, finished_at=timezone.now(), content=b"", error="", questions={})


def _summary_sentence(job: ImportJob) -> str:
    """Return the sentence for the log with the numbers of rows; those left out and refused are not counted."""
    found = results(job)
    left = found[Result.OPEN] + found[Result.CONFLICT]
    return (
        f"hat die Liste „{job.file_name}“ eingelesen: neu {found[Result.CREATED]}, "
        f"geändert {found[Result.UPDATED]}, unverändert {found[Result.UNCHANGED]}, offen {left}"
    )


def _change_state(job: ImportJob, states: Sequence[str], *, to: str, **values: Any) -> None:
    """Change the job's state by one UPDATE if it is in one of `states`, and write `values`.

    Of two concurrent calls exactly one succeeds, unless `to` is one of `states`. A worker's claim ends unless `values`
    sets another, and the attempts begin anew. In memory only `job.state` follows. Raise `NotNow` when the job is in
    another state.
    """
    moved = ImportJob.objects.filter(pk=job.pk, state__in=states).update(
        state=to, **{"claimed_by": "", "claimed_until": None, "attempts": 0, "updated_at": timezone.now(), **values}
    )
    if not moved:
        raise NotNow("Die Liste ist inzwischen in einem anderen Stand. Bitte laden Sie die Seite neu.")
    job.state = to


def _lease_for(worker: str) -> datetime | None:
    return claims.lease_ends() if worker else None


def _nudge() -> None:
    """Wake a worker after the commit; the periodic sweep covers a lost message."""
    transaction.on_commit(lambda: current_app.send_task("partners.work_imports"), robust=True)
