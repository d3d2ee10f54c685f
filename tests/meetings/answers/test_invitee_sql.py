"""The SQL of the answer page says what the querysets would: every column, for every kind of invitation."""

from datetime import timedelta
from itertools import product
from operator import attrgetter

import pytest
from django.db import close_old_connections, connection
from django.db.models import Count, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.utils import timezone

from mailroom.models import Address
from mailroom.services import addresses
from meetings.enums import Format, State
from meetings.models import Invitation, Meeting
from meetings.services.answers import invitee, invitee_sql
from regions.models import Network
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory, UserFactory
from tests.team.test_absences import away, over

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

# Where each part of the query is, seen from the invitation.
PATHS = {
    "invitation": "",
    "contact": "contact__",
    "network": "network__",
    "meeting": "meeting__",
    "host": "meeting__host__",
    "responsible": "meeting__responsible__",
    "deputy": "absence__deputy__",
}


def with_everything():
    """All columns are filled."""
    meeting = MeetingFactory(
        format=Format.HYBRID,
        theme="Pflege „dual“",
        text="Ein **neuer** Weg: 100 %.",
        host=OrganisationFactory(name="Öl & Söhne", street="Am Hafen 1", postcode="49324"),
        responsible=UserFactory(phone="0541 501 4711"),
        answer_deadline_on=timezone.localdate() + timedelta(days=30),
        online_link="https://raum.example/1",
        dial_in="0541 9",
        place="Raum 3",
        capacity_in_person=10,
        capacity_online=20,
        sequence=3,
    )
    answered = {"answer": "accepted", "mode": "online", "comment": "Gern,\n100 %", "answered_at": timezone.now()}
    contact = ContactFactory(salutation="ms", title="Dr.")
    invitation = InvitationFactory(
        meeting=meeting, contact=contact, answered_sequence=2, extra_sequence=1, joined_at=timezone.now(), **answered
    )
    addresses.stop_tokens([invitation.email])
    return invitation


def with_nothing():
    """All columns that may be empty are."""
    meeting = MeetingFactory(host=None, responsible=None, state=State.DRAFT)
    return InvitationFactory(meeting=meeting, network=None, withdrawn_at=timezone.now() + timedelta(days=1))


def with_a_deputy():
    meeting = MeetingFactory(responsible=UserFactory())
    away(meeting.responsible, UserFactory(phone="05422 5550"))
    return InvitationFactory(meeting=meeting, network=Network.objects.first())


def with_a_deputy_who_was_locked_out():
    invitation = with_a_deputy()
    deputy = invitation.meeting.responsible.absences.get().deputy
    deputy.is_active = False
    deputy.save()
    return invitation


def with_an_absence_that_is_over():
    invitation = with_a_deputy()
    over(invitation.meeting.responsible.absences.get())
    return invitation


def with_an_address_in_capitals():
    invitation = InvitationFactory(email="Gesa.AHRENS@Schule.example")
    addresses.stop_tokens([invitation.email])
    return invitation


def of_a_meeting_called_off():
    return InvitationFactory(meeting=MeetingFactory(state=State.CANCELLED), answer="declined")


def withdrawn():
    return InvitationFactory(withdrawn_at=timezone.now())


KINDS = [
    *(with_everything, with_nothing, with_a_deputy, with_a_deputy_who_was_locked_out, with_an_absence_that_is_over),
    *(with_an_address_in_capitals, of_a_meeting_called_off, withdrawn),
]


def of_the_queryset(token: str) -> list[tuple]:
    """What the ORM reads."""
    now, absences = timezone.now(), "meeting__responsible__absences"
    is_now = Q(**{f"{absences}__starts_at__lte": now, f"{absences}__ends_at__gt": now})
    rows = Invitation.objects.valid().filter(token=token)
    stop_token = Subquery(Address.objects.filter(key=Lower(OuterRef("email"))).values("stop_token"))
    rows = rows.annotate(stop_token=stop_token, absence=FilteredRelation(absences, condition=is_now))
    names = [PATHS[name] + one.attname for name, (_, fields) in invitee_sql.PARTS.items() for one in fields]
    return list(rows.values_list(*names, "stop_token"))


def of_the_sql(token: str) -> list[tuple]:
    fields = [field for _, fields in invitee_sql.PARTS.values() for field in fields]
    return [
        (*(invitee.in_python(*pair) for pair in zip(fields, values, strict=True)), stop_token)
        for *values, stop_token in invitee_sql.by_token(token)
    ]


