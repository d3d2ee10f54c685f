"""Invented meetings: number i of a seed is always the same meeting of the same people, dated around today.

This module neither reads nor writes the database, so that a large demo is computed outside any transaction. Keys,
links and tags of invitations are random as in the program; everything else follows from the seed and the day.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from meetings.enums import AgendaKind, Format, Kind, State
from meetings.models import AgendaItem, ChecklistItem, Invitation, Meeting
from netzwerk.demo import answers
from netzwerk.demo import meeting_words as words
from netzwerk.demo.sketches import OFFICE_TIME, SHOWN, Circle, Guest, Made, Sketch

_WEDNESDAY, _THURSDAY = 2, 3
_STARTS, _LASTS = time(15), timedelta(minutes=150)
_DEADLINE_DAYS = 7
_MOST_INVITED = 75
_STATES_AHEAD = (State.PLANNED, State.PLANNED, State.DRAFT)


def key(seed: int, number: int) -> UUID:
    """Return the primary key of meeting `number` of the seed. It may be predictable: only the team sees it."""
    return UUID(int=Random(f"{seed}/meeting/{number}/key").getrandbits(128), version=4)


def invent(seed: int, number: int, circles: list[Circle], *, today: date, is_free: Callable[[date], bool]) -> Made:
    """Return meeting `number` (from 0) of the seed. `circles` are the networks in a fixed order, at least one."""
    rng = Random(f"{seed}/meeting/{number}")
    sketch = SHOWN[number] if number < len(SHOWN) else _one_of_many(rng, len(circles))
    circle = circles[sketch.circle % len(circles)]
    others = [other for other in circles if other is not circle][:1] if sketch.is_joint else []
    made = Made(_meeting(rng, sketch, circle, others, _day(today, sketch.days, is_free)), [circle.pk])
    made.network_pks += [other.pk for other in others]
    made.meeting.pk = key(seed, number)
    made.agenda = _agenda(rng, made.meeting, circle)
    made.checklist = _checklist(made.meeting, circle, today, is_draft=sketch.state == State.DRAFT)
    if sketch.asked is not None:
        made.asked_at = _clock(today - timedelta(days=sketch.asked), 10, rng.randrange(60))
        _invite(rng, made, [circle, *others], circles)
        answers.answer(rng, made, sketch, circle, until=today - timedelta(days=1))
    _tell(made, sketch, circle, today)
    return made


def _one_of_many(rng: Random, circles: int) -> Sketch:
    """Return a sketch beyond `SHOWN`: from four years ago to one year ahead, most of them in the past."""
    days = rng.randrange(-1460, 365) if rng.random() < 0.5 else rng.randrange(-1460, -30)
    forms = rng.choices((Format.IN_PERSON, Format.ONLINE, Format.HYBRID), (6, 2, 3))[0]
    is_near = days < 28
    return Sketch(
        rng.randrange(circles),
        days,
        forms,
        State.CANCELLED if rng.random() < 0.04 else State.PLANNED if is_near else rng.choice(_STATES_AHEAD),
        asked=max(1, 28 - days) if is_near else None,
        answered=min(0.85, rng.uniform(0.5, 0.8) if days < 0 else (28 - days) / 40),
        kind=Kind.THEME if rng.random() < 0.15 else Kind.NETWORK,
    )


def _day(today: date, days: int, is_free: Callable[[date], bool]) -> date:
    """Return the first free Wednesday or Thursday, from `days` after today onwards (backwards if negative)."""
    step = timedelta(days=1 if days >= 0 else -1)
    day = today + timedelta(days=days)
    for _ in range(120):
        if day.weekday() in (_WEDNESDAY, _THURSDAY) and is_free(day):
            return day
        day += step
    return day  # no free day found: take one that is not free


def _clock(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), OFFICE_TIME)


def _meeting(rng: Random, sketch: Sketch, circle: Circle, others: list[Circle], day: date) -> Meeting:
    theme = rng.choice(list(words.THEMES))
    names = " und ".join(one.name.removeprefix("Netzwerk ") for one in [circle, *others])
    is_online = sketch.format == Format.ONLINE
    host = rng.choice(circle.hosts) if circle.hosts and not is_online else None
    has_room = sketch.format != Format.IN_PERSON and sketch.state != State.DRAFT
    starts_at = datetime.combine(day, _STARTS, OFFICE_TIME)
    return Meeting(
        kind=sketch.kind,
        title=f"Themennachmittag {names}" if sketch.kind == Kind.THEME else f"Netzwerktreffen {names}",
        theme=theme,
        format=sketch.format,
        state=sketch.state,
        facts_version=1 if sketch.state == State.CANCELLED else 0,
        sequence=1 if sketch.state == State.CANCELLED else 0,
        starts_at=starts_at,
        ends_at=starts_at + _LASTS,
        host_id=host.pk if host else None,
        place="" if is_online else rng.choice(words.ROOMS if host else words.PUBLIC_ROOMS),
        online_link=f"https://raum.servicestelle.example/{rng.randrange(16**8):08x}" if has_room else "",
        dial_in=f"040 66969 {rng.randrange(500, 1000)}" if has_room and rng.random() < 0.5 else "",
        capacity_in_person=sketch.seats[0],
        capacity_online=sketch.seats[1],
        answer_deadline_on=day - timedelta(days=_DEADLINE_DAYS),
        text=words.GREETING + words.THEMES[theme] + ("" if is_online else words.CLOSING),
        responsible_id=circle.coordinator_pk,
        is_public=rng.random() < 0.6,
    )


def _agenda(rng: Random, meeting: Meeting, circle: Circle) -> list[AgendaItem]:
    """Return the usual agenda of an afternoon; a draft has only the first item."""
    host = next((host.name for host in circle.hosts if host.pk == meeting.host_id), "")
    points = [
        (0, AgendaKind.WELCOME, "Begrüßung und Vorstellung", circle.coordinator),
        (15, AgendaKind.TOUR, "Rundgang durch den Betrieb", host)
        if host
        else (15, AgendaKind.EXCHANGE, "Neues aus den Schulen und Betrieben", ""),
        (50, AgendaKind.TALK, meeting.theme, circle.coordinator),
        (80, AgendaKind.BEST_PRACTICE, "Aus der Praxis: ein Beispiel aus dem Netzwerk", ""),
        (105, AgendaKind.PROJECT_IDEA, "Projektideen, die Partner suchen", ""),
        (120, AgendaKind.EXCHANGE, "Austausch in kleinen Runden", ""),
    ]
    wanted = points[:1] if meeting.is_draft else [point for point in points if point[0] < 60 or rng.random() < 0.85]
    return [
        AgendaItem(meeting=meeting, offset_minutes=offset, kind=kind, title=title, speaker=speaker)
        for offset, kind, title, speaker in wanted
    ]


def _checklist(meeting: Meeting, circle: Circle, today: date, *, is_draft: bool) -> list[ChecklistItem]:
    """Return the checklist; steps due more than two days ago are done, later ones are open."""
    steps = []
    for title, days_before in words.CHECKLIST:
        item = ChecklistItem(meeting=meeting, title=title, days_before=days_before)
        if not is_draft and item.due_on < today - timedelta(days=2):
            item.done_at = _clock(item.due_on, 11, 20)
            item.done_by_id = circle.coordinator_pk
        steps.append(item)
    return steps


def _invite(rng: Random, made: Made, circles: list[Circle], everywhere: list[Circle]) -> None:
    """Add invitations for the networks' people, each once, and up to two people of a random network."""
    seen: dict[int, tuple[Guest, int | None]] = {}
    for circle in circles:
        people = list(circle.guests)
        if len(people) > _MOST_INVITED:
            people = sorted(rng.sample(people, rng.randrange(45, _MOST_INVITED)), key=lambda guest: guest.pk)
        for guest in people:
            seen.setdefault(guest.pk, (guest, circle.pk))
    elsewhere = rng.choice(everywhere).guests
    for guest in rng.sample(elsewhere, min(2, len(elsewhere))):
        seen.setdefault(guest.pk, (guest, None))
    made.invitations = [
        Invitation(meeting=made.meeting, contact_id=guest.pk, network_id=network_pk, email=guest.email)
        for guest, network_pk in seen.values()
    ]


def _tell(made: Made, sketch: Sketch, circle: Circle, today: date) -> None:
    """Add the log entries of the meeting."""
    meeting, who = made.meeting, circle.coordinator_pk
    asked_on = (made.asked_at or _clock(today, 10, 0)).date()
    made.told.append((_clock(asked_on - timedelta(days=14), 9, 40), who, f"hat das Treffen „{meeting}“ angelegt"))
    if made.asked_at:
        count = len(made.invitations)
        made.told.append((made.asked_at, who, f"hat {count} Personen zu „{meeting}“ eingeladen"))
    if sketch.state == State.CANCELLED:
        day = min(today - timedelta(days=2), meeting.starts_on - timedelta(days=2))
        made.told.append((_clock(day, 14, 5), who, f"hat das Treffen „{meeting}“ abgesagt"))
