"""An error at each write × every act: nothing is half done.

Either all is as it was before, or the decision stands whole and the workers write its mails as if nothing had been.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from mailroom.models import Act, OutboxMail
from mailroom.services.acts import write
from meetings.enums import MailingKind
from meetings.models import Invitation, Meeting
from team.models import Activity
from tests.meetings.siblings import AT, OTHERS, SENDING, as_if, build
from tests.tables import Tables, contents, differences, undone

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

WRITE = re.compile(r'\s*(?:INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM) "(\w+)"')


# The stop links of addresses are made before a decision, and are the same whenever they are made.
BUT = {"mailroom.address"}


class Fails:
    """Lets writes pass until the one of that number, which fails before it reaches the database.

    `tables` are those that were written to by then.
    """

    def __init__(self, number: int = 0) -> None:
        self.left = number
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if write := WRITE.match(sql):
            self.left -= 1
            if self.left == 0:
                raise DatabaseError("the disk is full")
            self.tables.add(write[1])
        return execute(sql, params, many, context)


@pytest.fixture
def clock():
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


@pytest.fixture
def world(clock, coordinator, lead):
    return build(coordinator, lead)


def _outcome() -> dict[str, Any]:
    """What became of it, without instants and new keys."""
    meeting = ("state", "sequence", "facts_version", "version", "place", "starts_at", "responsible_id", "online_link")
    invitation = ("contact_id", "withdrawn_at", "answer", "mode", "told_version", "mail_version", "extra_sequence")
    return {
        "meetings": sorted(map(repr, Meeting.objects.order_by().values_list(*meeting))),
        "invitations": sorted(map(repr, Invitation.objects.order_by().values_list(*invitation))),
        "log": sorted(Activity.objects.order_by().values_list("sentence", flat=True)),
        "acts": sorted(Act.objects.order_by().values_list("kind", "state", "total")),
        "mails": sorted(OutboxMail.objects.order_by().values_list("kind", "recipient", "version", "state")),
    }


def _half_done(world: Any, pair: Any, clock: Any, *, is_whole: bool) -> tuple[list[str], int]:
    """What is wrong after an error at each of the writes, and how many writes there are.

    Once a decision stands, its mails are written alike for all kinds: only `is_whole` tries every write of that.
    """
    before, act = pair
    subject = before(world)
    writes = Fails()
    with undone(), connection.execute_wrapper(writes):
        act(world, subject)
        write.write_due()
        whole = _outcome()
    clean, wrong = contents(of=writes.tables), []
    for number in range(2, 1 - writes.left):  # nothing can be left of what fails at once
        with undone():
            fails = Fails(number)
            try:
                with connection.execute_wrapper(fails):
                    act(world, subject)
                break
            except DatabaseError:
                transaction.set_rollback(False)  # nothing has failed in the database itself
            stands = differences({key: clean[key] for key in _labels(fails, clean)}, contents(of=fails.tables), but=BUT)
            if stands:
                clock.shift(write.LEASE + timedelta(minutes=1))
                write.write_due()
                found = _outcome()
                wrong += [f"write {number}: {name}" for name in whole if found[name] != whole[name]]
        clock.move_to(AT)
        if stands and not is_whole:
            break
    return wrong, -writes.left


def _labels(fails: Fails, clean: Tables) -> list[str]:
    return [label for label in clean if apps.get_model(label)._meta.db_table in fails.tables]


@pytest.mark.parametrize("table", [SENDING, OTHERS], ids=["acts of sending", "other acts"])
def test_nothing_is_half_done(world, clock, table):
    wrong, idle = {}, []
    for name, pair in table.items():
        with as_if(world, "withdrawn"):
            found, writes = _half_done(world, pair, clock, is_whole=name == MailingKind.INVITATION)
        if found:
            wrong[name] = found
        if writes < 2:
            idle.append(name)
    assert wrong == {}
    assert idle == []
