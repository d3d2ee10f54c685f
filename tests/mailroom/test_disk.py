"""What waits for the disk and what does not (PostgreSQL; SQLite knows no such setting)."""

import pytest
from django.db import connection, transaction

from mailroom.models import Act
from mailroom.services import alarms, delivery, disk
from mailroom.services.acts import write
from meetings.services.sending import dispatch
from tests.factories import InvitationFactory, MailFactory, MeetingFactory

pytestmark = pytest.mark.django_db


def is_quick() -> bool:
    """Whether what is committed now need not wait, by a setting of this session."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting = 'off' AND source = 'session' FROM pg_settings WHERE name = 'synchronous_commit'"
        )
        return cursor.fetchone()[0]


# Whether a setting of the session holds says it, not its value: the server of the tests waits for nothing anyway.
QUICK = connection.vendor == "postgresql"


def test_what_is_written_after_a_batch_waits_again(settings):
    settings.EMAIL_URL = "gopher://mail.example"
    MailFactory()
    delivery.deliver_due()
    alarms.clear()
    assert not is_quick()


def test_what_broke_off_waits_again():
    with pytest.raises(KeyError), disk.lazy_commits():
        raise KeyError
    assert not is_quick()


def test_one_transaction_waits_after_all():
    with disk.lazy_commits(), transaction.atomic():
        disk.make_commit_wait()
        assert not is_quick()
    with disk.lazy_commits():
        assert is_quick() == QUICK


def test_behind_a_pooler_everything_waits(settings):
    settings.DATABASE_POOLER = True
    with disk.lazy_commits():
        assert not is_quick()


def test_only_the_end_of_an_act_waits(coordinator, monkeypatch):
    monkeypatch.setattr(write, "BATCH", 2)
    meeting = MeetingFactory()
    rows = [InvitationFactory(meeting=meeting, mail_version=1) for _ in range(5)]
    act = dispatch.start_act(meeting, rows, kind="invitation", by=coordinator)
    seen = []

    def note(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE")) and '"mailroom_outboxmail"' in sql:
            seen.append((sql.split()[0], is_quick()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        write.write_due()
    assert seen == [("INSERT", QUICK)] * 3 + [("UPDATE", False)]
    act.refresh_from_db()
    assert act.state == Act.State.RELEASED
