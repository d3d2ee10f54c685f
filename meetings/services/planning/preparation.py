"""The missing data of a meeting and its next steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from meetings.models import Difference, Meeting

_LAST_ITEM_LASTS = timedelta(minutes=60)  # assumed duration of the last agenda item


@dataclass(frozen=True)
class Missing:
    """A missing thing in German words, and the address of the page where it is added."""

    text: str
    url: str


@dataclass(frozen=True)
class Step:
    """A next step: its local day (None: now), the German text, and links (address, label) to do it."""

    on: date | None
    text: str
    links: tuple[tuple[str, str], ...] = ()


def missing(meeting: Meeting) -> list[Missing]:
    """Return what the meeting lacks, in the order of adding it; nothing for one that is over or called off.

    Reads `host` and `agenda_items`.
    """
    if meeting.is_past or meeting.is_cancelled:
        return []
    form, agenda = (reverse(f"meetings:{name}", args=[meeting.pk]) for name in ("meeting_update", "agenda_edit"))
    found = [Missing(text, form) for text in _missing_facts(meeting)]
    gap = _agenda_gap(meeting)
    return [*found, Missing(gap, agenda)] if gap else found


def _missing_facts(meeting: Meeting) -> list[str]:
    """Return in German what the form of the meeting lacks: place, room, text, responsible person."""
    found = []
    if meeting.has_in_person and not meeting.location:
        found.append("Gastgeber oder Ort")
    if meeting.has_online and not meeting.online_link:
        found.append("Online-Raum")
    if not meeting.text:
        found.append("Worum es geht")
    if meeting.responsible_id is None:
        found.append("Zuständige Person")
    return found


def _agenda_gap(meeting: Meeting) -> str:
    """Return „Ablauf“ without an agenda, „Ablauf ab 16:30“ when it ends before the meeting, else "".

    The last item is taken to last 60 minutes. Also names an item that begins at the meeting's end or later.
    """
    last = max(meeting.agenda_items.all(), key=lambda item: item.offset_minutes, default=None)
    if last is None:
        return "Ablauf"
    if last.starts_at >= meeting.ends_at:
        return "Ablauf bis zum Ende (ein Punkt liegt dahinter)"
    over_at = last.starts_at + _LAST_ITEM_LASTS
    return f"Ablauf ab {timezone.localtime(over_at):%H:%M}" if over_at < meeting.ends_at else ""


def next_steps(meeting: Meeting, *, untold: Sequence[Difference] = ()) -> list[Step]:
    """Return the next steps: invite, while nobody is invited; else tell `untold`, the deadline, remind; one query.

    None for a meeting that is over or called off. `untold` are differences that invitees have not been told. The
    deadline is shown up to its day. Reminders are for invitees without an answer or with a former one.
    """
    if meeting.is_past or meeting.is_cancelled:
        return []
    counted = meeting.invitations.valid().counted()
    if not counted["total"]:
        return [Step(None, "Noch ist niemand eingeladen.", _links(meeting, ("invite", "Einladen")))]
    steps = []
    if untold:
        what = ", ".join(difference.label for difference in untold)
        steps.append(Step(None, f"Änderung noch nicht mitgeteilt ({what})", _links(meeting, ("tell", "Mitteilen"))))
    if meeting.answer_deadline_on and meeting.answer_deadline_on >= timezone.localdate():
        steps.append(Step(meeting.answer_deadline_on, "Anmeldeschluss"))
    asked = [
        f"{counted[name]} {words}"
        for name, words in (("silent", "ohne Antwort"), ("former", "mit Antwort zum alten Termin"))
        if counted[name]
    ]
    if asked:
        links = _links(meeting, ("remind", "Erinnern"), ("calls", "Anrufliste"))
        steps.append(Step(None, ", ".join(asked), links))
    return steps


def _links(meeting: Meeting, *pages: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return address and label of the pages of the meeting; a page without a URL is left out."""
    found = []
    for name, label in pages:
        try:
            found.append((reverse(f"meetings:{name}", args=[meeting.pk]), label))
        except NoReverseMatch:
            continue
    return tuple(found)
