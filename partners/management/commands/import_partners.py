"""Import a partner list (.xlsx, .csv) from the command line: `import_partners FILE [--dry-run]`."""

import os
import socket
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partners.models import ImportJob, ImportRow
from partners.services import imports

Outcome = ImportRow.Outcome


class Command(BaseCommand):
    help = "Liest eine Partnerliste (.xlsx, .csv) ein. Zweifelhafte und abgelehnte Zeilen werden nie geschrieben."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="DATEI", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, was geschehen würde; nichts schreiben")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            shown = os.fsencode(file).decode(errors="replace")
            raise CommandError(f"Die Datei {shown} lässt sich nicht öffnen: {error.strerror}") from error
        name = os.fsencode(file.name).decode(errors="replace")  # no database stores bytes that are not UTF-8
        try:
            counts = self._show(name, content) if dry_run else self._apply(name, content)
        except imports.UnreadableFile as error:
            raise CommandError(f"{name}: {error}") from error
        self.stdout.write(", ".join(f"{Outcome(outcome).label} {number}" for outcome, number in counts.items()))

    def _show(self, name: str, content: bytes) -> dict[str, int]:
        """Print what importing would do with each row; return outcome → number of rows. Writes nothing."""
        planned = imports.preview(name, content)
        self._write_head(planned.skipped_sheets, planned.questions.get("headings", []))
        for row in planned.rows:
            entry = row.entry
            self._write_row(
                entry.where, row.outcome, row.values, [*row.reasons, *_changes(row.shown_changes), *entry.notices]
            )
        return planned.counts

    def _apply(self, name: str, content: bytes) -> dict[str, int]:
        """Import the list and print what was done with each row; return outcome → number of rows.

        A row in conflict counts as doubtful. Raise CommandError when writing failed or another worker took over.
        """
        job = imports.run(name, content, worker=f"{socket.gethostname()[:30]}:{os.getpid()}:command")
        if job.state != ImportJob.State.DONE:
            raise CommandError(job.error or "Das Einlesen wurde unterbrochen; der Hintergrunddienst führt es fort.")
        self._write_head(job.skipped_sheets, [column for column in job.columns if not column["field"]])
        counts = {outcome.value: 0 for outcome in Outcome}
        for row in job.rows.iterator(2000):
            is_undone = row.result == ImportRow.Result.CONFLICT
            outcome = Outcome.DOUBTFUL if is_undone else row.outcome
            counts[outcome] += 1
            where = f"Zeile {row.number}" + (f" ({row.sheet})" if row.sheet else "")
            why = [row.result_text] if row.result_text else []
            self._write_row(where, outcome, row.values, [*why, *row.reasons, *_changes(row.changes), *row.notices])
        return counts

    def _write_head(self, skipped_sheets: Iterable[str], headings: Iterable[dict[str, Any]]) -> None:
        for name in skipped_sheets:
            self.stdout.write(f"Blatt nicht gelesen: {name}")
        for column in headings:
            self.stdout.write(f"Spalte nicht zugeordnet: {column['heading']}")

    def _write_row(self, where: str, outcome: str, values: dict[str, str], texts: Iterable[str]) -> None:
        who = ", ".join(filter(None, (values.get("person"), values.get("organisation"))))
        said = "; ".join(" ".join(text.split()) for text in texts)
        self.stdout.write(f"{where}: {Outcome(outcome).label} – {who or 'ohne Person'}: {said}")


def _changes(changes: Iterable[list[str]]) -> list[str]:
    return [f"{label}: „{old}“ → „{new}“" for label, old, new in changes]
