"""A withdrawn invitation × every act, every page and every number: as if the person had never been invited.

Each page and number is read three times: all are invited, some of them withdrawn, and the same never invited. The last
two must agree, and the first must differ, so that a line that shows nothing of them proves nothing. Which queries may
see withdrawn rows at all: tests/conventions/test_withdrawn_invitations.py.
"""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.services import today, urgent
from mailroom.models import ActItem, OutboxMail
from mailroom.services.acts import start, write
from meetings import panels
from meetings.enums import BulkKind, MailingKind, Mode, ReplyKind
from meetings.models import Invitation, Meeting
from meetings.services.answers import attendees, calls, counts, invitee, record
from meetings.services.bulk import preview
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.inviting import recipients, remind
from meetings.services.planning import overview, preparation
from meetings.services.returns import proposals
from tests.factories import (
    InboxMailFactory,
)
from tests.meetings.siblings import ACTS, AT, REPLIES, WITHOUT_MAIL, addresses, as_if, build, moved, orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(coordinator, lead):
    with time_machine.travel(AT, tick=False):
        yield build(coordinator, lead)


# --- Numbers: what services say of the meeting


def _names(found: Any) -> list[str]:
    return [str(one.contact) for one in found]


def _only_gone(world: SimpleNamespace) -> Meeting:
    """The meeting without those who stay."""
    OutboxMail.objects.filter(lane__in=[one.lane for one in world.stay]).delete()
    Invitation.objects.filter(pk__in=[one.pk for one in world.stay]).delete()
    return Meeting.objects.get(pk=world.meeting.pk)


def _texts(tasks: Any) -> list[str]:
    return [one.text for one in tasks]


def _lines(world: SimpleNamespace) -> list[Any]:
    found = []
    for order in orders(world.meeting, world.coordinator).values():
        (line,) = preview.lines([world.meeting], order)
        found.append((line.numbers, {kind: _names(people) for kind, people in line.mails.items()}))
    return found


def _seats(world: SimpleNamespace) -> list[str]:
    """What becomes of those who answer one after the other while seats are few."""
    Meeting.objects.filter(pk=world.meeting.pk).update(capacity_in_person=2, capacity_online=2)
    said = []
    for one in (world.stay[2], world.stay[3], world.stay[4]):
        for mode in Mode.values:
            try:
                record.record(Invitation.objects.get(pk=one.pk), "accepted", via="link", mode=mode)
            except record.Full:
                said.append(f"{mode} full")
    return said


NUMBERS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "bar and list": lambda world: overview.attach_numbers([world.meeting])[0].numbers,
    "export of meetings": lambda world: list(overview.rows([world.meeting])),
    "head of the meeting": lambda world: counts.tally(world.meeting),
    "head after it has moved": lambda world: counts.tally(moved(world)),
    "bar after it has moved": lambda world: overview.attach_numbers([moved(world)])[0].numbers,
    "who comes": lambda world: attendees.coming(world.meeting, besides=world.invitation),
    "free seats": _seats,
    "buttons of an invitee": lambda world: invitee.page(world.invitation),
    "call list": lambda world: _names(calls.to_call(world.meeting)),
    "call list after it has moved": lambda world: _names(calls.to_call(moved(world))),
    "to remind": lambda world: [(str(one.contact), one.reason, one.note) for one in remind.silent(world.meeting)],
    "to remind after it has moved": lambda world: _names(remind.silent(moved(world))),
    "whether to remind": lambda world: remind.why_not(_only_gone(world)),
    "to tell": lambda world: _names(changes.people_to_tell(moved(world))),
    "untold": lambda world: (moved(world), changes.untold(_only_gone(world)))[1],
    "untold meetings": lambda world: (moved(world), _only_gone(world), changes.undecided_meetings())[2],
    "to tell that it is off": lambda world: _names(cancel.all_invited(world.meeting)),
    "not heard of it": lambda world: (
        OutboxMail.objects.update(state="superseded"),
        _names(cancel.never_mailed(world.meeting)),
    )[1],
    "bulk acts": _lines,
    "next steps": lambda world: preparation.next_steps(world.meeting),
    "next steps without others": lambda world: preparation.next_steps(_only_gone(world)),
    "„Heute“ without others": lambda world: (_only_gone(world), _texts(urgent.tasks()))[1],
    "„Heute“ after it has moved": lambda world: (moved(world), _only_gone(world), _texts(urgent.tasks()))[2],
    "„Heute“, meetings ahead": lambda world: [
        next_one.meeting.numbers for next_one in today.page(world.coordinator).meetings
    ],
    "who may be meant": lambda world: _names(proposals.probable(world.gone[0].email)),
    "who may be meant by a mail": lambda world: _names(
        panels.for_mail(InboxMailFactory(sender=world.gone[0].email))["perhaps"]
    ),
    "guests to be found": lambda world: [str(one) for one in recipients.found(world.meeting, "Weggenommen")],
    "a link": lambda world: [invitee.by_token(one.token) is None for one in world.gone],
}


@pytest.fixture
def read(world):
    """What a function says in each of the three worlds."""

    def read(function: Callable[[SimpleNamespace], Any]) -> dict[str, Any]:
        found = {}
        for how in ("invited", "withdrawn", "never"):
            with as_if(world, how):
                found[how] = function(world)
        return found

    return read


