"""A query that is built once says the same as one that is built each time."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.db.models import Count
from django.utils import timezone

from common.models.prepared import Prepared, PreparedUpdate
from mailroom.models import OutboxMail
from meetings.models import Invitation
from tests.factories import InvitationFactory, MailFactory

pytestmark = pytest.mark.django_db


def of_meeting(meeting, token, at):
    chosen = Invitation.objects.select_related("meeting__responsible", "network").filter(created_at__gt=at)
    return chosen.filter(meeting=meeting).exclude(token=token).order_by("token")


def test_the_rows_are_those_of_the_queryset(django_assert_num_queries):
    prepared = Prepared(of_meeting, uuid.UUID, str, datetime)
    before = timezone.now() - timedelta(days=1)
    first, second = InvitationFactory(), InvitationFactory()
    more = InvitationFactory(meeting=first.meeting)
    for values in (
        (first.meeting_id, "", before),
        (first.meeting_id, more.token, before),
        (second.meeting_id, "", before),
        (second.meeting_id, second.token, before),
        (first.meeting_id, "", timezone.now() + timedelta(days=1)),
    ):
        with django_assert_num_queries(1):
            found = prepared(*values)
            shown = [(row.meeting.title, row.network and row.network.name, row.meeting.responsible) for row in found]
        wanted = list(of_meeting(*values))
        assert found == wanted
        assert shown == [
            (row.meeting.title, row.network and row.network.name, row.meeting.responsible) for row in wanted
        ]
        assert [row.meeting.starts_at for row in found] == [row.meeting.starts_at for row in wanted]


def test_values_lists_and_counts_too():
    def build(meeting):
        rows = Invitation.objects.filter(meeting=meeting).order_by("answer").values_list("answer")
        return rows.annotate(times=Count("pk"))

    meeting = InvitationFactory(answer="accepted").meeting
    InvitationFactory(meeting=meeting, answer="accepted")
    InvitationFactory(meeting=meeting)
    tokens = Prepared(
        lambda meeting: Invitation.objects.filter(meeting=meeting).values_list("answer", flat=True), uuid.UUID
    )
    assert Prepared(build, uuid.UUID)(meeting.pk) == [("", 1), ("accepted", 2)]
    assert sorted(tokens(meeting.pk)) == ["", "accepted", "accepted"]


def test_the_sql_is_built_at_the_first_use_only():
    built = []

    def build(token):
        built.append(token)
        return Invitation.objects.filter(token=token)

    prepared, invitation = Prepared(build, str), InvitationFactory()
    assert [prepared(invitation.token), prepared("x"), prepared(invitation.token)] == [[invitation], [], [invitation]]
    assert len(built) == 1


def test_a_value_that_the_query_lost_is_refused():
    prepared = Prepared(lambda token: Invitation.objects.filter(token__startswith=token), str)
    with pytest.raises(ValueError, match="Not every value"):
        prepared("x")


def test_an_update_writes_what_the_queryset_would(django_assert_num_queries):
    prepared = PreparedUpdate(
        lambda pk, by, now, attempts, reply: (
            OutboxMail.objects.filter(pk=pk, claimed_by=by),
            {"attempts": attempts, "smtp_reply": reply, "sent_at": now, "last_error": "", "claimed_by": ""},
        ),
        *(uuid.UUID, str, datetime, int, str),
    )
    mine, other = (MailFactory(claimed_by="me", last_error="x") for _ in range(2))
    now = timezone.now()
    with django_assert_num_queries(2):
        assert prepared(mine.pk, "me", now, 3, "250 ok") == 1
        assert prepared(other.pk, "you", now, 4, "250 no") == 0
    for mail in (mine, other):
        mail.refresh_from_db()
    written = (mine.attempts, mine.smtp_reply, mine.sent_at, mine.last_error, mine.claimed_by)
    assert written == (3, "250 ok", now, "", "")
    assert (other.attempts, other.smtp_reply, other.sent_at, other.last_error) == (0, "", None, "x")


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_broke_is_opened_anew():
    """As after a restart of PostgreSQL: nobody gets an error page for it."""
    invitation = InvitationFactory()
    prepared = Prepared(lambda token: Invitation.objects.filter(token=token), str)
    assert prepared(invitation.token) == [invitation]
    if connection.vendor == "postgresql":
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        other.close()
    assert prepared(invitation.token) == [invitation]


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_with_the_statement_is_told():
    prepared = Prepared(lambda token: Invitation.objects.filter(token=token).extra(where=["nothing = 1"]), str)
    with pytest.raises((OperationalError, ProgrammingError)):
        prepared("x")


def kept():
    """What PostgreSQL keeps the plans of; SQLite keeps none."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return {statement for (statement,) in cursor.fetchall()}


def test_postgresql_keeps_the_plan_and_of_nothing_else(monkeypatch):
    invitation = InvitationFactory()
    before = kept()
    found = Prepared(lambda token: Invitation.objects.filter(token=token).only("answer"), str)(invitation.token)
    new = kept() - before
    assert (found, len(new)) == ([invitation], 1 if connection.vendor == "postgresql" else 0)
    assert all("$1" in statement for statement in new)
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    before = kept()
    found = Prepared(lambda token: Invitation.objects.filter(token=token).only("mode"), str)(invitation.token)
    assert (found, kept()) == ([invitation], before)