@pytest.mark.parametrize("is_behind_pooler", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_column_is_that_of_the_queryset(settings, kind, is_behind_pooler):
    settings.DATABASE_POOLER = is_behind_pooler
    InvitationFactory()
    invitation = kind()
    expected = of_the_queryset(invitation.token)
    for _ in range(7):  # from the sixth time on PostgreSQL takes a plan that is for all values
        assert of_the_sql(invitation.token) == expected
    assert len(expected) == (kind is not withdrawn)


def test_every_column_has_a_value_in_one_of_the_kinds():
    names = [f"{name}.{one.attname}" for name, (_, fields) in invitee_sql.PARTS.items() for one in fields]
    rows = [of_the_queryset(kind().token)[0] for kind in KINDS if kind is not withdrawn]
    values = zip(*rows, strict=True)
    assert [name for name, found in zip([*names, "stop_token"], values, strict=True) if set(found) <= {None, ""}] == []


@pytest.mark.parametrize("kind", [with_everything, with_nothing, with_a_deputy_who_was_locked_out])
def test_the_rows_are_made_of_it_and_nothing_is_read_twice(django_assert_num_queries, kind):
    stored = kind()
    names = [
        f"{PATHS[name]}{field.attname}".replace("__", ".")
        for name, (_, fields) in invitee_sql.PARTS.items()
        for field in fields
        if name != "deputy" and getattr(stored.meeting, name, stored) and getattr(stored, name, stored)
    ]
    with django_assert_num_queries(1):
        found = invitee.by_token(stored.token)
        read = {name: attrgetter(name)(found) for name in names}
    fresh = Invitation.objects.get(pk=stored.pk)
    assert read == {name: attrgetter(name)(fresh) for name in names}
    assert (found.stop_token or "") == addresses.stop_token(stored.email)


def test_nobody_sees_what_another_changes_in_the_rows():
    invitation = with_a_deputy()
    first, second = (invitee.by_token(invitation.token) for _ in range(2))
    for row in (first, first.contact, first.network, first.meeting, first.meeting.responsible):
        row.pk = None
    first.meeting.title = first.meeting.responsible.last_name = first.contact.last_name = "geändert"
    for one in (second, invitee.by_token(invitation.token)):
        assert "geändert" not in (one.meeting.title, one.meeting.responsible.last_name, one.contact.last_name)
        assert None not in (one.pk, one.contact.pk, one.network.pk, one.meeting.pk, one.meeting.responsible.pk)


def accepted_by_the_queryset(meeting: Meeting) -> list[tuple]:
    """How often each organisation accepted, by mode and by whether it was for the former date."""
    rows = Invitation.objects.filter(meeting=meeting).valid().accepted().marked()
    partner = "contact__organisation"
    names = (partner, "mode", "is_former", f"{partner}__name", f"{partner}__is_shown_to_invitees")
    return list(rows.order_by(f"{partner}__sort_key", partner).values_list(*names).annotate(seats=Count("pk")))


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("is_behind_pooler", [False, True])
def test_who_accepted_is_who_the_queryset_counts(settings, state, is_behind_pooler):
    settings.DATABASE_POOLER = is_behind_pooler
    meeting, other = MeetingFactory(sequence=2, state=state), MeetingFactory()
    partners = [OrganisationFactory(name=name, is_shown_to_invitees=name != "Zoo") for name in ("Zoo", "Öl AG", "Ost")]
    gone = {"now": None, "past": timezone.now() - timedelta(days=1), "future": timezone.now() + timedelta(days=1)}
    for answer, mode, sequence, withdrawn_at in product(
        ("accepted", "tentative", ""), ("in_person", "online"), (1, 2), gone.values()
    ):
        said = {"answer": answer, "mode": mode, "answered_sequence": sequence, "withdrawn_at": withdrawn_at}
        for partner in partners:
            InvitationFactory(meeting=meeting, contact=ContactFactory(organisation=partner), **said)
    InvitationFactory(meeting=other, answer="accepted")
    expected = accepted_by_the_queryset(meeting)
    for _ in range(7):
        found = invitee_sql.accepted(meeting.pk)
        assert sorted(found) == sorted(expected)
        assert [row[0] for row in found] == [row[0] for row in expected]
    assert len(expected) == 3 * 2 * (1 if state == State.CANCELLED else 2)


def test_postgresql_keeps_the_plans_unless_a_pooler_changes_the_session(settings):
    def kept() -> set[str]:
        if connection.vendor != "postgresql":
            return set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_prepared_statements")
            return {name for (name,) in cursor.fetchall()}

    settings.DATABASE_POOLER = True
    before = kept()
    invitee_sql.by_token("x")
    assert kept() == before
    settings.DATABASE_POOLER = False
    invitee_sql.by_token("x")
    assert kept() - before <= {"invitation_by_token"}
    assert ("invitation_by_token" in kept()) == (connection.vendor == "postgresql")


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_broke_is_opened_anew_and_has_its_plans_again():
    """As after a restart of PostgreSQL: nobody gets an error page for it."""
    invitation = InvitationFactory()
    assert invitee.by_token(invitation.token) == invitation
    if connection.vendor == "postgresql":
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        other.close()
    close_old_connections()  # as at the beginning of each request
    assert invitee.by_token(invitation.token) == invitation
