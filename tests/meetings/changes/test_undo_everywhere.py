"""Stopping × every kind of act × every column of every table: all is as it was before the act.

Only what is named here may differ afterwards. What happens when somebody changes something in between:
test_stopping.py, test_change_table.py.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.cache import cache

from mailroom.models import Act as ActOfSending
from mailroom.models import OutboxMail
from mailroom.services.acts import stop
from meetings.enums import BulkKind, MailingKind
from meetings.models import BulkAct, ChecklistItem, Invitation, Meeting
from meetings.services.answers import record
from meetings.services.bulk import carry_out
from meetings.services.bulk.order import Order
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.inviting import invite, remind
from meetings.services.planning import meetings
from tests.factories import ContactFactory, MeetingFactory, MembershipFactory, OrganisationFactory
from tests.tables import Tables, contents, differences, undone

pytestmark = pytest.mark.django_db

AT = datetime(2031, 1, 6, 9, 0, tzinfo=UTC)  # the meeting is on 5 February
State = OutboxMail.State

# What is new afterwards: the log, and the act itself with its mails, none of which leaves.
NEW_ROWS = {
    *("team.activity", "team.activitytarget", "mailroom.address"),
    *("mailroom.act", "mailroom.actitem", "meetings.bulkact", "meetings.bulkitem", "mailroom.outboxmail"),
}
# What counts on, so that a page that was opened before notices that somebody was there.
COUNTS_ON = {
    *("meetings.meeting.version", "meetings.meeting.updated_at"),
    *("meetings.invitation.updated_at", "mailroom.outboxmail.updated_at"),
    # The outbox takes each version of a lane once.
    "meetings.invitation.mail_version",
    # A stopped act may be taken back again: the version that it is compared with counts on, too.
    "meetings.bulkitem.undo_record",
}


@pytest.fixture
def clock():
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


@pytest.fixture
def world(clock, coordinator, lead):
    """A meeting with every field filled, and people by what became of the mail to them."""
    meeting = MeetingFactory(
        format="hybrid",
        theme="Ausbildung",
        place="Rathaus",
        host=OrganisationFactory(),
        online_link="https://raum.example/alt",
        dial_in="+49 5422 1",
        capacity_in_person=40,
        capacity_online=40,
        answer_deadline_on=date(2031, 1, 29),
        text="Es geht um *Ausbildung*.",
        responsible=lead,
        is_public=True,
    )
    ChecklistItem.objects.create(meeting=meeting, title="Raum klären", done_at=AT, done_by=lead)
    world = SimpleNamespace(meeting=meeting, by=coordinator, colleague=coordinator, clock=clock, people={})
    world.newcomer = ContactFactory(last_name="new")
    for name in ("came", "silent", "gone", "failed", "doubt", "retried", "waiting"):
        world.people[name] = contact = ContactFactory(last_name=name)
        MembershipFactory(organisation=contact.organisation)
    invite.invite(meeting, world.people.values(), by=coordinator)
    world.people = {name: Invitation.objects.get(contact=contact) for name, contact in world.people.items()}
    waiting = world.people["waiting"].lane
    OutboxMail.objects.exclude(lane=waiting).update(state=State.SENT, sent_at=AT, attempts=1)
    _set_fates(world)
    record.record(world.people["came"], "accepted", via="link", mode="online", comment="Gern")
    record.record(world.people["gone"], "declined", via="link", comment="Leider nein")
    withdraw.withdraw(world.people["gone"], by=coordinator)
    OutboxMail.objects.filter(kind="withdrawal").update(state=State.SENT, sent_at=AT)
    clock.shift(timedelta(seconds=10))
    return world


def _set_fates(world: SimpleNamespace) -> None:
    fates = {
        "failed": {"state": State.FAILED, "last_code": 550, "last_error": "550 no", "sent_at": None},
        "doubt": {"state": State.UNCERTAIN, "unanswered": 1, "sent_at": None},
        "retried": {"state": State.RETRY, "last_code": 451, "sent_at": None, "next_attempt_at": AT},
    }
    for name, fate in fates.items():
        OutboxMail.objects.in_lane(world.people[name].lane).update(**fate)


def _now(world: SimpleNamespace) -> Meeting:
    return Meeting.objects.select_related("host").get(pk=world.meeting.pk)


def _change(world: SimpleNamespace, **fields: object) -> None:
    """Change the meeting as the form does; nobody is told yet."""
    row = _now(world)
    for name, value in fields.items():
        setattr(row, name, value)
    row.version += 1
    meetings.change(row, networks=list(row.networks.all()), fields=list(fields), by=world.by)
    world.clock.shift(timedelta(seconds=10))


def _everybody(world: SimpleNamespace) -> list[object]:
    return [one.pk for one in world.people.values()]


def _passes(world: SimpleNamespace) -> None:
    """The window passes, and everything that waits has left."""
    world.clock.shift(timedelta(hours=1))
    OutboxMail.objects.filter(state__in=OutboxMail.WAITING).update(state=State.SENT, sent_at=AT)


# --- Acts: what comes before, and what is done and stopped


def _open_place(world: SimpleNamespace) -> None:
    _change(world, place="Aula")


def _called_off(world: SimpleNamespace) -> None:
    cancel.cancel(_now(world), by=world.by)
    _passes(world)


def _open_date(world: SimpleNamespace) -> None:
    row = _now(world)
    _change(world, starts_at=row.starts_at + timedelta(days=7), ends_at=row.ends_at + timedelta(days=7))


def _nothing(world: SimpleNamespace) -> None:
    """Nothing comes before."""


Act = Callable[[SimpleNamespace], object]
ACTS: dict[MailingKind, Act] = {
    MailingKind.INVITATION: lambda world: invite.invite(
        _now(world), [world.newcomer, world.people["gone"].contact], by=world.by, word="Kommen Sie!"
    ),
    MailingKind.REMINDER: lambda world: remind.remind(_now(world), _everybody(world), by=world.by, word="Bitte"),
    MailingKind.UPDATE: lambda world: changes.tell(_now(world), _everybody(world), by=world.by, word="Neu"),
    MailingKind.CANCELLATION: lambda world: cancel.cancel(_now(world), by=world.by, word="Schade"),
    MailingKind.WITHDRAWAL: lambda world: withdraw.withdraw(world.people["came"], by=world.by, word="Schade"),
}
# What an act is tried after; an update needs something to tell.
BEFORE: dict[MailingKind, list[Act]] = {
    MailingKind.INVITATION: [_nothing, _open_date],
    MailingKind.REMINDER: [_nothing, _open_date],
    MailingKind.UPDATE: [_open_date, _open_place],
    MailingKind.CANCELLATION: [_nothing, _open_date],
    MailingKind.WITHDRAWAL: [_nothing, _open_date],
}
ORDERS = [kind for kind in BulkKind if kind != BulkKind.TAKE_BACK]


def _order(world: SimpleNamespace, kind: BulkKind) -> Order:
    meeting = _now(world)
    return Order(
        kind=kind,
        word="Wegen Glatteis.",
        days={meeting.pk: meeting.starts_on + timedelta(weeks=4)},
        links={meeting.pk: "https://raum.example/neu"},
        colleague=world.colleague,
    )


def _unlike(before: Tables, after: Tables) -> list[str]:
    """What differs and may not: rows and columns that are not named above, and new mails that may leave."""
    found = differences(before, after, but=COUNTS_ON)
    kept = [line for line in found if not (line.endswith(": new") and line.split(" ")[0] in NEW_ROWS)]
    old = before["mailroom.outboxmail"]
    new = [row for key, row in after["mailroom.outboxmail"].items() if key not in old]
    kept += [f"a mail of the act: {row['state']}" for row in new if row["state"] not in ("cancelled", "superseded")]
    return kept


_IDLE = "the act changes nothing that stopping could give back"


def _compared(world: SimpleNamespace, act: Act, stop: Act) -> list[str]:
    """What is not as it was once it is stopped; a line also where the act itself did nothing."""
    before = contents()
    act(world)
    done = contents()
    stop(world)
    after = contents()
    for tables in (before, done, after):
        for row in tables["mailroom.outboxmail"].values():  # both wait, and leave at `next_attempt_at`
            row["state"] = State.QUEUED if row["state"] == State.RETRY else row["state"]
    touched = differences(before, done, but={*NEW_ROWS, *COUNTS_ON})
    return _unlike(before, after) + ([] if touched else [_IDLE])


def _stop_newest(world: SimpleNamespace) -> None:
    world.clock.shift(timedelta(seconds=1))
    stop.stop_act(ActOfSending.objects.latest("created_at", "pk"), by=world.by)


def _stop_bulk(world: SimpleNamespace) -> None:
    world.clock.shift(timedelta(seconds=1))
    stopped = stop.stop_act(BulkAct.objects.latest("created_at").act, by=world.by)
    assert "inzwischen jemand geändert" not in str(stopped)


def test_every_kind_of_act_has_its_line():
    assert (set(ACTS), set(BEFORE)) == (set(MailingKind), set(MailingKind))


# A reminder changes nothing but what counts on and its own rows.
CHANGES_NOTHING = {MailingKind.REMINDER}


def test_a_stopped_act_leaves_nothing_behind(world):
    unlike = {}
    for kind, act in ACTS.items():
        for first in BEFORE[kind]:
            with undone():
                first(world)
                found = _compared(world, act, _stop_newest)
                if found and not (kind in CHANGES_NOTHING and found == [_IDLE]):
                    unlike[f"{kind} after {first.__name__}"] = found
            cache.clear()
    assert unlike == {}


def test_a_stopped_reinstatement_leaves_nothing_behind(world):
    _called_off(world)
    reinstate = cancel.reinstate
    assert _compared(world, lambda world: reinstate(_now(world), by=world.by), _stop_all) == []


def _stop_all(world: SimpleNamespace) -> None:
    """One act tells those who knew, another invites those who had heard nothing; that one is stopped first."""
    world.clock.shift(timedelta(seconds=1))
    newest = ActOfSending.objects.filter(state="released", leaves_at__gt=AT + timedelta(hours=1))
    for act in newest.order_by("kind"):
        stop.stop_act(act, by=world.by)


def test_a_stopped_bulk_act_leaves_nothing_behind(world):
    unlike = {}
    for kind in ORDERS:
        for first in (_nothing, _open_date):
            with undone():
                first(world)
                act = _carry_out(kind)
                if found := _compared(world, act, _stop_bulk):
                    unlike[f"{kind} after {first.__name__}"] = found
    assert unlike == {}


def _carry_out(kind: BulkKind) -> Act:
    return lambda world: carry_out.carry_out([_now(world)], _order(world, kind), by=world.by)


def _take_back(world: SimpleNamespace) -> None:
    carry_out.take_back(BulkAct.objects.latest("created_at"), by=world.by)


def test_taking_back_gives_back_every_field_and_can_itself_be_stopped(world):
    unlike = {}
    for kind in ORDERS:
        with undone():
            was = Meeting.objects.filter(pk=world.meeting.pk).values().get()
            _carry_out(kind)(world)
            _passes(world)
            if found := _compared(world, _take_back, _stop_bulk):
                unlike[f"taking back {kind}, stopped"] = found
            world.clock.shift(timedelta(seconds=1))
            carry_out.take_back(BulkAct.objects.exclude(kind=BulkKind.TAKE_BACK).get(), by=world.by)
            now = Meeting.objects.filter(pk=world.meeting.pk).values().get()
            rises = {"version", "updated_at", "sequence", "facts_version"}
            if found := {name for name in was if was[name] != now[name]} - rises:
                unlike[f"taking back {kind}"] = sorted(found)
    assert unlike == {}
