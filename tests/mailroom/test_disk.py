"""What waits for the disk and what does not (PostgreSQL; SQLite knows no such setting)."""

import pytest
from django.db import connection, transaction

from mailroom.services import alarms, delivery, disk
from meetings.models import Mailing
from meetings.services import mailings, writing
from tests.factories import InvitationFactory, MailFactory, MeetingFactory

pytestmark = pytest.mark.django_db


def setting() -> tuple[str, bool]:
    """What holds now, and whether somebody has set it in this session."""
    if connection.vendor != "postgresql":
        return "on", False
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting, source = 'session' FROM pg_settings WHERE name = 'synchronous_commit'")
        return cursor.fetchone()


@pytest.fixture
def usual():
    """What the server does by itself."""
    return setting()[0]


@pytest.fixture
def quick(usual):
    """What holds for who does not wait."""
    return "off" if connection.vendor == "postgresql" else usual


def test_what_is_written_after_a_batch_waits_again(settings):
    settings.EMAIL_URL = "gopher://mail.example"
    MailFactory()
    delivery.deliver_due()
    alarms.clear()
    assert not setting()[1]


def test_what_broke_off_waits_again():
    with pytest.raises(KeyError), disk.not_waiting():
        raise KeyError
    assert not setting()[1]


def test_one_transaction_waits_after_all(usual, quick):
    with disk.not_waiting(), transaction.atomic():
        disk.wait()
        assert setting()[0] == usual
    with disk.not_waiting():
        assert setting()[0] == quick


def test_behind_a_pooler_everything_waits(settings, usual):
    settings.DATABASE_POOLER = True
    with disk.not_waiting():
        assert setting() == (usual, False)


def test_only_the_end_of_an_act_waits(usual, quick, coordinator, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    meeting = MeetingFactory()
    rows = [InvitationFactory(meeting=meeting, mail_version=1) for _ in range(5)]
    act = mailings.start(meeting, rows, kind="invitation", by=coordinator)
    seen = []

    def note(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE")) and '"mailroom_outboxmail"' in sql:
            seen.append((sql.split()[0], setting()[0]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        writing.render_due()
    assert seen == [("INSERT", quick)] * 3 + [("UPDATE", usual)]
    act.refresh_from_db()
    assert act.state == Mailing.State.RELEASED
