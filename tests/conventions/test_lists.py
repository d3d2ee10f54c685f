"""A list takes the same number of queries with few and with many rows. A new list is one line here."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.views.generic.list import MultipleObjectMixin

from meetings.models import Meeting
from partners.models import ImportJob, ImportRow
from regions.models import Network
from tests.factories import (
    ActFactory,
    BulkActFactory,
    ContactFactory,
    InboxMailFactory,
    InvitationFactory,
    MailFactory,
    MeetingFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True)
class List:
    """What one row is made by, and how many queries the page takes, login included."""

    make_row: Callable[[int], object]
    queries: int
    arguments: Callable[[], dict[str, object]] = dict  # of the address


def _organisation(number: int) -> None:
    """An organisation in two networks with two people, one of them with a membership of her own."""
    organisation = OrganisationFactory()
    ContactFactory(organisation=organisation)
    MembershipFactory(organisation=organisation)
    MembershipFactory(organisation=organisation, network=Network.objects.get(slug="bramsche"))
    MembershipFactory(
        organisation=organisation,
        contact=ContactFactory(organisation=organisation),
        network=Network.objects.get(slug="nordkreis"),
    )


def _network(number: int) -> None:
    Network.objects.create(slug=f"netz-{number}", name=f"Netzwerk {number}", short_name=f"N{number}")


def _import_job(number: int) -> ImportJob:
    return ImportJob.objects.create(by=UserFactory(), file_name=f"liste-{number}.csv", content=b"")


def _import_row(number: int) -> None:
    job = ImportJob.objects.first() or _import_job(0)
    job.state = ImportJob.State.PREVIEW
    job.save()
    ImportRow.objects.create(
        job=job,
        position=number + 1,
        number=number + 1,
        outcome=ImportRow.Outcome.DOUBTFUL,
        merge_with="jemandem",
        candidate=ContactFactory(),
        contact=ContactFactory(),
    )


def _meeting(number: int) -> None:
    """A meeting of two networks, at its host, with an answer."""
    meeting = MeetingFactory(networks=["bramsche", "nordkreis"], host=OrganisationFactory())
    InvitationFactory(meeting=meeting, answer="accepted")


def _invitation(number: int) -> None:
    """Somebody invited, every other one with a mail on its way, the rest with an answer."""
    meeting = Meeting.objects.first() or MeetingFactory()
    answer = {"answer": "accepted", "mode": "in_person"} if number % 2 else {}
    invitation = InvitationFactory(meeting=meeting, **answer)
    MailFactory(lane=invitation.lane)


def _sent(number: int) -> None:
    """An act with its one mail."""
    meeting = Meeting.objects.first() or MeetingFactory()
    mailing = ActFactory(meeting=meeting, kind="invitation", by=UserFactory())
    MailFactory(act=mailing, lane=InvitationFactory(meeting=meeting).lane)


def _invitable(number: int) -> None:
    """An organisation whose people can be invited to a meeting of its network."""
    _organisation(number)
    if not Meeting.objects.exists():
        MeetingFactory(networks=["bramsche"])


def _step(number: int) -> None:
    """A step of the preparation that somebody has done, and a point of the agenda."""
    meeting = Meeting.objects.first() or MeetingFactory()
    meeting.checklist_items.create(title=f"Schritt {number}", done_at=timezone.now(), done_by=UserFactory())
    meeting.agenda_items.create(title=f"Punkt {number}", offset_minutes=number)


def _a_meeting() -> dict[str, object]:
    return {"pk": Meeting.objects.get().pk}


# Beside Django's list views: pages with a row for each meeting, person or step in a form.
LISTS = {
    "meetings:bulk": List(_meeting, 7),
    "meetings:invite": List(_invitable, 19, _a_meeting),
    "meetings:agenda": List(_step, 12, _a_meeting),
    "meetings:checklist": List(_step, 12, _a_meeting),
    "partners:letter": List(_organisation, 5, lambda: {"slug": "bramsche"}),
    "partners:organisations": List(_organisation, 9),
    "partners:contacts": List(_organisation, 8),
    "meetings:bulk_acts": List(lambda number: BulkActFactory(kind="cancel", by=UserFactory()), 4),
    "mailroom:outbox": List(lambda number: MailFactory(), 6),
    "mailroom:inbox": List(lambda number: InboxMailFactory(), 5),
    "meetings:meetings": List(_meeting, 8),
    "meetings:meeting": List(_invitation, 18, _a_meeting),
    "meetings:post": List(_sent, 17, _a_meeting),
    "team:members": List(lambda number: UserFactory(), 4),
    "desk:networks": List(_network, 4),
    "desk:network": List(_organisation, 12, lambda: {"slug": "bramsche"}),
    "desk:search": List(_organisation, 10),
    "partners:imports": List(_import_job, 4),
    "partners:import_job": List(_import_row, 9, lambda: {"pk": ImportJob.objects.get().pk}),
}


def _list_views(resolver: URLResolver, namespace: str = "") -> set[str]:
    """Names of the addresses in our apps whose view is one of Django's list views."""
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found |= _list_views(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", object)
            if issubclass(view, MultipleObjectMixin) and not view.__module__.startswith(("allauth", "django")):
                found.add(f"{namespace}{pattern.name}")
    return found


def test_every_list_has_its_line():
    assert sorted(_list_views(get_resolver()) - set(LISTS)) == []


@pytest.mark.parametrize("name", sorted(LISTS))
def test_few_and_many_rows_take_the_same_queries(name, lead_client):
    taken = []
    for rows in (range(3), range(3, 30)):
        for number in rows:
            LISTS[name].make_row(number)
        url = reverse(name, kwargs=LISTS[name].arguments())
        with CaptureQueriesContext(connection) as queries:
            page = lead_client.get(url, {"q": "werkstatt"} if name == "desk:search" else {})
        assert page.status_code == 200
        taken.append(len(queries))
    assert taken == [LISTS[name].queries, LISTS[name].queries]
