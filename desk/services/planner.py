"""Compute the year's drawing: a lane per network, weeks as columns, the days of a week as rows, meetings as marks.

All numbers are whole and in the drawing's own unit. The template and the stylesheet decide how it looks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby, pairwise

from django.urls import reverse
from django.utils.formats import date_format

from common.templatetags.ui import day as day_text
from common.templatetags.ui import instant
from desk.services.year_days import Period, YearDays
from desk.services.years import Year
from meetings.models import Meeting
from regions.models import Network
from regions.services.days import Day

LABEL, WEEK, HEAD = 124, 21, 74  # width of the network names and of a week; height of the head with months and holidays
WORK, REST = 11, 6  # height of a working day and of a weekend day
LANE = 5 * WORK + 2 * REST
PITCH = LANE + 8
MARK = 15  # height of a mark
_ROWS = [(row * WORK, WORK) for row in range(5)] + [(5 * WORK, REST), (5 * WORK + REST, REST)]
_MONTH_LINE, _NAME_LINES = 14, (30, 43, 56)  # baselines of the words in the head
_LETTER = 6  # approximate width of a letter
_GAP = 8
_TARGET = 24  # smallest target to click, WCAG 2.5.8
_STRIPE = 8  # distance between the lines of a hatched day


@dataclass(frozen=True)
class Cell:
    """Consecutive days of one week that are drawn the same way."""

    kind: str
    x: int
    y: int
    height: int

    @property
    def path(self) -> str:
        """Outline of the cell as SVG path data."""
        return f"M{self.x} {self.y}h{WEEK}v{self.height}h-{WEEK}z"

    @property
    def stripes(self) -> str:
        """Diagonal lines as SVG path data, continued in neighbour cells (a pattern makes the printed file larger)."""
        right, bottom = self.x + WEEK, self.y + self.height
        first = (self.x + self.y) // _STRIPE + 1
        ends = [
            (max(self.x, total - bottom), min(right, total - self.y), total)
            for total in range(first * _STRIPE, right + bottom, _STRIPE)
        ]
        return "".join(f"M{left} {total - left}L{end} {total - end}" for left, end, total in ends)


@dataclass(frozen=True)
class DayLink:
    """A free day that opens the form for a new meeting. Its values are texts because each lane repeats them."""

    day: str  # „2027-02-03“
    title: str  # „Mi., 3. Februar“, the tooltip
    path: str


@dataclass(frozen=True)
class Word:
    """A month's or a holiday's name above the lanes; `is_end` says that `x` is its right end."""

    text: str
    x: int
    y: int
    is_end: bool = False


@dataclass(frozen=True)
class Mark:
    """A meeting in a lane; `x` and `y` are the middle of its mark."""

    meeting: Meeting
    x: int
    y: int
    name: str

    @property
    def left(self) -> int:
        """Left edge of the area to click."""
        return self.x - _TARGET // 2

    @property
    def top(self) -> int:
        """Upper edge of the area to click."""
        return self.y - _TARGET // 2


@dataclass
class Lane:
    """One network's row in the drawing; `y` is its upper edge."""

    network: Network
    y: int
    marks: list[Mark] = field(default_factory=list)

    label_y = LANE // 2 + 4

    @property
    def url(self) -> str:
        """Address of the form for a new meeting of this network, without the day at its end."""
        return f"{reverse('meetings:meeting_create')}?netzwerk={self.network.slug}&tag="


@dataclass(frozen=True)
class Span:
    """A line between two marks of the same meeting in different lanes."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Planner:
    """Everything that the template draws."""

    year: Year
    width: int
    height: int
    lanes: Sequence[Lane]
    months: Sequence[Word]
    month_lines: str
    week_lines: str
    holidays: Sequence[Word]
    cells: Sequence[Cell]
    links: Sequence[DayLink]
    spans: Sequence[Span]
    today: Cell | None
    today_x: int = 0

    left = LABEL
    top = HEAD
    lane_height = LANE

    @property
    def lane_width(self) -> int:
        """Width of all weeks together."""
        return self.width - LABEL - 1

    @property
    def bottom(self) -> int:
        """Lower edge of the last lane."""
        return self.height - PITCH + LANE


class _Grid:
    """Position of each day in the drawing."""

    def __init__(self, year: Year) -> None:
        """Find the Monday on or before the year's first day, and the number of weeks to its last."""
        self.monday = year.first - timedelta(days=year.first.weekday())
        self.weeks = (year.last - self.monday).days // 7 + 1

    def x(self, day: date) -> int:
        """Return the left edge of the day's week."""
        return LABEL + (day - self.monday).days // 7 * WEEK

    def path(self, day: date) -> str:
        """Return the day's outline within a lane as SVG path data."""
        y, height = _ROWS[day.weekday()]
        return Cell("", self.x(day), y, height).path


