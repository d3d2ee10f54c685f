"""Store the plan as rows of the job, in chunks; planning again rewrites the rows and keeps valid decisions."""

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
    """Yield the job's unsaved rows in chunks of 250 (`AT_ONCE`), built outside any transaction."""
    for start in range(0, len(planned.rows), AT_ONCE):
        yield [_row(job, row) for row in planned.rows[start : start + AT_ONCE]]


def store(rows: list[ImportRow]) -> None:
    """Insert these rows of one job, or rewrite what was planned where the position has a row; never an empty list.

    A decision of the team stays if the row still asks the same (`_still_fits`); a result stays. Called in the
    transaction of one step, after the claim is confirmed.
    """
    _take_back(rows)
    ImportRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["job", "position"], update_fields=list(_PLANNED)
    )


def _take_back(rows: list[ImportRow]) -> None:
    """Reset the stored decisions that do not fit the row of the same position as it is planned now."""
    new = {row.position: row for row in rows}
    decided = ImportRow.objects.filter(job=rows[0].job, position__in=list(new)).exclude(decision=Decision.NONE)
    gone = [row.pk for row in decided if not _still_fits(row, new[row.position])]
    ImportRow.objects.filter(pk__in=gone).update(decision=Decision.NONE, decided_by=None)


def _still_fits(before: ImportRow, row: ImportRow) -> bool:
    """Return whether a decision still applies to the row as planned now.

    That needs the same cells and address, no new doubt or unknown network and, for a doubtful row, the same partners.
    """
    is_settled = not row.doubts
    return (
        before.raw == row.raw
        and set(row.doubts) <= set(before.doubts)
        and set(row.unknown_networks) <= set(before.unknown_networks)
        and before.values.get("email") == row.values.get("email")
        and (is_settled or _partner(before) == _partner(row))
    )


def _partner(row: ImportRow) -> list[object]:
    """Return, to be compared, the partners that a decision concerns.

    These are the candidate, what the row can be merged with, and those that each action would change.
    """
    home = [action.get("organisation", {}).get("id") for action in row.action.values()]
    person = [(name, action.get("contact"), action.get("row")) for name, action in sorted(row.action.items())]
    return [row.candidate_id, row.merge_with, home, person]


def tidy(job: ImportJob, *, count: int) -> None:
    """Delete the rows beyond `count`, and the decisions that the rows' new outcomes do not allow.

    These are to take or merge a row that is not doubtful, to merge without anything to merge with, and any decision
    about an unchanged or refused row. Called after planning, in the transaction that ends it.
    """
    job.rows.filter(position__gt=count).delete()
    clear = ~Q(outcome=Outcome.DOUBTFUL) & Q(decision__in=[Decision.TAKE, Decision.MERGE])
    alone = Q(decision=Decision.MERGE, merge_with="")
    gone = Q(outcome__in=[Outcome.UNCHANGED, Outcome.REFUSED]) & ~Q(decision="")
    job.rows.filter(clear | alone | gone).update(decision="", decided_by=None)


def close(job: ImportJob) -> None:
    """Give each row without a result the one that it has when the job ends, and empty the cells of all.

    It is left out, unchanged or refused, else open: doubtful and undecided, or not written before the team ended the
    job. A row that was decided to be left out is left out whatever its outcome.
    """
    rows = job.rows.filter(result="")
    rows.filter(decision=Decision.LEAVE_OUT).update(result=Result.LEFT_OUT)
    rows.filter(outcome=Outcome.UNCHANGED).exclude(decision=Decision.LEAVE_OUT).update(result=Result.UNCHANGED)
    rows.filter(outcome=Outcome.REFUSED).update(result=Result.REFUSED)
    rows.update(result=Result.OPEN)
    forget_cells(job)


def forget_cells(job: ImportJob) -> None:
    """Empty the rows' cells; nobody needs them once the job has ended."""
    job.rows.update(raw=[])


def _row(job: ImportJob, row: PlannedRow) -> ImportRow:
    """Return the unsaved row of the job for a planned one.

    `candidate` is the possible person, or the certain one of a doubtful row, else None.
    """
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
