"""Collect the contents of the page „Heute“."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from desk.services import news, standing_in, urgent
from meetings.enums import State
from meetings.models import ChecklistItem, Meeting, Message
from meetings.services.planning import overview, preparation
from regions.models import Network
from team.models import User
from team.services import activity

Row = TypeVar("Row")
_SHORT = 8  # lines of a section, unless the address asks for all
_MANY = 200  # lines of a whole section at most
_NEXT = 5
_AHEAD = timedelta(days=7)  # checklist steps due within this time are shown
_BEHIND = timedelta(days=60)  # steps after a meeting are shown no longer than this: nobody will take them any more
_A_DAY = timedelta(hours=24)
_NOON, _EVENING = 11, 18  # hours of the day at which the greeting changes


@dataclass(frozen=True)
class Section(Generic[Row]):
    """The lines of a section and the number of `more` lines that are not shown."""

    rows: Sequence[Row]
    more: int = 0

    @classmethod
    def of(cls, rows: Sequence[Row], *, is_whole: bool) -> "Section[Row]":
        """Return a section with the first eight rows, or all if `is_whole` or if only one would be left out."""
        return cls(rows) if is_whole or len(rows) <= _SHORT + 1 else cls(rows[:_SHORT], len(rows) - _SHORT)


@dataclass(frozen=True)
class Next:
    """An upcoming meeting with its `numbers`, and the details that are missing."""

    meeting: Meeting
    missing: Sequence[preparation.Missing]


@dataclass(frozen=True)
class Due:
    """A checklist step and its due day in words."""

    item: ChecklistItem
    when: str
    is_overdue: bool


@dataclass(frozen=True)
class Idle:
    """A network without an upcoming meeting; `last_on` is the day of its last one, or None."""

    network: Network
    last_on: date | None


@dataclass(frozen=True)
class Today:
    """The whole page."""

    greeting: str
    tasks: Section[urgent.Task]
    messages: Section[Message]
    meetings: Sequence[Next]
    due: Section[Due]
    idle: Section[Idle]
    news: news.News
    standing_in: standing_in.StandingIn


def page(user: User, *, whole: str = "") -> Today:
    """Return the page for this member; the section named by `whole` is not cut.

    Its name is „wichtig“, „nachrichten“, „faellig“ or „ohne“.
    """
    return Today(
        greeting=greeting(timezone.localtime().hour),
        tasks=Section.of(urgent.tasks(), is_whole=whole == "wichtig"),
        messages=Section.of(_messages(user), is_whole=whole == "nachrichten"),
        meetings=_meetings(user),
        due=Section.of(_due(user), is_whole=whole == "faellig"),
        idle=Section.of(_idle(), is_whole=whole == "ohne"),
        news=_news(user),
        standing_in=standing_in.of(user),
    )


def greeting(hour: int) -> str:
    """Return the German greeting for an hour of the day (0 to 23); it changes at 11 and at 18."""
    return "Guten Morgen" if hour < _NOON else "Guten Tag" if hour < _EVENING else "Guten Abend"


def _messages(user: User) -> list[Message]:
    """Return what invitees wrote and nobody has settled, the newest first; at most 200, one query."""
    visible = Message.objects.open().filter(invitation__meeting__in=Meeting.objects.visible_to(user))
    return list(visible.select_related("invitation__meeting", "invitation__contact__organisation")[:_MANY])


def _meetings(user: User) -> list[Next]:
    """Return the next five meetings, the running one included, with numbers and missing details."""
    ahead = Meeting.objects.visible_to(user).upcoming().select_related("host", "responsible")
    found = overview.attach_numbers(ahead.prefetch_related("networks", "agenda_items")[:_NEXT])
    return [Next(meeting, preparation.missing(meeting)) for meeting in found]


def _due(user: User) -> list[Due]:
    """Return the open steps that are overdue or due within a week, by due day; at most 200.

    Steps before a meeting are shown until it ends, steps after it for 60 days more. Only meetings count that are not
    called off and that this member may see.
    """
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
    """Return „seit 3 Tagen überfällig“, „heute“, „morgen“ or „in 5 Tagen“."""
    days = (due_on - today).days
    if days < 0:
        return f"seit {'gestern' if days == -1 else f'{-days} Tagen'} überfällig"
    return {0: "heute", 1: "morgen"}.get(days, f"in {days} Tagen")


def _idle() -> list[Idle]:
    """Return the active networks without an upcoming meeting, not even a draft, each with its last day of meeting."""
    theirs = Meeting.objects.filter(networks=OuterRef("pk"))
    last = theirs.past().exclude(state=State.CANCELLED).order_by("-starts_at").values("starts_at")[:1]
    rows: Iterable[Any] = Network.objects.active().filter(~Exists(theirs.upcoming().order_by()))
    rows = rows.annotate(last_at=Subquery(last))  # type: ignore[attr-defined]
    return [Idle(network, timezone.localdate(network.last_at) if network.last_at else None) for network in rows]


def _news(user: User) -> news.News:
    """Return the acts of others since the member last marked them as read, or of 24 hours; the newest 200."""
    now = timezone.now()
    since: datetime = user.news_seen_at or now - _A_DAY
    activities = list(activity.by_others(user, since=since)[: news.LOOKED_AT + 1])
    shown = activities[: news.LOOKED_AT]
    return news.News(since, now, tuple(news.grouped(shown)), is_cut=len(shown) < len(activities))
