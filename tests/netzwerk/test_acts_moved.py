"""Acts of sending move to the mailroom: every row is there under its key, whatever a row points at."""

import uuid
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from mailroom.models import Act, ActItem, OutboxMail
from meetings.models import BulkAct, Change, Meeting
from netzwerk.backup import schema
from tests.flows.real_database import empty_database

pytestmark = pytest.mark.both_databases

MOVING = {
    ("mailroom", "0010_acts"),
    ("mailroom", "0011_acts_moved"),
    ("mailroom", "0012_settled_mails"),
    ("meetings", "0007_keys_of_acts"),
    ("meetings", "0008_acts"),
    ("meetings", "0009_acts_moved"),
    ("meetings", "0010_idna_2008"),
    ("meetings", "0011_messages"),
    ("meetings", "0012_texts_are_searched"),
    ("partners", "0004_idna_2008"),
    ("partners", "0005_origin_of_addresses"),
    ("partners", "0006_notes_are_searched"),
}
START = datetime(2031, 2, 5, 14, 0, tzinfo=UTC)
END = datetime(2031, 2, 5, 16, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
KEPT = {"before": {"state": "planned"}, "version": 3, "facts_version": 1}
WITHDRAWN = [{"pk": str(uuid.UUID(int=7)), "answer": "declined"}]


@pytest.fixture
def former(db, tmp_path):
    """The models of the version before, in an empty database that has just their tables."""
    with empty_database(tmp_path):
        with connection.constraint_checks_disabled(), transaction.atomic():
            schema.set_constraints_immediate(True)
            apps = schema.build(MigrationLoader(None).disk_migrations.keys() - MOVING)
        yield apps


@pytest.fixture
def rows(former):
    """An act of each sort, and mails that point at everything that a key could name; by name their keys."""

    def make(label, **fields):
        row = former.get_model(label)(**fields)
        row.full_name = fields.get("last_name", "")  # a contact's folded column follows it, and migrations know none
        row.save(force_insert=True)
        return row

    user = make("team.User", email="k@servicestelle.example", email_folded="k@servicestelle.example")
    house = make("partners.Organisation", name="Werkstatt", kind="company")
    people = [make("partners.Contact", organisation=house, last_name=name) for name in ("Ahrens", "Böhmer")]
    meeting, off = (
        make("meetings.Meeting", title=title, starts_at=START, ends_at=END, responsible=user, state=state)
        for title, state in (("Treffen", "planned"), ("Abgesagt", "cancelled"))
    )
    asked = [make("meetings.Invitation", meeting=meeting, contact=one, email="a@b.example") for one in people]
    bulk = make("meetings.BulkAct", kind="postpone", by=user, word="Neu", state="stopped", stopped_at=START)
    make("meetings.BulkItem", act=bulk, meeting=meeting, put_back=KEPT)
    single = make(
        "meetings.Mailing", meeting=meeting, kind="invitation", by=user, word="Bis bald!", total=2, made_planned=True
    )
    part = make(
        "meetings.Mailing", meeting=meeting, kind="update", bulk=bulk, put_back=KEPT, state="released", leaves_at=START
    )
    again = make("meetings.Mailing", meeting=meeting, kind="invitation", put_back={"withdrawn": WITHDRAWN}, total=1)
    former.get_model("meetings.Mailing").objects.update(created_at=LONG_AGO)
    make("meetings.MailingItem", mailing=single, invitation=asked[0], rendered_at=START, told_before=4)
    make("meetings.MailingItem", mailing=single, invitation=asked[1], problem="Geht nicht.", claimed_by="w")
    make("meetings.Change", meeting=meeting, number=1, before={}, sequence_before=0, mailing=part)
    make("meetings.Change", meeting=meeting, number=2, before={}, sequence_before=0)
    keys = {
        "single": single.pk,
        "part": part.pk,
        "again": again.pk,
        "bulk": bulk.pk,
        "meeting": meeting.pk,
        "off": off.pk,
        "person": asked[0].pk,
        "gone": uuid.uuid4(),
    }
    mails = {}
    for name, key in keys.items():
        for column in ("act", "superseded_act"):
            mail = make(
                "mailroom.OutboxMail", message_id=f"<{name}.{column}@x>", kind="invitation", raw=b"", **{column: key}
            )
            mails[name, column] = mail.pk
    newer = make("mailroom.OutboxMail", message_id="<newer@x>", kind="invitation", raw=b"")
    older = {"state": "superseded", "superseded_by": newer, "raw": b""}
    make("mailroom.OutboxMail", message_id="<older@x>", kind="invitation", **older)
    return keys, mails, asked


REASONS = {  # by what the key names: whether it is an act's, and what is said instead
    "single": (True, "act"),
    "part": (True, "act"),
    "bulk": (True, "act"),
    "meeting": (False, "changed"),
    "off": (False, "called_off"),
    "person": (False, "withdrawn"),
    "gone": (False, "changed"),  # it names nothing any more
}


def test_every_row_moves_and_points_at_what_it_pointed_at(rows):
    keys, mails, asked = rows
    call_command("migrate", verbosity=0)
    every_act_is_there_under_its_key(keys)
    every_item_and_change_points_at_its_act(keys, asked)
    what_a_mail_points_at_is_typed(keys, mails)


def every_act_is_there_under_its_key(keys):
    acts = {name: Act.objects.get(pk=keys[name]) for name in ("single", "part", "again", "bulk")}
    assert Act.objects.count() == 4
    single, part, bulk = acts["single"], acts["part"], acts["bulk"]
    meeting = Meeting.objects.get(pk=keys["meeting"])
    assert (single.kind, single.word, single.total, single.writer) == ("invitation", "Bis bald!", 2, "meetings")
    assert (single.about_label, single.about_url) == ("Treffen", meeting.get_absolute_url())
    assert set(Act.objects.about(meeting)) == {single, part, acts["again"]}
    assert (single.by.email, single.parent, single.undo_record) == (
        "k@servicestelle.example",
        None,
        {"made_planned": True},
    )
    assert (part.parent, part.state, part.leaves_at, part.undo_record) == (bulk, "released", START, {"meeting": KEPT})
    assert acts["again"].undo_record == {"withdrawn": WITHDRAWN}
    assert {act.created_at for act in (single, part, acts["again"])} == {LONG_AGO}
    decision = BulkAct.objects.get(pk=keys["bulk"])
    assert (decision.act, decision.state, bulk.kind, bulk.writer) == (bulk, "stopped", "many", "meetings.bulk")
    assert (bulk.word, bulk.stopped_at, bulk.about_url) == ("Neu", START, decision.get_absolute_url())
    assert (decision.items.get().undo_record, bulk.about_label) == (KEPT, str(decision))


def every_item_and_change_points_at_its_act(keys, asked):
    items = ActItem.objects.values_list("act", "recipient", "lane", "rendered_at", "memo", "problem", "claimed_by")
    lanes = [str(one.pk) for one in asked]
    assert set(items) == {
        (keys["single"], lanes[0], lanes[0], START, 4, "", ""),
        (keys["single"], lanes[1], lanes[1], None, None, "Geht nicht.", "w"),
    }
    assert list(Change.objects.values_list("number", "act")) == [(1, keys["part"]), (2, None)]


def what_a_mail_points_at_is_typed(keys, mails):
    for name, (is_act, reason) in REASONS.items():
        key = keys[name] if is_act else None
        of_act = OutboxMail.objects.get(pk=mails[name, "act"])
        aside = OutboxMail.objects.get(pk=mails[name, "superseded_act"])
        assert (name, of_act.act_id, of_act.superseded_reason) == (name, key, "")
        assert (name, aside.superseded_by_act_id, aside.superseded_reason) == (name, key, reason)
    assert OutboxMail.objects.get(message_id="<older@x>").superseded_reason == "newer"