def build(
    year: Year, known: YearDays, networks: Iterable[Network], meetings: Iterable[Meeting], today: date
) -> Planner:
    """Return the drawing of a year: a lane per network with its meetings. Reads `networks` of each meeting.

    Free days from `today` on are links. Meetings of networks without a lane are not drawn.
    """
    grid = _Grid(year)
    lanes = [Lane(network, HEAD + number * PITCH) for number, network in enumerate(networks)]
    _place(lanes, meetings, grid)
    is_now = year.holds(today)
    y, height = _ROWS[today.weekday()]
    return Planner(
        year=year,
        width=LABEL + grid.weeks * WEEK + 1,
        height=HEAD + max(len(lanes), 1) * PITCH,
        lanes=lanes,
        months=[Word(date_format(first, "F"), _month_x(first, grid), _MONTH_LINE) for first in _months(year)],
        month_lines=" ".join(_month_line(first, grid) for first in [*_months(year)[1:]]),
        week_lines="".join(f"M{LABEL + week * WEEK} 0v{LANE}" for week in range(1, grid.weeks)),
        holidays=_words(known.periods, grid),
        cells=_cells(known, grid),
        links=[_link(day.date, grid) for day in known.days if day.date >= today and day.is_free],
        spans=_spans(lanes),
        today=Cell("today", grid.x(today), y, height) if is_now else None,
        today_x=grid.x(today) + (2 * today.weekday() + 1) * WEEK // 14 if is_now else 0,
    )


def lanes_of(networks: Iterable[Network], meetings: Iterable[Meeting]) -> list[Network]:
    """Return the networks that get a lane: active ones, and inactive ones that take part in one of these meetings."""
    met = {network.pk for meeting in meetings for network in meeting.networks.all()}
    return [network for network in networks if network.is_active or network.pk in met]


# --- Meetings


