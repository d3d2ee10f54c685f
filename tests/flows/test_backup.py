"""A whole office into a file and back, on the same and on the other kind of database; and what happens on the way."""

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from contextlib import ExitStack, contextmanager
from hashlib import sha256

import pytest
from django.db import connection

from netzwerk.backup import saving
from team.models import Activity
from tests.flows.demo import ROOT
from tests.flows.real_database import empty_postgres, shared_database, start
from tests.flows.site import Site
from tests.waiting import PATIENCE

ON_POSTGRES = "DATABASE_URL" in os.environ
# Every row of every table, as this program reads it: the same on both kinds of database.
CONTENTS = """
import json, sys
from datetime import UTC, datetime
from django.apps import apps

def plain(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else repr(value)

running = {"sessions.Session", "usersessions.UserSession", "mailroom.Connection", "common.Heartbeat"}
models = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in running]
json.dump({
    model._meta.label: sorted(json.dumps(row, default=plain, sort_keys=True) for row in model.objects.values_list())
    for model in models
}, sys.stdout)
"""
# A row in every table that has none: a relation leads to another row each time, the rest is as short as can be.
FILL = """
from collections import Counter
from django.apps import apps
from django.db import models
from django.utils import timezone

PLAIN = [
    (models.DateTimeField, timezone.now()), (models.DateField, timezone.localdate()), (models.BinaryField, b"x"),
    (models.GenericIPAddressField, "192.0.2.1"), (models.JSONField, {}),
    (models.BooleanField, False), (models.IntegerField, 1), (models.FloatField, 1.0),
]

def value(field, used):
    if field.is_relation:
        keys = list(field.related_model._base_manager.order_by("pk").values_list("pk", flat=True)[:2])
        used[field.related_model] += 1
        return keys[(used[field.related_model] - 1) % len(keys)] if keys else None
    if field.has_default():
        return field.get_default()
    return next((plain for kind, plain in PLAIN if isinstance(field, kind)), "x")

def fill(model):
    used = Counter()
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    model._base_manager.bulk_create([model(**{field.attname: value(field, used) for field in fields})])

waiting = [model for model in apps.get_models(include_auto_created=True) if not model._base_manager.exists()]
while waiting:
    ready = [
        model for model in waiting
        if not any(f.is_relation and not f.null and f.related_model in waiting for f in model._meta.concrete_fields)
    ]
    for model in ready:
        fill(model)
    waiting = [model for model in waiting if model not in ready]
"""
WRITE = "from team.models import Activity\nActivity.objects.create(sentence='meanwhile')"
PAIR = """
from django.db import transaction
from team.models import Activity, ActivityTarget
for number in range(100000):
    with transaction.atomic():
        activity = Activity.objects.create(sentence=f"pair {number}")
        ActivityTarget.objects.create(activity=activity, kind="pair", key=str(number))
    print(number, flush=True)
"""


@contextmanager
def sites(folder):
    """Set up a site: make("name"), make("name", on_postgres=True), make("name", is_bare=True) without any table."""
    with ExitStack() as stack:

        def make(name, *, on_postgres=ON_POSTGRES, is_bare=False):
            (folder / name).mkdir()
            url = stack.enter_context(empty_postgres()) if on_postgres else ""
            made = (Unprepared if is_bare else Site)(folder / name, database_url=url)
            if is_bare and not on_postgres:
                (folder / name / "netzwerk.sqlite3").unlink(missing_ok=True)
            return made

        yield make


