"""The page /betrieb/: shows the lead the state of mails, processes, data and program.

Like /healthz it belongs to the top package: no package below it knows settings, beat and backups.
"""

from collections.abc import Callable, Iterator
from functools import partial

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from netzwerk.operation import machine, mails, processes
from netzwerk.operation.lines import Level, Line, measured

# Heading → label of a line → function that measures it.
LINES: dict[str, dict[str, Callable[[str], Line]]] = {
    "Post": {
        "Fällige Mails": mails.queue,
        "Verbleib der Mails": mails.fates,
        "Mailserver": mails.alarm,
        "Versand": mails.transport,
        "Anmeldung": mails.login,
        "Posteingang": mails.inbox,
    },
    "Prozesse": {"Zeitplan": processes.beat, "Worker": processes.worker, "Warteschlange": processes.broker},
    "Daten": {"Sicherung": machine.backup, "Datenbank": machine.database, "Speicherplatz": machine.disk},
    "Programm": {"Versionen": machine.versions, "Betriebsart": machine.mode},
}


@never_cache
@require_safe
@permission_required("team.watch_operation", raise_exception=True)
def operation(request: HttpRequest) -> HttpResponse:
    """Show every line and the number of lines that need attention."""
    sections = dict(look())
    levels = [line.level for lines in sections.values() for line in lines]
    worst = next((level for level in (Level.DANGER, Level.WARNING) if level in levels), Level.GOOD)
    context = {
        "sections": sections,
        "worst": worst,
        "summary": _summary(levels.count(Level.DANGER), levels.count(Level.WARNING)),
        "now": timezone.now(),
    }
    return render(request, "netzwerk/operation.html", context)


def look() -> Iterator[tuple[str, list[Line]]]:
    """Yield each heading with its measured lines."""
    for heading, lines in LINES.items():
        yield heading, [measured(label, partial(find, label)) for label, find in lines.items()]


def _summary(dangers: int, warnings: int) -> str:
    """Return „Eine Störung, 2 zu beachten“ for the numbers of lines, „Alles in Ordnung“ without any."""
    if not dangers and not warnings:
        return "Alles in Ordnung"
    parts = []
    if dangers:
        parts.append("eine Störung" if dangers == 1 else f"{dangers} Störungen")
    if warnings:
        parts.append(f"{'eines' if warnings == 1 else warnings} zu beachten")
    said = ", ".join(parts)
    return said[0].upper() + said[1:]
