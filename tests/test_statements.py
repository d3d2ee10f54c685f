"""Which tests PostgreSQL runs after SQLite."""

import pytest
from django.db import IntegrityError, connection, transaction

from regions.models import Network
from tests.statements import NewStatements, noted, shape

COUNT, FIND = "SELECT count(*) FROM regions_network", "SELECT name FROM regions_network WHERE id IN (%s)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM b WHERE c IN (%s)", "SELECT a FROM b WHERE c IN (%s, %s, %s)"),
        ("INSERT INTO a (b, c) VALUES (%s, %s)", "INSERT INTO a (b, c) VALUES (%s, %s), (%s, %s), (%s, %s)"),
        ("SELECT a FROM b LIMIT 21", "SELECT a FROM b LIMIT 100"),
        ("SAVEPOINT s140_x1", "SAVEPOINT s140_x2"),
        (
            "UPDATE a SET b = CASE WHEN (a.id = %s) THEN %s ELSE NULL END",
            "UPDATE a SET b = CASE WHEN (a.id = %s) THEN %s WHEN (a.id = %s) THEN %s ELSE NULL END",
        ),
    ],
)
def test_more_or_other_values_are_the_same_statement(one, other):
    assert shape(one) == shape(other)


def test_another_column_is_another_statement():
    assert shape("SELECT a1 FROM b") != shape("SELECT a2 FROM b")


def test_a_test_is_noted_for_a_new_statement_and_for_a_new_error(db, tmp_path):
    Network.objects.create(name="Hase", slug="hase")
    plugin = NewStatements(tmp_path)
    with connection.cursor() as cursor, connection.execute_wrapper(plugin.note):
        cursor.execute(FIND, ["1"])
        for name, sql, values in [
            ("first", COUNT, None),
            ("same", COUNT, None),
            ("second", FIND, ["1"]),
            ("other values", FIND.replace("%s", "%s, %s"), ["1", "2"]),
        ]:
            plugin.pytest_runtest_logstart(name)
            cursor.execute(sql, values)
        for name in ("doubled", "doubled again"):
            plugin.pytest_runtest_logstart(name)
            with pytest.raises(IntegrityError), transaction.atomic():
                Network.objects.create(name="Hase", slug="hase")
    plugin.pytest_sessionfinish()
    assert noted(tmp_path) == {"first", "second", "doubled"}
