"""What an office of a former version has, it has afterwards: each kept dump (tests/dump.py) goes both ways up.

The database as that version left it is migrated, as `docs/operations.md` says; its backup is restored by this program.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from common.db.fields import FoldedField
from mailroom.models import Act, OutboxMail
from meetings.models import ChecklistItem, Invitation, Response
from netzwerk.backup import archive, restoring, rows, schema
from partners.models import Contact, ImportJob, Membership, Organisation
from public.models import SiteText
from regions.models import Municipality, Network, SchoolHoliday
from team.models import Activity, User
from tests.conventions.addresses import ADDRESSES
from tests.conventions.test_addresses import url_of
from tests.dump import FOLDER, LIMIT_BYTES
from tests.flows.real_database import empty_database

pytestmark = pytest.mark.both_databases

DUMPS = sorted(FOLDER.glob("*.zip"))
# Rows that have moved to another table since, and those of which another table holds one each, too.
MOVED = {"meetings.mailing": "mailroom.act", "meetings.mailingitem": "mailroom.actitem"}
ALSO = {"meetings.bulkact": ("mailroom.act",)}
# What has left the house or lets somebody in: no migration may ever change it.
FOR_GOOD = {
    "meetings.invitation": ("token", "email"),
    "meetings.meeting": ("uid",),
    "mailroom.outboxmail": ("message_id", "recipient", "raw", "state"),
    "mailroom.address": ("key", "state", "stop_token"),
    "partners.contact": ("first_name", "last_name", "email", "created_at"),
    "team.user": ("email", "password", "is_lead"),
    "team.activity": ("sentence",),
}


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def dump(request, db, settings, tmp_path) -> Iterator[archive.Backup]:
    """The dump of a former version, opened; the connection leads to an empty database of its own."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    with archive.reading(request.param) as backup, empty_database(tmp_path):
        yield backup
    ContentType.objects.clear_cache()  # their keys were those of the other database


def as_it_was_left(backup: archive.Backup) -> None:
    """The database of that version: its tables, its rows, nothing of what came since."""
    with connection.constraint_checks_disabled(), transaction.atomic():
        schema.set_constraints_immediate(True)
        former = schema.build(backup.manifest.migrations)
        schema.set_constraints_immediate(False)
        for table in backup.manifest.tables:
            with backup.open(table) as lines:
                rows.load(former.get_model(table.model), table.columns, lines)
            rows.raise_key_counter(former.get_model(table.model), table.last_key)
        connection.check_constraints()


def said(backup: archive.Backup, label: str) -> list[dict]:
    """The rows of a table as they stand in the dump."""
    table = next(table for table in backup.manifest.tables if table.model == label)
    with backup.open(table) as lines:
        return [dict(zip(table.columns, json.loads(line), strict=True)) for line in lines]


def world() -> SimpleNamespace:
    """A row of everything that pages are about, as far as the dump has it."""
    item = ChecklistItem.objects.first()
    invitation = Invitation.objects.exclude(token=None).first()
    act = Act.objects.first()
    membership = Membership.objects.first()
    contact = Contact.objects.first()
    return SimpleNamespace(
        coordinator=User.objects.get(is_lead=False),
        meeting=item.meeting,
        checklist_item=item,
        invitation=invitation,
        act=act,
        response=Response.objects.first(),
        contact=contact,
        organisation=contact.organisation,
        membership=membership,
        network=Network.objects.first(),
        municipality=Municipality.objects.first(),
        school_holiday=SchoolHoliday.objects.first(),
        site_text=SiteText.objects.first(),
        import_job=ImportJob.objects.first(),
        mail=OutboxMail.objects.first(),
        activity=Activity.objects.first(),
        page="impressum",
        app_label="partners",
        preview="vorschau",
    )


