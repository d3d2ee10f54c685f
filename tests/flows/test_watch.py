"""What real processes leave behind as signs of life, and a backup of a database that knows none."""

import json
import time
from contextlib import ExitStack

import pytest

from tests.flows.real_database import empty_postgres
from tests.flows.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.postgresql

KINDS = "SELECT kind FROM common_heartbeat ORDER BY kind"


@pytest.fixture
def office(tmp_path):
    """A site of its own on PostgreSQL."""
    with ExitStack() as stack:
        url = stack.enter_context(empty_postgres())
        (tmp_path / "office").mkdir()
        yield Site(tmp_path / "office", database_url=url)


def test_beat_worker_and_backup_leave_signs_of_life(office, tmp_path):
    assert office.rows(KINDS) == []
    with office.working():
        wait_for("beat and a worker have given signs", lambda: office.rows(KINDS) == [("beat",), ("worker",)])
    file = tmp_path / "sicherung.zip"
    begun = time.monotonic()
    office.manage("backup", str(file))
    took = time.monotonic() - begun
    ((detail,),) = office.rows("SELECT detail FROM common_heartbeat WHERE kind = 'backup'")
    said = json.loads(detail) if isinstance(detail, str) else detail
    assert (said.keys(), said["bytes"]) == ({"bytes", "seconds"}, file.stat().st_size)
    assert 0 < said["seconds"] < took

    office.manage("restore", str(file), "--replace")
    assert office.rows(KINDS) == []  # what another database has seen is no sign of life of this one


def test_a_database_from_before_is_backed_up_all_the_same(office, tmp_path):
    """The new program saves the old database, before `migrate`."""
    office.manage("migrate", "common", "zero", "--verbosity", "0")
    said = office.manage("backup", str(tmp_path / "sicherung.zip"))
    assert "the backup is complete, but was not noted in the database: " in said
    assert "Gesichert: " in said