def test_no_number_and_no_list_holds_a_withdrawn_person(read):
    found = {name: read(function) for name, function in NUMBERS.items()}
    assert {name: one for name, one in found.items() if one["withdrawn"] != one["never"]} == {}
    assert [name for name, one in found.items() if one["invited"] == one["never"]] == []


# --- Pages

# What a page says of withdrawn people on purpose, as a pattern that is cut out before the comparison.
EXPLAINED = {"meetings:meeting": r'<section aria-labelledby="zurueckgenommen">.*?</section>'}  # the end of the list
# Pages that show them by their purpose: to invite them again, and every mail that was ever written.
SHOWS_THEM = {"meetings:invite", "meetings:post"}
# Pages that say something of who is invited: at least these must differ without them.
SAYS_SOMETHING = {
    *("desk:home", "desk:network", "meetings:meetings", "meetings:meeting", "meetings:calls"),
    *("meetings:remind", "meetings:cancel", "meetings:answer"),
}
_CHANGES_EACH_TIME = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|"X-CSRFToken": "[^"]*"')


def _page(browser: Client, name: str, url: str) -> str:
    """What the page says, without what is explained and without what differs each time."""
    page = browser.get(url)
    assert page.status_code == 200, url
    said = _CHANGES_EACH_TIME.sub("", page.content.decode(errors="replace"))
    said = re.sub(EXPLAINED[name], "", said, flags=re.DOTALL) if name in EXPLAINED else said
    return re.sub(r"\s+", " ", said)


def test_no_page_shows_or_counts_a_withdrawn_person(world, team):
    team.get("/")
    asked, unlike = {}, {}
    asks = re.compile(rf"{Invitation._meta.db_table}|^EXECUTE ")  # on PostgreSQL by the name of a prepared statement
    for name, url in addresses(world):
        with as_if(world, "withdrawn"), CaptureQueriesContext(connection) as queries:
            withdrawn = _page(team, name, url)
        if name not in SHOWS_THEM and any(asks.search(query["sql"] or "") for query in queries):
            asked[name] = url
            with as_if(world, "never"):
                never = _page(team, name, url)
            if withdrawn != never:
                unlike[name] = _first_difference(withdrawn, never)
    assert unlike == {}
    assert sorted(SAYS_SOMETHING - asked.keys()) == []
    for name in SAYS_SOMETHING:
        with as_if(world, "invited"):
            invited = _page(team, name, asked[name])
        with as_if(world, "never"):
            assert invited != _page(team, name, asked[name]), name


def _first_difference(one: str, other: str) -> str:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(0, at - 80) : at + 120]!r} / {other[max(0, at - 80) : at + 120]!r}"


# --- Acts


def test_every_kind_of_act_has_its_line():
    assert {*MailingKind, *BulkKind, *ReplyKind} <= ACTS.keys()
    assert set(REPLIES) == set(ReplyKind)


def _about_gone(world: SimpleNamespace) -> dict[str, Any]:
    """Every row about those who are withdrawn that an act could touch."""
    keys = [one.pk for one in world.gone]
    return {
        "invitations": list(Invitation.objects.filter(pk__in=keys).order_by("pk").values()),
        "mails": list(OutboxMail.objects.filter(lane__in=map(str, keys)).order_by("pk").values("pk", "kind")),
        "to be written": list(ActItem.objects.filter(lane__in=map(str, keys)).values("act__kind", "problem")),
        "other mails": OutboxMail.objects.filter(recipient__in=[one.email for one in world.gone]).count(),
    }


def test_no_act_writes_to_or_changes_a_withdrawn_person(world):
    touched, idle = {}, []
    for kind, act in ACTS.items():
        with as_if(world, "withdrawn"):
            before, mails = _about_gone(world), OutboxMail.objects.count()
            act(world)
            write.write_due()
            after = _about_gone(world)
            if before != after:
                touched[kind] = [name for name in before if before[name] != after[name]]
            if OutboxMail.objects.count() == mails and kind not in WITHOUT_MAIL:
                idle.append(kind)
    assert touched == {}
    assert idle == []


BEFORE_IT_IS_WRITTEN = [
    MailingKind.REMINDER,
    MailingKind.UPDATE,
    BulkKind.POSTPONE,
    BulkKind.ONLINE,
    BulkKind.IN_PERSON,
    "an update that says that it takes place after all",
]


def test_a_person_who_is_withdrawn_before_an_act_is_written_gets_the_withdrawal_alone(world, monkeypatch):
    """While a large act is being written by the workers."""
    lanes = [one.lane for one in world.gone]
    wrong = {}
    for kind in BEFORE_IT_IS_WRITTEN:
        with as_if(world, "invited"), monkeypatch.context() as patch:
            patch.setattr(start, "AT_ONCE", 0)
            ACTS[kind](world)
            for one in world.gone:
                withdraw.withdraw(one, by=world.coordinator)
            write.write_due()
            written = OutboxMail.objects.filter(lane__in=lanes, version__gt=1).exclude(kind="withdrawal")
            if found := list(written.exclude(state="superseded").values_list("kind", "state")):
                wrong[kind] = found
            assert OutboxMail.objects.filter(lane__in=lanes, kind="withdrawal", state="queued").count() == len(lanes)
    assert wrong == {}
