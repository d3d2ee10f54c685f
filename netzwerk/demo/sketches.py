"""Input and result of an invented meeting, and the sketches of the first ones."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from meetings.enums import Format, Kind, State
from meetings.models import AgendaItem, CallNote, ChecklistItem, Invitation, Meeting, Response

OFFICE_TIME = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Guest:
    """A contact who can be invited."""

    pk: int
    email: str


@dataclass(frozen=True)
class Host:
    """A company that can host a meeting."""

    pk: int
    name: str


@dataclass(frozen=True)
class Circle:
    """A network with its contacts and host companies in a fixed order."""

    pk: int
    name: str
    coordinator_pk: int | None
    coordinator: str
    guests: tuple[Guest, ...]
    hosts: tuple[Host, ...]


@dataclass(frozen=True)
class Sketch:
    """Properties of a meeting to invent. `days` counts from today; the next suitable day further away is taken.

    `circle` is the index of the network. `asked` is how many days ago the invitations left, or None; `answered` is the
    share of invitees who answered. `seats` are those in the room and online, None for no limit.
    """

    circle: int
    days: int
    format: str = Format.IN_PERSON
    state: str = State.PLANNED
    asked: int | None = None
    answered: float = 0.0
    seats: tuple[int | None, int | None] = (None, None)
    is_joint: bool = False
    has_calls: bool = False
    kind: str = Kind.NETWORK


# The demo's first meetings: every state that the pages know, relative to today.
SHOWN = (
    Sketch(4, 16, Format.HYBRID, asked=12, answered=0.5, seats=(40, 25)),
    Sketch(1, 22, Format.ONLINE, asked=6, answered=0.35),
    Sketch(6, 10, asked=18, answered=0.6, has_calls=True),
    Sketch(0, 70, state=State.DRAFT),
    Sketch(2, 13, state=State.CANCELLED, asked=15, answered=0.4),
    Sketch(5, 33, Format.HYBRID, asked=1, answered=0.06, is_joint=True, seats=(80, None)),
    Sketch(3, 52),
    Sketch(0, -6, asked=34, answered=0.72),
    Sketch(5, -20, Format.HYBRID, asked=48, answered=0.68, seats=(40, 40)),
    Sketch(3, -41, Format.ONLINE, asked=69, answered=0.66, kind=Kind.THEME),
    Sketch(2, -62, asked=90, answered=0.7),
    Sketch(4, -97, asked=125, answered=0.75),
    Sketch(1, -118, asked=146, answered=0.64),
    Sketch(6, -160, Format.ONLINE, asked=188, answered=0.6),
    Sketch(0, -205, Format.HYBRID, asked=233, answered=0.7),
    Sketch(4, -280, asked=308, answered=0.69),
)


@dataclass
class Made:
    """One meeting with its rows, not saved yet. `told` are log entries: instant, key of the member, sentence."""

    meeting: Meeting
    network_pks: list[int]
    asked_at: datetime | None = None
    agenda: list[AgendaItem] = field(default_factory=list)
    checklist: list[ChecklistItem] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    calls: list[CallNote] = field(default_factory=list)
    told: list[tuple[datetime, int | None, str]] = field(default_factory=list)
