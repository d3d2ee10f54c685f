"""Invented answers to the invented invitations: by all ways, some changed, some with a comment."""

from datetime import date, datetime, time, timedelta
from random import Random

from meetings.enums import Answer, CallOutcome, Format, Mode, Via
from meetings.models import CallNote, Invitation, Response
from netzwerk.demo import meeting_words as words
from netzwerk.demo.sketches import OFFICE_TIME, Circle, Made, Sketch

_ANSWERS = ((Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE), (60, 30, 10))
_ROADS = ((Via.LINK, Via.CALENDAR, Via.TEAM), (70, 18, 12))
_CALLED = 9


def answer(rng: Random, made: Made, sketch: Sketch, circle: Circle, *, until: date) -> None:
    """Let the sketch's share of invitees answer between the day of the invitation and `until` or the deadline.

    Adds who joined online to a past meeting, and calls if the sketch has some. Changes `made`.
    """
    first = (made.asked_at or made.meeting.starts_at).astimezone(OFFICE_TIME).date()
    last = min(until, made.meeting.answer_deadline_on or until)
    seats = {Mode.IN_PERSON: made.meeting.capacity_in_person, Mode.ONLINE: made.meeting.capacity_online}
    free = {mode: 10_000 if count is None else count for mode, count in seats.items()}
    for invitation in made.invitations:
        if rng.random() < sketch.answered:
            _answer_one(rng, made, invitation, circle, _moment(rng, first, last), free)
    if sketch.days < 0:
        _join(rng, made)
    if sketch.has_calls:
        _call(rng, made, circle, last)


def _moment(rng: Random, first: date, last: date) -> datetime:
    """Return a random instant between two days at a usual hour; early days are more likely."""
    days = max((last - first).days, 0)
    day = first + timedelta(days=int(days * rng.random() ** 2))
    earliest = 11 if day == first else 7  # the invitation leaves between ten and eleven
    return datetime.combine(day, time(rng.randrange(earliest, 20), rng.randrange(60)), OFFICE_TIME)


def _take_seat(rng: Random, made: Made, free: dict[Mode, int]) -> str:
    """Return how an accepting invitee takes part and use up a seat of `free`; "" if no such seat is left."""
    modes = {Format.IN_PERSON: Mode.IN_PERSON, Format.ONLINE: Mode.ONLINE}
    mode = modes.get(Format(made.meeting.format)) or rng.choices((Mode.IN_PERSON, Mode.ONLINE), (7, 3))[0]
    if free[mode] < 1:
        return ""
    free[mode] -= 1
    return mode


def _answer_one(
    rng: Random, made: Made, invitation: Invitation, circle: Circle, at: datetime, free: dict[Mode, int]
) -> None:
    """Give the invitation a random answer with its entries in the history; who finds no seat free declines."""
    said = rng.choices(*_ANSWERS)[0]
    mode = _take_seat(rng, made, free) if said == Answer.ACCEPTED else ""
    if said == Answer.ACCEPTED and not mode:
        said = Answer.DECLINED
    via = rng.choices(*_ROADS)[0]
    invitation.answer, invitation.mode = said, mode
    invitation.comment = rng.choice(words.COMMENTS[said]) if rng.random() < 0.2 and via != Via.CALENDAR else ""
    invitation.answered_at, invitation.answered_via = at, via
    if said != Answer.TENTATIVE and rng.random() < 0.08:  # gave another answer before
        before = at - timedelta(minutes=rng.randrange(3, 40))
        made.responses.append(
            Response(invitation=invitation, answer=Answer.TENTATIVE, via=Via.LINK, at=before, recorded_at=before)
        )
    made.responses.append(
        Response(
            invitation=invitation,
            answer=said,
            mode=mode,
            comment=invitation.comment,
            via=via,
            at=at,
            recorded_at=at,
            by_id=circle.coordinator_pk if via == Via.TEAM else None,
        )
    )


def _join(rng: Random, made: Made) -> None:
    """Let most online invitees join a few minutes before or after the beginning."""
    for invitation in made.invitations:
        if invitation.answer == Answer.ACCEPTED and invitation.mode == Mode.ONLINE and rng.random() < 0.85:
            invitation.joined_at = made.meeting.starts_at + timedelta(minutes=rng.randrange(-9, 12))


def _call(rng: Random, made: Made, circle: Circle, day: date) -> None:
    """Add calls to the first nine invitees without an answer."""
    silent = [invitation for invitation in made.invitations if not invitation.answer]
    for number, invitation in enumerate(silent[:_CALLED]):
        at = datetime.combine(day, time(9, 5 + 6 * number), OFFICE_TIME)
        outcome = rng.choice(list(CallOutcome))
        made.calls.append(CallNote(invitation=invitation, outcome=outcome, at=at, by_id=circle.coordinator_pk))
