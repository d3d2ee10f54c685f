"""The list of meetings: numbers of answers in one query, and rows for a file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from meetings.enums import Answer
from meetings.models import Invitation, Meeting

COLUMNS = (
    "Tag", "Beginn", "Ende", "Netzwerke", "Art", "Titel", "Schwerpunktthema", "Format", "Ort", "Zuständig", "Stand",
    "Zusagen", "Zusagen zum alten Termin", "vielleicht", "Absagen", "ohne Antwort",
)  # fmt: skip
_FORMER = "former"


@dataclass(frozen=True)
class Numbers:
    """The numbers of people invited to one meeting, by their current answer; `former`: accepted before it moved."""

    accepted: int = 0
    tentative: int = 0
    declined: int = 0
    open: int = 0
    former: int = 0

    @property
    def total(self) -> int:
        """The number of invited people."""
        return self.accepted + self.tentative + self.declined + self.open + self.former

    @property
    def tentative_from(self) -> int:
        """The offset of „vielleicht“ on a bar of length `total`, after both kinds of acceptances."""
        return self.accepted + self.former

    @property
    def declined_from(self) -> int:
        """The offset of the refusals on the same bar."""
        return self.tentative_from + self.tentative


def attach_numbers(meetings: Iterable[Meeting]) -> list[Meeting]:
    """Set `numbers` on each meeting in memory and return them; one query. Withdrawn invitations do not count."""
    found = list(meetings)
    rows = (
        Invitation.objects.valid()
        .filter(meeting__in=[meeting.pk for meeting in found])
        .marked()
        .order_by()
        .values_list("meeting", "answer", "is_former")
        .annotate(Count("pk"))
    )
    counts: Counter[tuple[object, str]] = Counter()
    for key, answer, is_former, number in rows:
        counts[key, _FORMER if is_former and answer == Answer.ACCEPTED else answer] += number
    answers = (Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED, "", _FORMER)
    for meeting in found:
        meeting.numbers = Numbers(*(counts[meeting.pk, answer] for answer in answers))
    return found


def rows(meetings: Iterable[Meeting]) -> Iterable[Sequence[object]]:
    """Yield a row of cells per meeting, in the order of `COLUMNS`. Reads `networks`, `host` and `responsible`."""
    for meeting in attach_numbers(meetings):
        starts_at, ends_at = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
        numbers = meeting.numbers
        yield (
            starts_at.date(),
            f"{starts_at:%H:%M}",
            f"{ends_at:%H:%M}",
            ", ".join(network.short_name for network in meeting.networks.all()),
            meeting.get_kind_display(),
            meeting.title,
            meeting.theme,
            meeting.get_format_display(),
            meeting.location,
            str(meeting.responsible or ""),
            meeting.get_state_display(),
            numbers.accepted,
            numbers.former,
            numbers.tentative,
            numbers.declined,
            numbers.open,
        )
