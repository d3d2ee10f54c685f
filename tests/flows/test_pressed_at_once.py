"""Two press the same button at once, on PostgreSQL: one does it, and the other is told that it is done.

Each of the two waits for the other just before the first row that it writes. Where the act holds its lock by then, the
other one never gets there, and the wait ends by itself; where it does not, both have decided before either has written.
"""

import contextlib
import copy
import re
import threading
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection

from mailroom.models import OutboxMail
from partners.services import letters
from regions import seeds
from regions.models import Municipality, Network
from tests.factories import ContactFactory, MembershipFactory, UserFactory
from tests.meetings.siblings import AT, OTHERS, SENDING, build
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

# What may rightly happen twice: two answers are two, and so are two calls.
TWICE = {"an answer", "a call", "changing the meeting"}
ACTS = {**SENDING, **{name: pair for name, pair in OTHERS.items() if name not in TWICE}}
TOGETHER = 0.3  # seconds that one waits for the other
# The stop links of addresses are made before a decision.
_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(?!mailroom_address")')


class _WaitsForTheOther:
    """Before the first write of this thread."""

    def __init__(self, both: threading.Barrier) -> None:
        self.both = both
        self.has_waited = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not self.has_waited and _WRITE.match(sql):
            self.has_waited = True
            # Broken: the other one is held by our lock, or was told that there is nothing left to do.
            with contextlib.suppress(threading.BrokenBarrierError):
                self.both.wait(TOGETHER)
        return execute(sql, params, many, context)


def _press(act: Callable[[], object], both: threading.Barrier, outcomes: list[object]) -> None:
    """Add what it returns, or the error that it raises."""
    try:
        with connection.execute_wrapper(_WaitsForTheOther(both)):
            outcomes.append(act())
    except Exception as error:
        outcomes.append(error)
    finally:
        connection.close()


def _press_twice(world: SimpleNamespace, name: object) -> list[object]:
    before, act = ACTS[name]
    subject = before(world)
    return _at_once(lambda: act(world, copy.copy(subject)))


def _at_once(act: Callable[[], object]) -> list[object]:
    both, outcomes = threading.Barrier(2), []
    threads = [threading.Thread(target=_press, args=(act, both, outcomes)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return outcomes


def _is_refused(outcome: object) -> bool:
    """Whether the person was told that there is nothing left to do."""
    return outcome is False or isinstance(outcome, ValueError)


def test_of_two_presses_at_once_one_does_it_and_the_other_is_told():
    seeds.load(Network, Municipality)
    coordinator, lead = UserFactory(), UserFactory(is_lead=True)
    wrong = {}
    with time_machine.travel(AT, tick=False):
        for number, name in enumerate(ACTS):
            outcomes = _press_twice(build(coordinator, lead, mark=f"-{number}"), name)
            strange = [one for one in outcomes if isinstance(one, Exception) and not _is_refused(one)]
            if strange or [_is_refused(one) for one in outcomes].count(True) != 1:
                wrong[name] = outcomes
    assert wrong == {}


def test_two_presses_on_the_same_letter_to_a_network_are_one_act():
    """The page of a letter has the key of its act, so both are led to the same progress."""
    seeds.load(Network, Municipality)
    network, coordinator, key = Network.objects.get(slug="bramsche"), UserFactory(), uuid.uuid4()
    contact = ContactFactory()
    MembershipFactory(network=network, organisation=contact.organisation)
    letter = {"key": key, "subject": "Neues", "text": "Hallo", "by": coordinator}
    outcomes = _at_once(lambda: letters.send(network, {contact.pk}, **letter))
    assert [getattr(one, "pk", one) for one in outcomes] == [key, key]
    assert OutboxMail.objects.filter(kind="letter").count() == 1
