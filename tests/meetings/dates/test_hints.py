"""What is said about a date while it is chosen."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from meetings.services.dates import hints
from regions.models import Network
from tests.factories import MeetingFactory

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime(2027, 1, 4, 12, 0, tzinfo=BERLIN)


def at(day: int, hour: int = 15, month: int = 2) -> datetime:
    return datetime(2027, month, day, hour, 0, tzinfo=BERLIN)


def others(starts_at: datetime, *slugs: str, hours: int = 2) -> list[str]:
    networks = Network.objects.filter(slug__in=slugs)
    return [hint.text for hint in hints.about_others(starts_at, starts_at + timedelta(hours=hours), networks)]


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.mark.parametrize(
    ("day", "is_told"), [(at(17, 18), True), (at(18, 9), False), (at(20, 23, 1), True), (at(19, 9, 1), False)]
)
def test_the_same_network_within_two_weeks_by_local_days(db, day, is_told):
    MeetingFactory(starts_at=day, title="Netzwerktreffen Bramsche", networks=["bramsche"])
    written = f"{day.day}. {'Februar' if day.month == 2 else 'Januar'} 2027"
    told = [f"Bramsche hat schon ein Treffen am {written}: Netzwerktreffen Bramsche."]
    assert others(at(3), "bramsche", "nordkreis") == (told if is_told else [])
    assert others(at(3), "nordkreis") == []


def test_any_meeting_at_the_same_time_but_not_one_that_only_touches(db):
    MeetingFactory(starts_at=at(3), title="Netzwerktreffen Nordkreis", networks=["nordkreis"])  # until 17:30
    assert others(at(3, 17), "bramsche") == ["Zur selben Zeit: Netzwerktreffen Nordkreis am 3. Februar 2027."]
    assert others(at(3, 13), "bramsche") == []
    assert others(at(3, 18), "bramsche") == []


def test_what_is_called_off_is_in_nobodys_way(db):
    MeetingFactory(starts_at=at(3), state="cancelled")
    assert others(at(3), "melle-bissendorf") == []


def test_a_meeting_is_not_in_its_own_way_and_one_that_is_over_needs_no_hint(db):
    meeting = MeetingFactory(starts_at=at(3), answer_deadline_on=date(2027, 1, 27))
    assert hints.about(meeting) == []
    past = MeetingFactory(starts_at=at(2) - timedelta(days=365))
    assert hints.about(past) == []
    meeting.state = "cancelled"
    assert hints.about(meeting) == []


@pytest.mark.parametrize(
    ("deadline", "texts"),
    [
        (date(2027, 1, 27), []),
        (date(2027, 2, 3), []),
        (date(2027, 2, 4), ["Der Anmeldeschluss liegt nach dem Treffen."]),
        (date(2027, 1, 3), ["Der Anmeldeschluss ist schon vorbei: Niemand kann mehr antworten."]),
        (
            None,
            ["Ohne Anmeldeschluss antwortet man bis zum Beginn. Üblich ist eine Woche vorher: 27. Januar 2027."],
        ),
    ],
)
def test_the_last_day_for_answers(deadline, texts):
    assert [hint.text for hint in hints.about_deadline(date(2027, 2, 3), deadline)] == texts


def test_a_day_in_the_past_is_said(db):
    assert [hint.text for hint in hints.about_day(date(2027, 1, 1))] == [
        "Dieser Tag liegt in der Vergangenheit.",
        "Feiertag in Niedersachsen: Neujahr.",
        "Schulferien: Weihnachtsferien vom 23. Dezember bis 9. Januar 2027.",
    ]


def test_while_no_time_is_typed_the_whole_day_counts(db):
    MeetingFactory(starts_at=at(3, 9), title="Frühstück")
    typed = hints.about_typed(date(2027, 2, 3), clock=None, networks=[], deadline=date(2027, 1, 27))
    assert [hint.text for hint in typed] == ["Zur selben Zeit: Frühstück am 3. Februar 2027."]


@pytest.mark.parametrize(("days_before", "is_said"), [(14, False), (21, True)])
def test_a_last_day_for_answers_that_stayed_behind_is_said(db, days_before, is_said):
    day = date(2031, 3, 19)
    said = [str(one.text) for one in hints.about_deadline(day, day - timedelta(days=days_before))]
    assert said == (["Der Anmeldeschluss (26. Februar 2031) liegt 21 Tage vor dem Treffen."] if is_said else [])
