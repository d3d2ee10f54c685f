"""Yesterday, today and tomorrow × everything that goes by a day: what counts is the day in Berlin, the whole of it.

Asked at noon, half an hour after midnight (23:30 UTC of the day before) and a minute before the next one.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from desk.services import planner, today, year_days, years
from mailroom.models import Address
from meetings.enums import BulkKind
from meetings.filters import MeetingFilter
from meetings.models import ChecklistItem, Invitation, Meeting
from meetings.services.answers import invitee, record
from meetings.services.bulk.order import Order, why_not
from meetings.services.dates import hints, months
from meetings.services.inviting import remind
from meetings.services.planning import preparation
from partners.forms.contacts import MoveForm
from partners.models import Contact, Membership
from partners.services.partner_list.catalogue import lasting_memberships
from regions.models import Network
from team.models import Absence
from team.services import absences
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, MembershipFactory
from tests.tables import undone

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
TODAY = date(2031, 1, 22)
CLOCKS = [
    datetime(2031, 1, 21, 23, 30, tzinfo=UTC),
    datetime(2031, 1, 22, 11, 0, tzinfo=UTC),
    datetime(2031, 1, 22, 22, 59, tzinfo=UTC),
]
Reading = Callable[[SimpleNamespace, date], object]


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


@pytest.fixture
def world(coordinator, lead, client_for):
    with time_machine.travel(CLOCKS[1] - DAY, tick=False):
        meeting = MeetingFactory(format="in_person", place="Rathaus")
        return SimpleNamespace(
            meeting=meeting,
            invitation=InvitationFactory(meeting=meeting),
            item=ChecklistItem.objects.create(meeting=meeting, title="Raum klären"),
            network=meeting.networks.get(),
            by=coordinator,
            lead=lead,
            team=client_for(coordinator),
        )


def _step(world: SimpleNamespace, day: date) -> ChecklistItem:
    """The step, due on that day."""
    ChecklistItem.objects.update(days_before=(world.meeting.starts_on - day).days)
    return ChecklistItem.objects.select_related("meeting").get()


def _deadline(world: SimpleNamespace, day: date) -> Meeting:
    Meeting.objects.update(answer_deadline_on=day)
    return Meeting.objects.get()


def _early(world: SimpleNamespace, day: date) -> Meeting:
    """The meeting, from a quarter past midnight to half past on that day."""
    Meeting.objects.update(starts_at=_at(day, 0, 15), ends_at=_at(day, 0, 30))
    return Meeting.objects.get()


def _filtered(day: date, **asked: object) -> bool:
    data = {name: f"{value:%d.%m.%Y}" for name, value in asked.items()}
    return MeetingFilter({"period": "alle", **data}, queryset=Meeting.objects.all()).qs.exists()


def _takes_answer(world: SimpleNamespace, day: date) -> bool:
    _deadline(world, day)
    try:
        record.record(Invitation.objects.get(), "tentative", via="link")
    except record.Late:
        return False
    return True


def _due_words(world: SimpleNamespace, day: date) -> list[str]:
    _step(world, day)
    return [due.when for due in today.page(world.by).due.rows]


def _says_overdue(world: SimpleNamespace, day: date) -> bool:
    _step(world, day)
    return "überfällig" in world.team.get(reverse("meetings:checklist", args=[world.meeting.pk])).text


def _stage(world: SimpleNamespace, day: date) -> str:
    return invitee.stage(_deadline(world, day))


def _ended(world: SimpleNamespace, day: date) -> Contact:
    return ContactFactory(ended_on=day)


def _is_away(world: SimpleNamespace, day: date) -> bool:
    Absence.objects.create(
        away=world.by, deputy=world.lead, first_on=day, last_on=day, starts_at=_at(day, 0), ends_at=_at(day + DAY, 0)
    )
    return world.by.pk in absences.running()


def _absence_problem(world: SimpleNamespace, day: date) -> bool:
    return bool(absences.problems(away=world.by, deputy=world.lead, first_on=day, last_on=day))


def _move_errors(world: SimpleNamespace, day: date) -> bool:
    form = MoveForm({"moved_on": f"{day:%d.%m.%Y}"}, former=world.invitation.contact)
    return any("Zukunft" in error for error in form.errors.get("moved_on", []))


def _can_plan(world: SimpleNamespace, day: date) -> bool:
    year = years.of_day(day)
    drawn = planner.build(year, year_days.of_year(year), Network.objects.all(), [], timezone.localdate())
    return f"{day}" in {link.day for link in drawn.links}


def _is_marked(world: SimpleNamespace, day: date) -> bool:
    return next(one.is_today for one in months.month(day).days if one.date == day)


def _member(**fields: date) -> bool:
    membership = MembershipFactory(**fields)
    return Membership.objects.current().filter(pk=membership.pk).exists()


def _postponed(world: SimpleNamespace, day: date) -> bool:
    postponed = Order(kind=BulkKind.POSTPONE, days={world.meeting.pk: day})
    return "Vergangenheit" in why_not(world.meeting, postponed)


# What is read → what it says of yesterday, of today and of tomorrow.
READINGS: dict[str, tuple[tuple[object, object, object], Reading]] = {
    "step overdue": ((True, False, False), lambda world, day: _step(world, day).is_overdue),
    "step overdue on its page": ((True, False, False), _says_overdue),
    "step on „Heute“": ((["seit gestern überfällig"], ["heute"], ["morgen"]), _due_words),
    "deadline over": ((True, False, False), lambda world, day: _deadline(world, day).is_deadline_over(timezone.now())),
    "open for answers": ((False, True, True), lambda world, day: _deadline(world, day).is_open_for_answers),
    "answer by link": ((False, True, True), _takes_answer),
    "page of the invitee": (("late", "open", "open"), _stage),
    "reminding refused": (
        (True, False, False),
        lambda world, day: "Anmeldeschluss" in remind.why_not(_deadline(world, day)),
    ),
    "deadline among next steps": (
        (False, True, True),
        lambda world, day: any(one.on == day for one in preparation.next_steps(_deadline(world, day))),
    ),
    "hint about a deadline": (
        (True, False, False),
        lambda world, day: "schon vorbei" in str(hints.about_deadline(TODAY + 9 * DAY, day)),
    ),
    "hint about a day": ((True, False, False), lambda world, day: "Vergangenheit" in str(hints.about_day(day))),
    "postponing refused": ((True, False, False), _postponed),
    "list of meetings from today": (
        (False, True, True),
        lambda world, day: _early(world, day) and _filtered(day, since=TODAY),
    ),
    "list of meetings until today": (
        (True, True, False),
        lambda world, day: _early(world, day) and _filtered(day, until=TODAY),
    ),
    "day that can be planned": ((False, True, True), _can_plan),
    "day marked in the month": ((False, True, False), _is_marked),
    "member until": ((False, True, True), lambda world, day: _member(ends_on=day)),
    "member from": ((True, True, False), lambda world, day: _member(starts_on=day)),
    "lasting member for an import": (
        (False, True, True),
        lambda world, day: lasting_memberships().filter(pk=MembershipFactory(ends_on=day).pk).exists(),
    ),
    "post ended": ((False, False, True), lambda world, day: _ended(world, day).is_open),
    "post open": ((False, False, True), lambda world, day: _ended(world, day) in Contact.objects.open()),
    "post entered as moved": ((False, False, True), _move_errors),
    "member of the team away": ((False, True, False), _is_away),
    "absence refused": ((True, False, False), _absence_problem),
    "absence note": ((False, True, True), lambda world, day: Address(absent_until=day).is_away),
}


@pytest.mark.parametrize("clock", CLOCKS, ids=["00:30", "12:00", "23:59"])
def test_a_day_counts_from_midnight_to_midnight_in_berlin(world, clock):
    wrong = {}
    with time_machine.travel(clock, tick=False):
        for name, (expected, read) in READINGS.items():
            found = []
            for day in (TODAY - DAY, TODAY, TODAY + DAY):
                with undone():
                    found.append(read(world, day))
            if tuple(found) != expected:
                wrong[name] = found
    assert wrong == {}
