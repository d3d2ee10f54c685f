"""What one should know about a date while choosing it. Sentences, never refusals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from meetings.enums import State
from meetings.models import Meeting
from meetings.services.dates import local_time
from regions.models import Network
from regions.services import days

NEAR = timedelta(days=14)
DEADLINE_BEFORE = timedelta(days=7)  # what is usual
_EARLY = timedelta(days=14)  # a last day for answers that is said to be early
_SHOWN = 5  # meetings named in one list of hints


@dataclass(frozen=True)
class Hint:
    """One sentence; where it is about another meeting, the way there."""

    text: str
    url: str = ""


def about(meeting: Meeting) -> list[Hint]:
    """The hints about a meeting as it stands; none when it is over or called off."""
    if meeting.is_past or meeting.is_cancelled:
        return []
    return [
        *about_day(meeting.starts_on),
        *about_deadline(meeting.starts_on, meeting.answer_deadline_on),
        *about_others(meeting.starts_at, meeting.ends_at, meeting.networks.all(), but=meeting.pk),
    ]


def about_day(day: date) -> list[Hint]:
    """What the calendar says about a local day."""
    past = ["Dieser Tag liegt in der Vergangenheit."] if day < timezone.localdate() else []
    return [Hint(text) for text in [*past, *days.notes(day)]]


def about_deadline(day: date, deadline: date | None) -> list[Hint]:
    """What is odd about the last day for answers (local day, included)."""
    if deadline is None:
        usual = day - DEADLINE_BEFORE
        if usual <= timezone.localdate():
            return []
        text = f"Ohne Anmeldeschluss antwortet man bis zum Beginn. Üblich ist eine Woche vorher: {_written(usual)}."
        return [Hint(text)]
    if deadline > day:
        return [Hint("Der Anmeldeschluss liegt nach dem Treffen.")]
    if deadline < timezone.localdate() <= day:
        return [Hint("Der Anmeldeschluss ist schon vorbei: Niemand kann mehr antworten.")]
    if (between := day - deadline) > _EARLY:
        return [Hint(f"Der Anmeldeschluss ({_written(deadline)}) liegt {between.days} Tage vor dem Treffen.")]
    return []


def about_others(
    starts_at: datetime,
    ends_at: datetime,
    networks: Iterable[Network],
    *,
    but: UUID | None = None,
    beside: Sequence[Meeting] = (),
) -> list[Hint]:
    """Other meetings at the same time, and those of one of these networks within two weeks (local days).

    `beside`: meetings that are changed together, as they will be; they count so, and not as they are stored.
    """
    own = {network.pk for network in networks}
    overlapping = Q(starts_at__lt=ends_at, ends_at__gt=starts_at)
    same_network = Meeting.networks.through.objects.filter(network__in=own).values("meeting")
    # A day more on either side, since NEAR counts local days.
    margin = NEAR + timedelta(days=1)
    near = Q(pk__in=same_network, starts_at__gte=starts_at - margin, starts_at__lte=starts_at + margin)
    day = timezone.localdate(starts_at)
    stored = _others(but).exclude(pk__in=[meeting.pk for meeting in beside]).filter(overlapping | near)
    changing = [meeting for meeting in beside if meeting.pk != but and not meeting.is_cancelled]
    hints = []
    for meeting in sorted([*stored, *changing], key=lambda one: (one.starts_at, one.pk)):
        url = meeting.get_absolute_url()
        shared = " und ".join(network.short_name for network in meeting.networks.all() if network.pk in own)
        if meeting.starts_at < ends_at and meeting.ends_at > starts_at:
            hints.append(Hint(f"Zur selben Zeit: {meeting} am {_written(meeting.starts_on)}.", url))
        elif shared and abs(meeting.starts_on - day) <= NEAR:
            hints.append(Hint(f"{shared} hat schon ein Treffen am {_written(meeting.starts_on)}: {meeting}.", url))
    return hints[:_SHOWN]


def about_typed(
    day: date,
    *,
    clock: tuple[datetime, datetime] | None,
    networks: Iterable[Network],
    deadline: date | None,
    but: UUID | None = None,
) -> list[Hint]:
    """The hints while somebody types; without both times the whole day counts."""
    if not days.FIRST <= day <= days.LAST:
        return [Hint("Bitte prüfen Sie das Jahr.")]
    starts_at, ends_at = clock or _whole_day(day)
    return [*about_day(day), *about_deadline(day, deadline), *about_others(starts_at, ends_at, networks, but=but)]


def _whole_day(day: date) -> tuple[datetime, datetime]:
    return local_time.midnight(day), local_time.midnight(day + timedelta(days=1))


def _others(but: UUID | None) -> QuerySet[Meeting]:
    networks = Prefetch("networks", Network.objects.only("short_name", "sort_key"))
    others = Meeting.objects.exclude(state=State.CANCELLED).prefetch_related(networks)
    return others.exclude(pk=but) if but else others


def _written(day: date) -> str:
    return date_format(day, "j. F Y")