@pytest.fixture
def site(tmp_path):
    """Sites for one test."""
    with sites(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office with partners, meetings, mails and two uploaded files; tests only read it."""
    with sites(tmp_path_factory.mktemp("offices")) as make:
        office = make("office")
        office.manage("seed_demo", "--partners", "60", "--meetings", "6", "--verbosity", "0")
        office.manage("shell", "--no-imports", "-c", FILL)  # of a table that nobody fills, nobody would miss a row
        upload(office, "bilder/Größe ändern.png", os.urandom(300_000))
        upload(office, "leer.txt", b"")
        yield office


@pytest.fixture(scope="module")
def file(office):
    """Its backup."""
    file = office.folder / "sicherung.zip"
    said = office.manage("backup", str(file))
    assert "60  Personen" in said
    assert "2  hochgeladene Dateien" in said
    assert file.stat().st_mode & 0o777 == 0o600
    return file


class Unprepared(Site):
    """A site as it comes: nobody has called migrate yet."""

    def _prepare(self) -> None:
        pass

    def _prepare_on_postgres(self) -> None:
        pass

    def _keep(self) -> None:
        pass


def upload(site, name, content):
    """Put a file where uploads lie."""
    path = site.folder / "uploads" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def copied(office, site):
    """Give the site, on SQLite, the rows of the office; return the site."""
    shutil.copy(office.folder / "netzwerk.sqlite3", site.folder / "netzwerk.sqlite3")
    return site


def uploads(site):
    """Every uploaded file."""
    folder = site.folder / "uploads"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def contents(site):
    """Table → its rows, whatever their order."""
    return json.loads(site.manage("shell", "--no-imports", "-c", CONTENTS, LOG_LEVEL="ERROR"))


def raw(site):
    """Every row as the database itself says it, with the moments of migrations and the limits of attempts left out."""
    return {name: found for name, found in site.contents().items() if name != "cache"}


@pytest.mark.both_databases
def test_there_and_back_on_both_kinds_of_database(office, file, site, tmp_path):
    rows, files = contents(office), uploads(office)
    assert [name for name, found in rows.items() if not found] == []
    assert len(rows["partners.Contact"]) == 60
    assert len(rows["mailroom.OutboxMail"]) > 10
    for number, on_postgres in enumerate([False, True] if ON_POSTGRES else [False]):
        target = site(f"target{number}", on_postgres=on_postgres, is_bare=True)
        assert "60  Personen" in target.manage("restore", str(file))
        restored = contents(target)
        assert {name: restored[name] == rows[name] for name in rows} == dict.fromkeys(rows, True)
        assert uploads(target) == files
        file = tmp_path / f"{number}.zip"
        target.manage("backup", str(file))
    target.manage("seed_demo", "--partners", "70", "--meetings", "6", "--verbosity", "0")  # new keys are free ones
    assert target.rows("SELECT count(*) FROM partners_contact") == [(70,)]
    assert "No changes detected" in target.manage("makemigrations", "--check", "--dry-run")


def test_what_was_before_the_last_migrations_is_brought_up_to_date(office, site, tmp_path):
    """Also a backup with the new program and the old database, between fetching and `migrate`."""
    digits = "SELECT count(*) FROM partners_contact WHERE digits <> ''"
    old, new = copied(office, site("old")), site("new", is_bare=True)
    kept = old.rows(digits)
    old.manage("migrate", "partners", "0002", "--verbosity", "0")
    old.manage("backup", str(tmp_path / "alt.zip"))
    new.manage("restore", str(tmp_path / "alt.zip"))
    assert "[ ]" not in new.manage("showmigrations")
    assert new.rows(digits) == kept != [(0,)]  # what 0003 computes
    assert new.rows("SELECT count(*) FROM partners_contact") == [(60,)]


def fails(site, *arguments):
    """What a command says that ends with exit code 1, without a traceback."""
    process = site.start(*arguments)
    said, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Traceback" in said) == (1, False), said
    return said


def test_a_file_or_a_target_with_something_in_it_stays_unless_told(office, file, site):
    assert "gibt es schon" in fails(office, "backup", str(file))
    office.manage("backup", str(file), "--force")

    target = site("target")
    upload(target, "alt.txt", b"alt")
    before = raw(target)
    said = fails(target, "restore", str(file))
    assert "Das Ziel ist nicht leer: 1 Teammitglieder, 1 hochgeladene Dateien." in said
    assert (raw(target), uploads(target)) == (before, {"alt.txt": b"alt"})
    target.manage("restore", str(file), "--replace")
    assert uploads(target) == uploads(office)
    assert target.rows("SELECT count(*) FROM team_user") == [(3,)]

    migrated = site("migrated")
    migrated.change("DELETE FROM team_user")
    migrated.manage("restore", str(file))
    assert migrated.rows("SELECT count(*) FROM team_user") == [(3,)]


def test_a_restore_that_is_killed_leaves_the_target_as_it_was(office, file, site):
    target = site("target")
    upload(target, "alt.txt", b"alt")
    before = raw(target)
    for line in ("Die hochgeladenen Dateien werden", "Die Tabellen werden", "Die Zeilen werden"):
        process = target.start("restore", str(file), "--replace")
        assert any(said.startswith(line) for said in process.stdout)
        process.kill()
        process.communicate()
        assert process.returncode == -9
        assert raw(target) == before
        assert uploads(target) == {"alt.txt": b"alt"}
    target.manage("restore", str(file), "--replace")
    assert uploads(target) == uploads(office)
    assert [path.name for path in target.folder.glob("uploads*")] == ["uploads"]


@pytest.mark.parametrize("blocks", [100] if ON_POSTGRES else [100, 1000])
def test_a_full_disk_leaves_the_target_as_it_was(file, site, blocks):
    """No file may grow beyond so many KiB: the uploads do not fit, or they do and SQLite's transaction does not."""
    target = site("target")
    upload(target, "alt.txt", b"alt")
    before = raw(target)
    command = f'ulimit -f {blocks}; exec "{sys.executable}" manage.py restore "{file}" --replace'
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=target.environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Das Ziel ist, wie es war." in done.stderr
    assert (raw(target), uploads(target)) == (before, {"alt.txt": b"alt"})
    assert [path.name for path in target.folder.glob("uploads*")] == ["uploads"]


def test_rows_that_the_database_refuses_take_everything_back(file, site, tmp_path):
    target = site("target")
    before = raw(target)
    _without_organisations(file, tmp_path / "verwaist.zip")
    assert "Das Ziel ist, wie es war." in fails(target, "restore", str(tmp_path / "verwaist.zip"), "--replace")
    assert raw(target) == before


def _without_organisations(source, target):
    """Write a backup whose checksums fit and whose people belong to nobody."""
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(target, "w") as into:
        manifest = json.loads(whole.read("manifest.json"))
        entry = next(table for table in manifest["tables"] if table["model"] == "partners.organisation")
        entry.update(rows=0, sha256=sha256(b"").hexdigest())
        for name in whole.namelist():
            changed = {"manifest.json": json.dumps(manifest).encode(), "tables/partners.organisation.jsonl": b""}
            into.writestr(name, changed.get(name) if name in changed else whole.read(name))


def test_who_writes_meanwhile_gets_through_and_is_in_the_backup_whole_or_not(office, site, tmp_path):
    busy = copied(office, site("busy"))
    with busy.start("shell", "--no-imports", "-c", PAIR) as writer:
        written = [int(writer.stdout.readline())]
        reader = threading.Thread(target=lambda: written.extend(map(int, writer.stdout)))
        reader.start()
        try:
            busy.manage("backup", str(tmp_path / "sicherung.zip"))
            assert writer.poll() is None
        finally:
            writer.kill()
            reader.join()
    with zipfile.ZipFile(tmp_path / "sicherung.zip") as saved:
        pairs, targets = (
            saved.read(f"tables/team.{name}.jsonl").count(f'"pair{more}'.encode())
            for name, more in (("activity", " "), ("activitytarget", '"'))
        )
    assert pairs == targets
    assert 1 <= pairs < len(written)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_a_snapshot_sees_one_instant_and_stops_nobody(tmp_path):
    with shared_database(tmp_path) as url:
        with saving.snapshot():
            before = Activity.objects.count()
            assert start(WRITE, database_url=url, folder=tmp_path).wait(PATIENCE) == 0
            assert Activity.objects.count() == before
        assert Activity.objects.count() == before + 1
        assert getattr(connection, "transaction_mode", "IMMEDIATE") == "IMMEDIATE"
