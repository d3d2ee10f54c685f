"""Hints about a date while it is chosen: German sentences, never refusals."""

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
DEADLINE_BEFORE = timedelta(days=7)  # the usual deadline
_EARLY = timedelta(days=14)  # a longer distance than this gives a hint
_SHOWN = 5  # meetings named in one list of hints


@dataclass(frozen=True)
class Hint:
    """One German sentence; `url` is the page of the other meeting that it names, else ""."""

    text: str
    url: str = ""


def about(meeting: Meeting) -> list[Hint]:
    """Return the hints about a stored meeting; none when it is over or called off."""
    if meeting.is_past or meeting.is_cancelled:
        return []
    return [
        *about_day(meeting.starts_on),
        *about_deadline(meeting.starts_on, meeting.answer_deadline_on),
        *about_others(meeting.starts_at, meeting.ends_at, meeting.networks.all(), but=meeting.pk),
    ]


def about_day(day: date) -> list[Hint]:
    """Return the hints about a local day: in the past, holidays and other notes of the calendar."""
    past = ["Dieser Tag liegt in der Vergangenheit."] if day < timezone.localdate() else []
    return [Hint(text) for text in [*past, *days.notes(day)]]


def about_deadline(day: date, deadline: date | None) -> list[Hint]:
    """Return the hint about a missing, past, too late or early last day for answers (a local day, included).

    Early is more than 14 days before the meeting's `day`. A missing one gives no hint once a week before has passed.
    """
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
    """Return hints about meetings at the same time, and about meetings of these networks within 14 local days.

    At most the first five by date; meetings that are called off do not count. `but` is the meeting itself, which is
    left out. `beside` are meetings changed by the same order, in their new state; they replace their stored rows.
    """
    own = {network.pk for network in networks}
    overlapping = Q(starts_at__lt=ends_at, ends_at__gt=starts_at)
    same_network = Meeting.networks.through.objects.filter(network__in=own).values("meeting")
    # One day more on either side, since NEAR counts local days.
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
    """Return the hints about a form in progress; without both times (`clock`, UTC) the whole day counts.

    A day outside the calendar gets one hint only. `but` is the meeting that is being changed.
    """
    if not days.FIRST <= day <= days.LAST:
        return [Hint("Bitte prüfen Sie das Jahr.")]
    starts_at, ends_at = clock or _whole_day(day)
    return [*about_day(day), *about_deadline(day, deadline), *about_others(starts_at, ends_at, networks, but=but)]


def _whole_day(day: date) -> tuple[datetime, datetime]:
    return local_time.midnight(day), local_time.midnight(day + timedelta(days=1))


def _others(but: UUID | None) -> QuerySet[Meeting]:
    """Return all meetings but this one (None: all), with their networks, without those called off."""
    networks = Prefetch("networks", Network.objects.only("short_name", "sort_key"))
    others = Meeting.objects.exclude(state=State.CANCELLED).prefetch_related(networks)
    return others.exclude(pk=but) if but else others


def _written(day: date) -> str:
    return date_format(day, "j. F Y")
