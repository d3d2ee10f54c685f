"""What the page "Heute" shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from desk.services import news, standing_in, urgent
from meetings.enums import State
from meetings.models import ChecklistItem, Meeting
from meetings.services.planning import overview, preparation
from regions.models import Network
from team.models import User
from team.services import activity

Row = TypeVar("Row")
_SHORT = 8  # lines of a section, until somebody asks for all
_MANY = 200  # lines at most
_NEXT = 5
_AHEAD = timedelta(days=7)  # what is due by then is shown
_BEHIND = timedelta(days=60)  # steps after a meeting that nobody took by then nobody will take
_A_DAY = timedelta(hours=24)
_NOON, _EVENING = 11, 18  # o'clock


@dataclass(frozen=True)
class Section(Generic[Row]):
    """Some lines, and how many more there are."""

    rows: Sequence[Row]
    more: int = 0

    @classmethod
    def of(cls, rows: Sequence[Row], *, is_whole: bool) -> "Section[Row]":
        """The first few, or all of them."""
        return cls(rows) if is_whole or len(rows) <= _SHORT + 1 else cls(rows[:_SHORT], len(rows) - _SHORT)


@dataclass(frozen=True)
class Next:
    """A meeting ahead with its `numbers`, and what it lacks."""

    meeting: Meeting
    missing: Sequence[preparation.Missing]


@dataclass(frozen=True)
class Due:
    """A step that has to be taken, and when in words."""

    item: ChecklistItem
    when: str
    is_overdue: bool


@dataclass(frozen=True)
class Idle:
    """A network without a next meeting; `last_on` is the day of its last one."""

    network: Network
    last_on: date | None


@dataclass(frozen=True)
class Today:
    """All of the page."""

    greeting: str
    tasks: Section[urgent.Task]
    meetings: Sequence[Next]
    due: Section[Due]
    idle: Section[Idle]
    news: news.News
    standing_in: standing_in.StandingIn


def page(user: User, *, whole: str = "") -> Today:
    """What she sees now; of the section `whole` („wichtig“, „faellig“, „ohne“) all there is."""
    return Today(
        greeting=greeting(timezone.localtime().hour),
        tasks=Section.of(urgent.tasks(), is_whole=whole == "wichtig"),
        meetings=_meetings(user),
        due=Section.of(_due(user), is_whole=whole == "faellig"),
        idle=Section.of(_idle(), is_whole=whole == "ohne"),
        news=_news(user),
        standing_in=standing_in.of(user),
    )


def greeting(hour: int) -> str:
    """How one greets at this hour of the day."""
    return "Guten Morgen" if hour < _NOON else "Guten Tag" if hour < _EVENING else "Guten Abend"


def _meetings(user: User) -> list[Next]:
    ahead = Meeting.objects.visible_to(user).upcoming().select_related("host", "responsible")
    found = overview.with_numbers(ahead.prefetch_related("networks", "agenda_items")[:_NEXT])
    return [Next(meeting, preparation.missing(meeting)) for meeting in found]


def _due(user: User) -> list[Due]:
    """Steps that are due within a week or should have been taken, the longest due first."""
    today, now = timezone.localdate(), timezone.now()
    ahead = Q(meeting__ends_at__gte=now, days_before__gte=0)
    after = Q(meeting__starts_at__lte=now + _AHEAD, meeting__ends_at__gte=now - _BEHIND, days_before__lt=0)
    still_open = ChecklistItem.objects.filter(ahead | after, done_at=None).exclude(meeting__state=State.CANCELLED)
    visible = still_open.filter(meeting__in=Meeting.objects.visible_to(user))
    by_day = sorted(
        (due_on, pk)
        for pk, days_before, starts_at in visible.order_by().values_list("pk", "days_before", "meeting__starts_at")
        if (due_on := timezone.localdate(starts_at) - timedelta(days=days_before)) <= today + _AHEAD
    )
    related = ("meeting", "meeting__responsible")
    items = ChecklistItem.objects.select_related(*related).in_bulk([pk for _, pk in by_day[:_MANY]])
    return [Due(items[pk], _when(due_on, today), due_on < today) for due_on, pk in by_day if pk in items]


def _when(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days < 0:
        return f"seit {'gestern' if days == -1 else f'{-days} Tagen'} überfällig"
    return {0: "heute", 1: "morgen"}.get(days, f"in {days} Tagen")


def _idle() -> list[Idle]:
    """Networks that meet, and for which nothing is planned, not even as a draft."""
    theirs = Meeting.objects.filter(networks=OuterRef("pk"))
    last = theirs.past().exclude(state=State.CANCELLED).order_by("-starts_at").values("starts_at")[:1]
    rows: Iterable[Any] = Network.objects.active().filter(~Exists(theirs.upcoming().order_by()))
    rows = rows.annotate(last_at=Subquery(last))  # type: ignore[attr-defined]
    return [Idle(network, timezone.localdate(network.last_at) if network.last_at else None) for network in rows]


def _news(user: User) -> news.News:
    now = timezone.now()
    since: datetime = user.news_seen_at or now - _A_DAY
    activities = list(activity.by_others(user, since=since)[: news.LOOKED_AT + 1])
    shown = activities[: news.LOOKED_AT]
    return news.News(since, now, tuple(news.grouped(shown)), is_cut=len(shown) < len(activities))