def test_the_dumps_are_small_and_at_least_one_is_from_before_the_last_migrations():
    there = MigrationLoader(None).disk_migrations.keys()
    behind = []
    for path in DUMPS:
        assert path.stat().st_size <= LIMIT_BYTES
        with archive.reading(path) as backup:
            backup.verify()
            behind.append(len(there - backup.manifest.migrations))
    assert max(behind) > 0


def test_everybody_in_a_dump_is_invented(dump):
    text = json.dumps([said(dump, table.model) for table in dump.manifest.tables if table.rows], ensure_ascii=False)
    addresses = {word for word in re.split(r'["„“\s]', text) if "@" in word.strip("@")}
    assert len(addresses) > 40
    assert [word for word in addresses if ".example" not in word and not word.endswith("@tischlerei-lohkamp")] == []


def test_the_database_of_a_former_version_is_migrated(dump, client_for):
    as_it_was_left(dump)
    assert schema.applied() == dump.manifest.migrations
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    all_is_there(dump)
    all_is_folded()
    pages_open(client_for)
    nobody_inherits_a_key(dump)


def test_the_backup_of_a_former_version_is_restored(dump, client_for, settings):
    restoring.restore(Path(dump.archive.filename), say=lambda _: None)
    all_is_there(dump)
    all_is_folded()
    for upload in dump.manifest.uploads:
        assert (settings.MEDIA_ROOT / upload.path).read_bytes() == dump.archive.read(upload.member)
    nobody_inherits_a_key(dump)
    lead = client_for(User.objects.get(is_lead=True))
    assert [lead.get(page).status_code for page in ("/", "/partner/", "/betrieb/")] == [200, 200, 200]


def all_is_there(backup: archive.Backup) -> None:
    """No migration is left to do, no row is lost, and what must never change has not."""
    assert schema.applied() == MigrationLoader(None).disk_migrations.keys()
    wanted: Counter[str] = Counter()
    for table in backup.manifest.tables:
        for label in (MOVED.get(table.model, table.model), *ALSO.get(table.model, ())):
            wanted[label] += table.rows
    for label, number in wanted.items():
        if label not in restoring.SEEDED:
            assert (label, apps.get_model(label)._base_manager.count()) == (label, number)
    for label, names in FOR_GOOD.items():
        model = apps.get_model(label)
        for row in said(backup, label):
            now = model._base_manager.values(*names).get(pk=row["id"])
            assert {name: plain(value) for name, value in now.items()} == {name: row[name] for name in names}


def all_is_folded() -> None:
    """What people search and sort by is stored as this program folds it; telephone numbers, too."""
    numbers = 0
    for model in (Contact, Organisation):
        folded = [field for field in model._meta.concrete_fields if isinstance(field, FoldedField)]
        for row in model._base_manager.all():
            assert {field.name: getattr(row, field.name) for field in folded} == {
                field.name: field.value_for(row) for field in folded
            }
            numbers += bool(row.digits)
    assert numbers


def plain(value):
    """A value as it stands in the dump."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return json.loads(json.dumps(value, default=rows.encode))


def pages_open(client_for) -> None:
    """Each page of ours in the table of addresses: for the lead, and behind the link that a partner has."""
    rows_there, opened = world(), 0
    lead = client_for(User.objects.get(is_lead=True))
    for name, address in ADDRESSES.items():
        needed = {path.partition(".")[0] for path in address.arguments.values()}
        is_ours = not name.startswith(("admin:", "account_"))
        if is_ours and address.lead == 200 and needed <= vars(rows_there).keys():
            answer = lead.get(url_of(name, rows_there))
            assert (name, answer.status_code in (200, 302)) == (name, True)
            opened += answer.status_code == 200
    assert opened > 30
    assert Client().get(f"/einladung/{rows_there.invitation.token}/").status_code == 200


def nobody_inherits_a_key(backup: archive.Backup) -> None:
    """The log points at rows by their keys."""
    last = next(table.last_key for table in backup.manifest.tables if table.model == "team.activity")
    assert Activity.objects.create(sentence="hat es eingespielt").pk > last
