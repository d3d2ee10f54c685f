"""The plan as rows of the job, some hundred at a time, so that planning anew rewrites them and keeps decisions."""

from collections.abc import Iterator

from django.db.models import Q

from partners.models import ImportJob, ImportRow
from partners.services.partner_list.judging import PlannedRow
from partners.services.partner_list.plan import Plan

AT_ONCE = 250
_PLANNED = (
    "number", "sheet", "raw", "values", "outcome", "reasons", "notices", "doubts", "changes", "unknown_networks",
    "double_of", "candidate", "merge_with", "action", "fingerprint",
)  # fmt: skip
Outcome = ImportRow.Outcome
Decision = ImportRow.Decision
Result = ImportRow.Result


def chunks(job: ImportJob, planned: Plan) -> Iterator[list[ImportRow]]:
    """The job's rows, built outside any transaction."""
    for start in range(0, len(planned.rows), AT_ONCE):
        yield [_row(job, row) for row in planned.rows[start : start + AT_ONCE]]


def store(rows: list[ImportRow]) -> None:
    """Insert or rewrite; what the team decided stays."""
    ImportRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["job", "position"], update_fields=list(_PLANNED)
    )


def tidy(job: ImportJob, *, count: int) -> None:
    """After planning anew: rows that are no more go, decisions that no longer fit are taken back."""
    job.rows.filter(position__gt=count).delete()
    clear = ~Q(outcome=Outcome.DOUBTFUL) & Q(decision__in=[Decision.TAKE, Decision.MERGE])
    alone = Q(decision=Decision.MERGE, merge_with="")
    gone = Q(outcome__in=[Outcome.UNCHANGED, Outcome.REFUSED]) & ~Q(decision="")
    job.rows.filter(clear | alone | gone).update(decision="", decided_by=None)


def close(job: ImportJob) -> None:
    """Note the result of all rows that were not to be written."""
    rows = job.rows.filter(result="")
    rows.filter(decision=Decision.LEAVE_OUT).update(result=Result.LEFT_OUT)
    rows.filter(outcome=Outcome.UNCHANGED).exclude(decision=Decision.LEAVE_OUT).update(result=Result.UNCHANGED)
    rows.filter(outcome=Outcome.REFUSED).update(result=Result.REFUSED)
    rows.filter(outcome=Outcome.DOUBTFUL, decision="").update(result=Result.OPEN)


def _row(job: ImportJob, row: PlannedRow) -> ImportRow:
    entry = row.entry
    person = row.stored.candidate or (row.stored.contact if entry.doubts else None)
    return ImportRow(
        job=job,
        position=entry.position,
        number=entry.number,
        sheet=entry.sheet[:100],
        raw=entry.raw,
        values=row.values,
        outcome=row.outcome,
        reasons=row.reasons,
        notices=entry.notices,
        doubts=[doubt.value for doubt in entry.doubts],
        changes=row.shown_changes,
        unknown_networks=list(entry.unknown_networks),
        double_of=row.double_of.number if row.double_of else None,
        candidate=person,
        merge_with=row.merge_with[:300],
        action=row.action,
        fingerprint=row.fingerprint,
    )