def _place(lanes: Sequence[Lane], meetings: Iterable[Meeting], grid: _Grid) -> None:
    """Add each meeting's mark to the lanes of its networks; marks of one week stand below each other, by day."""
    found: dict[tuple[int, int], list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        for network in meeting.networks.all():
            found[network.pk, grid.x(meeting.starts_on)].append(meeting)
    for lane in lanes:
        weeks = sorted((x, group) for (pk, x), group in found.items() if pk == lane.network.pk)
        for x, group in weeks:
            for meeting, y in zip(group, _heights(group), strict=True):
                lane.marks.append(Mark(meeting, x + WEEK // 2, lane.y + y, _name(lane.network, meeting)))


def _heights(group: Sequence[Meeting]) -> list[int]:
    """Return the middles of the marks of one lane and week: each at its day, or below the previous mark.

    `group` is in order of time. Marks that would leave the lane move up; many in one week overlap.
    """
    step = min(MARK, (LANE - MARK) // max(len(group) - 1, 1))
    lowest = LANE - MARK // 2 - 1
    heights = [_middle(meeting.starts_on) for meeting in group]
    for number in range(1, len(heights)):
        heights[number] = max(heights[number], heights[number - 1] + step)
    for number in reversed(range(len(heights))):
        heights[number] = min(heights[number], lowest - (len(heights) - 1 - number) * step)
    return heights


def _middle(day: date) -> int:
    """Return the middle of a mark at the day's row within a lane, moved so that the mark stays inside the lane."""
    y, height = _ROWS[day.weekday()]
    return min(max(y + height // 2, MARK // 2 + 1), LANE - MARK // 2 - 1)


def _name(network: Network, meeting: Meeting) -> str:
    """Return the mark's name: „Melle: Netzwerktreffen, Mi., 3. Februar 2027, 15:00 Uhr, vor Ort, geplant“.

    A joint meeting's other networks follow, as „mit Bramsche“.
    """
    words = [
        f"{network.short_name}: {meeting.title}",
        instant(meeting.starts_at),
        meeting.get_format_display(),
        state_word(meeting),
    ]
    others = [other.short_name for other in meeting.networks.all() if other.pk != network.pk]
    return ", ".join([*words, *([f"mit {', '.join(others)}"] if others else [])])


def state_word(meeting: Meeting) -> str:
    """Return the name of the meeting's state, but „vorbei“ for a planned meeting in the past."""
    is_over = meeting.is_past and not meeting.is_cancelled and not meeting.is_draft
    return "vorbei" if is_over else meeting.get_state_display()


def _spans(lanes: Iterable[Lane]) -> list[Span]:
    """Return the lines between the marks of each joint meeting, from one of its lanes to the next."""
    ends: dict[object, list[Mark]] = defaultdict(list)
    for lane in lanes:
        for mark in lane.marks:
            ends[mark.meeting.pk].append(mark)
    return [Span(one.x, one.y, other.x, other.y) for marks in ends.values() for one, other in pairwise(marks)]


# --- Days


def _kind(day: Day, known: YearDays) -> str:
    """Return the name of the first reason for which the day is not free, "" for a free day."""
    if day.public_holiday:
        return "public"
    if day.school_holiday:
        return "school"
    if known.unknown_of(day.date):
        return "unknown"
    if day.is_bridge_day:
        return "bridge"
    return "rest" if day.is_weekend else ""


def _cells(known: YearDays, grid: _Grid) -> list[Cell]:
    """Return a cell for each run of days of one week that are not free for the same reason."""
    cells = []
    for (x, kind), group in groupby(known.days, lambda day: (grid.x(day.date), _kind(day, known))):
        rows = [_ROWS[day.date.weekday()] for day in group]
        if kind:
            cells.append(Cell(kind, x, rows[0][0], sum(height for _, height in rows)))
    return cells + _outside(known, grid)


def _link(day: date, grid: _Grid) -> DayLink:
    """Return the link of a free day, with its outline within a lane; the tooltip leaves the year out."""
    return DayLink(day.isoformat(), day_text(day)[:-5], grid.path(day))


def _outside(known: YearDays, grid: _Grid) -> list[Cell]:
    """Return cells for the days of the first and the last week that belong to other years."""
    first, last = known.days[0].date, known.days[-1].date
    before, after = _ROWS[first.weekday()][0], sum(_ROWS[last.weekday()])
    cells = [Cell("outside", grid.x(first), 0, before), Cell("outside", grid.x(last), after, LANE - after)]
    return [cell for cell in cells if cell.height]


# --- Words and lines


def _months(year: Year) -> list[date]:
    """Return the first days of the year's twelve months."""
    return [
        date(year.start + (year.first.month + number - 1) // 12, (year.first.month + number - 1) % 12 + 1, 1)
        for number in range(12)
    ]


def _month_x(first: date, grid: _Grid) -> int:
    """Return the position of a month's name: above its first whole week."""
    return grid.x(first) + (WEEK if first.weekday() else 0) + 3


def _month_line(first: date, grid: _Grid) -> str:
    """Return the line before a month as SVG path data: stepped, or straight if the month begins on a Monday."""
    x, y = grid.x(first), _ROWS[first.weekday()][0]
    return f"M{x + WEEK} 0V{y}H{x}V{LANE}" if y else f"M{x} 0V{LANE}"


def _words(periods: Iterable[Period], grid: _Grid) -> list[Word]:
    """Return the holiday names that fit above the lanes; the others are left out.

    Holidays of several days have the upper line; those of one day the next free one of the two lines below it. School
    holidays are placed before public ones.
    """
    ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
    words = []
    right = LABEL + grid.weeks * WEEK
    for period in sorted(periods, key=lambda period: (period.last == period.first, not period.is_school)):
        width, x = len(period.name) * _LETTER, grid.x(period.first)
        start = min(x, right - width)
        lines = _NAME_LINES[:1] if period.last > period.first else _NAME_LINES[1:]
        for y in lines:
            if all(start >= end + _GAP or start + width + _GAP <= begin for begin, end in ends[y]):
                ends[y].append((start, start + width))
                words.append(Word(period.name, x if start == x else right, y, is_end=start != x))
                break
    return words
