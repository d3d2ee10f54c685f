"""What is known about addresses, and when it changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.models import Address
from mailroom.services import addresses, delivery, inbox
from tests.mailroom.test_returned import WHO, apply, report


def test_what_is_known_in_one_query(db, django_assert_num_queries):
    hard = Address.objects.create(key="weg@schule.example", state=Address.State.HARD, reason="550")
    Address.objects.create(key="andere@schule.example")
    with django_assert_num_queries(1):
        assert addresses.states(["weg@schule.example", "da@schule.example", ""]) == {"weg@schule.example": hard}


def test_nothing_is_asked_for_nobody(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert addresses.states(["", ""]) == {}


# --- Stopped by its owner, disturbed, broken: what is told when


@pytest.fixture
def stopped(db) -> Address:
    address = Address.objects.create(key=WHO)
    addresses.stop(address)
    return told(address)


def told(address: Address) -> Address:
    address.refresh_from_db()
    return address


def test_a_hard_report_beats_a_stop_and_a_release_brings_it_back(sent, stopped, server, coordinator, queued) -> None:
    since = stopped.stopped_at
    apply(report(outbox_id=sent.pk))
    assert (told(stopped).state, stopped.is_stopped, stopped.stopped_at) == ("hard", True, since)
    assert "5.1.1" in stopped.reason
    update = queued(WHO, kind="update")
    delivery.deliver_due()
    update.refresh_from_db()
    assert ("5.1.1" in update.last_error, server.received) == (True, [])
    assert addresses.mark_usable(WHO, by=coordinator)
    assert (told(stopped).state, stopped.reason, stopped.stopped_at) == ("stopped", "über den Abmelde-Link", since)
    apply(report(outbox_id=sent.pk))  # of a mail that had left before the release
    assert told(stopped).state == "stopped"
    assert not addresses.mark_usable(WHO, by=coordinator)


def test_a_stop_from_before_there_was_a_date_is_kept_too(sent, coordinator) -> None:
    old = Address.objects.create(key=WHO, state="stopped")
    apply(report(outbox_id=sent.pk))
    assert (told(old).state, old.stopped_at is None, old.is_stopped) == ("hard", False, True)
    addresses.mark_usable(WHO, by=coordinator)
    assert told(old).state == "stopped"


def test_a_disturbance_of_the_moment_hides_no_stop(stopped, sent) -> None:
    apply(report(status="5.2.2", permanent=False, outbox_id=sent.pk))
    assert told(stopped).state == "stopped"


def test_who_stops_at_a_broken_address_has_stopped_once_it_is_released(sent, coordinator) -> None:
    apply(report(outbox_id=sent.pk))
    address = Address.objects.get()
    addresses.stop(address)
    addresses.stop(address)
    assert (told(address).state, address.is_stopped) == ("hard", True)
    addresses.resume(address)
    assert (told(address).state, address.is_stopped) == ("hard", False)
    addresses.stop(address)
    addresses.mark_usable(WHO, by=coordinator)
    assert told(address).state == "stopped"
    addresses.resume(address)
    assert (told(address).state, address.is_stopped) == ("ok", False)


# --- A disturbance is over


def disturbed(state: str = "soft") -> Address:
    since = timezone.now() - timedelta(days=1)
    return Address.objects.create(key=WHO, state=state, reason="Das Postfach ist voll (5.2.2)", since=since)


@pytest.mark.parametrize(
    ("head", "after"),
    [
        ("From: Gesa <AHRENS@schule.example>", "ok"),
        ("From: andere@schule.example", "soft"),
        (f"From: {WHO}\r\nAuto-Submitted: auto-replied", "soft"),
    ],
)
def test_whoever_writes_from_there_ends_it(db, head: str, after: str) -> None:
    address = disturbed()
    raw = f"{head}\r\nSubject: Hallo\r\n\r\nIch komme gern.\r\n".encode()
    inbox.apply(inbox.store(raw, place="", received_at=timezone.now()))
    assert (told(address).state, address.reason == "") == (after, after == "ok")


def test_a_mail_from_before_it_ends_nothing_and_a_broken_address_stays_broken(db) -> None:
    address = disturbed()
    addresses.clear_disturbance(WHO, at=timezone.now() - timedelta(days=2))
    assert told(address).state == "soft"
    Address.objects.update(state="hard")
    addresses.clear_disturbance(WHO, at=timezone.now())
    assert told(address).state == "hard"


@pytest.mark.parametrize(("action", "after"), [("delivered", "ok"), ("relayed", "soft")])
def test_a_newer_mail_that_arrived_ends_it(sent, action: str, after: str) -> None:
    address = disturbed()
    apply(report(action, "2.0.0", permanent=False, outbox_id=sent.pk))
    assert told(address).state == after
