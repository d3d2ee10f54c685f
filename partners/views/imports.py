"""Pages of the import of a partner list: upload, preview with decisions, report."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.exports import CONTENT_TYPES, as_csv, as_xlsx
from common.lists import ROWS_PER_PAGE
from partners.forms.imports import DecisionForm, HeadingForm, NetworkQuestionForm, UploadForm
from partners.models import ImportJob, ImportRow
from partners.services import imports
from team.requests import TeamRequest

_REPORT_COLUMNS = ("Zeile", "Einrichtung", "Person", "E-Mail", "Ergebnis", "Entscheidung", "Was geschah", "Gründe")
_STAGES = {
    ImportJob.State.PREVIEW: "preview",
    ImportJob.State.FAILED: "failed",
    ImportJob.State.DONE: "report",
    ImportJob.State.DISCARDED: "report",
}


@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: TeamRequest) -> HttpResponse:
    """Upload a list (POST) and show the earlier imports."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            return redirect(imports.upload(upload.name, upload.read(), by=request.user))
        except imports.UnreadableFile as error:
            form.add_error("file", str(error))
    jobs = Paginator(ImportJob.objects.without_content().select_related("by"), ROWS_PER_PAGE)
    context = {"form": form, "page_obj": jobs.get_page(request.GET.get("page"))}
    return render(request, "partners/imports.html", context, status=422 if form.errors else 200)


@require_safe
def import_job(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Show the job: progress, questions and preview, or report.

    While the job is being read or applied, the page polls each second; when that is done, it reloads.
    """
    job = _job(pk)
    if job.state not in _STAGES:
        return render(request, "partners/import_working.html", {"job": job})
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"job": job, **_rows(request, job)}
    if job.state == ImportJob.State.PREVIEW:
        context |= _preview(job)
    if job.state == ImportJob.State.DONE:
        results = imports.results(job).items()
        context["results"] = [(ImportRow.Result(code).label, number) for code, number in results if code and number]
    return render(request, f"partners/import_{_STAGES[ImportJob.State(job.state)]}.html", context)


@require_POST
def import_decide(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Record the decision for one row, or for all that are undecided."""
    job = _job(pk)
    form = DecisionForm(job, request.POST)
    if not form.is_valid():
        messages.error(request, "Bitte wählen Sie zu einer Zeile eine der angebotenen Möglichkeiten.")
        return redirect(job)
    number = imports.decide(form.rows, form.decision, by=request.user)
    messages.success(request, f"Entschieden: {number} Zeile{'' if number == 1 else 'n'}.")
    position = form.cleaned_data["decide"].split(":")[0]
    return redirect(f"{job.get_absolute_url()}?{request.POST.get('back', '')}#zeile-{position}")


@require_POST
def import_questions(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Store the answers about headings and network names; the file is then planned again in the background.

    Nothing is stored when an answer is invalid or its question is no longer asked; a message says so on the next page.
    """
    job = _job(pk)
    questions = imports.open_questions(job)
    headings = HeadingForm(questions.headings, request.POST)
    networks = NetworkQuestionForm(questions.networks, request.POST)
    if headings.answers_something_else or networks.answers_something_else:
        messages.error(request, "Eine dieser Fragen ist inzwischen beantwortet. Bitte sehen Sie noch einmal nach.")
        return redirect(job)
    if not (headings.is_valid() and networks.is_valid()):
        messages.error(request, "Bitte wählen Sie aus den angebotenen Antworten.")
        return redirect(job)
    with _reporting_refusal(request):
        if heading_answers := headings.answers():
            imports.map_headings(job, heading_answers, by=request.user)
        if network_answers := networks.answers():
            imports.answer_networks(job, network_answers, by=request.user)
    return redirect(job)


@require_POST
def import_apply(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Start writing the clear and the decided rows in the background."""
    job = _job(pk)
    with _reporting_refusal(request):
        imports.apply(job, by=request.user)
    return redirect(job)


@require_POST
def import_discard(request: TeamRequest, pk: UUID) -> HttpResponse:
    """Discard the list, or end one that was applied in part."""
    job = _job(pk)
    with _reporting_refusal(request):
        imports.discard(job, by=request.user)
        if job.state == ImportJob.State.DONE:
            messages.success(request, "Beendet. Was schon übernommen war, bleibt.")
            return redirect(job)
        messages.success(request, "Verworfen. An Ihren Partnern hat sich nichts geändert.")
    return redirect("partners:imports")


@require_safe
def import_report(request: TeamRequest, pk: UUID, kind: str) -> HttpResponse:
    """Return the result of each row of an import, in whatever state it is, as a CSV or XLSX file to download."""
    job = _job(pk)
    rows = _report_rows(job)
    content = as_csv(_REPORT_COLUMNS, rows) if kind == "csv" else as_xlsx(_REPORT_COLUMNS, rows, title="Bericht")
    headers = {"Content-Disposition": f'attachment; filename="bericht-{slugify(PurePath(job.file_name).stem)}.{kind}"'}
    return HttpResponse(content, content_type=CONTENT_TYPES[kind], headers=headers)


@contextmanager
def _reporting_refusal(request: TeamRequest) -> Iterator[None]:
    """Show a message on the next page when the job's state no longer allows the act."""
    try:
        yield
    except imports.NotNow as error:
        messages.error(request, str(error))


def _job(pk: UUID) -> ImportJob:
    return get_object_or_404(ImportJob.objects.without_content().select_related("by"), pk=pk)


def _rows(request: TeamRequest, job: ImportJob) -> dict[str, Any]:
    """Return one page of rows, of one outcome if `?zeilen=` names it, and the tabs for all outcomes."""
    outcome = request.GET.get("zeilen", "")
    rows = job.rows.select_related("contact", "candidate__organisation").defer("action", "raw")
    if outcome in ImportRow.Outcome.values:
        rows = rows.filter(outcome=outcome)
    summary = imports.summary(job)
    tabs = [{"code": code, "label": label, "count": summary[code]} for code, label in ImportRow.Outcome.choices]
    return {
        "outcome": outcome,
        "outcome_tabs": tabs,
        "row_count": sum(summary.values()),
        "page_obj": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
    }


def _preview(job: ImportJob) -> dict[str, Any]:
    questions = imports.open_questions(job)
    return {
        "take_count": job.rows.to_write().count(),
        "open_count": job.rows.undecided().count(),
        "question_count": len(questions.headings) + len(questions.networks),
        "heading_form": HeadingForm(questions.headings),
        "network_form": NetworkQuestionForm(questions.networks),
    }


def _report_rows(job: ImportJob) -> Iterator[Sequence[Any]]:
    for row in job.rows.defer("action", "raw").iterator():
        yield (
            row.number,
            row.values.get("organisation", ""),
            row.values.get("person", ""),
            row.values.get("email", ""),
            row.get_outcome_display(),
            row.get_decision_display() if row.decision else "",
            row.result_text or row.get_result_display(),
            " · ".join([*row.reasons, *row.notices]),
        )
