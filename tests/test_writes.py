"""Tests of `writes` on both databases: the tests of every address rely on it."""

import pytest
from django.db import connection

from regions.models import Network
from team.models import Activity
from tests.writes import writes

pytestmark = pytest.mark.django_db


def _network() -> Network:
    return Network.objects.get(slug="bramsche")


@pytest.mark.parametrize(
    ("act", "seen"),
    [
        (lambda: Activity.objects.create(sentence="hat etwas getan"), ["team_activity"]),
        (lambda: Activity.objects.bulk_create([Activity(sentence="hat etwas getan")]), ["team_activity"]),
        (lambda: _network().save(), ["regions_network"]),
        (lambda: Network.objects.filter(slug="bramsche").update(name="Anders"), ["regions_network"]),
        (lambda: _network().municipalities.all().delete(), ["regions_municipality"]),
        (lambda: connection.cursor().execute("UPDATE regions_network SET name = name"), ["regions_network"]),
        (lambda: Network.objects.filter(slug="gibt-es-nicht").update(name="Anders"), []),
        (lambda: Network.objects.filter(slug="gibt-es-nicht").delete(), []),
        (lambda: list(Network.objects.select_for_update()), []),
    ],
)
def test_every_changed_row_is_seen_and_looking_is_not(act, seen):
    with writes() as written:
        act()
    assert written == seen
