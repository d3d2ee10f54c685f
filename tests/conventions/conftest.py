"""Fixtures with one row of everything, made once per module; each test's changes are rolled back."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client, override_settings

from tests.conventions.test_addresses import build_world
from tests.factories import UserFactory, start_numbers_at
from tests.sessions import copy_of, logged_in

_NUMBERS_OF_THE_WORLD = 1000  # so that rows added by a test get other names


@pytest.fixture(scope="module")
def module_world(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """Make the world inside a transaction that ends with the module; `browsers` are the members' test clients.

    Each test's own transaction is a savepoint inside it, so that the test's changes are rolled back. The objects are
    shared: a test changes rows by a query, not an object.
    """
    start_numbers_at(_NUMBERS_OF_THE_WORLD)
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=[hasher]), transaction.atomic():
        world = build_world(UserFactory(first_name="Katja"), UserFactory(first_name="Jens", is_lead=True))
        world.browsers = {"coordinator": logged_in(world.coordinator), "lead": logged_in(world.lead)}
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def world(module_world, db) -> SimpleNamespace:
    """Return one row of everything that an address can be about."""
    return module_world


@pytest.fixture
def people(world) -> dict[str, Client]:
    """Return test clients of a stranger, the coordinator and the lead."""
    return {"stranger": Client()} | {who: copy_of(browser) for who, browser in world.browsers.items()}
