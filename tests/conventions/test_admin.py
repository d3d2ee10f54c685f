"""Django's admin: every list takes the same queries with few and many rows, every search and filter answers."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Address, InboxMail
from meetings.models import Response
from partners.models import HeadingAlias, ImportJob, ImportRow, NetworkAlias
from regions.models import Municipality, Network, SchoolHoliday
from team.models import Activity
from tests.conventions.addresses import ADMIN
from tests.factories import (
    ActFactory,
    ContactFactory,
    InvitationFactory,
    MailFactory,
    MeetingFactory,
    MembershipFactory,
    UserFactory,
)

SEEDED_ONLY = {"public_sitetext"}  # one per page


def _alias(number: int, by) -> None:
    NetworkAlias.objects.create(key=f"nk{number}", label=f"NK {number}").networks.add(Network.objects.first())


def _row(number: int, by) -> None:
    job = ImportJob.objects.create(by=UserFactory(), file_name=f"liste{number}.csv", content=b"x")
    ImportRow.objects.create(
        job=job, position=1, number=1, outcome=ImportRow.Outcome.DOUBTFUL, contact=ContactFactory()
    )


def _network(number: int, by) -> None:
    Network.objects.create(slug=f"netz-{number}", name=f"Netzwerk {number}", short_name=f"N{number}", coordinator=by)


def _municipality(number: int, by) -> None:
    network = Network.objects.first()
    Municipality.objects.create(name=f"Ort {number}", postcodes="49074", latitude=52, longitude=8, network=network)


def _membership(number: int, by) -> None:
    membership = MembershipFactory()
    membership.contact = ContactFactory(organisation=membership.organisation)
    membership.organisation.municipality = Municipality.objects.first()
    membership.organisation.save()
    membership.save()


def _response(number: int, by) -> None:
    Response.objects.create(invitation=InvitationFactory(), answer="accepted", via="team", at=timezone.now(), by=by)


ROWS = {
    "partners_organisation": _membership,
    "partners_contact": lambda number, by: ContactFactory(),
    "partners_membership": _membership,
    "partners_networkalias": _alias,
    "partners_headingalias": lambda number, by: HeadingAlias.objects.create(key=f"k{number}", field="name"),
    "partners_importjob": _row,
    "partners_importrow": _row,
    "regions_network": _network,
    "regions_municipality": _municipality,
    "regions_schoolholiday": lambda number, by: SchoolHoliday.objects.create(
        school_year="2031/32", name=f"Ferien {number}", first_on="2031-10-01", last_on="2031-10-02"
    ),
    "meetings_meeting": lambda number, by: MeetingFactory(),
    "meetings_invitation": lambda number, by: InvitationFactory(),
    "meetings_response": _response,
    "mailroom_act": lambda number, by: ActFactory(),
    "mailroom_outboxmail": lambda number, by: MailFactory(),
    "mailroom_inboxmail": lambda number, by: InboxMail.objects.create(digest=f"{number:064}", subject=f"Mail {number}"),
    "mailroom_address": lambda number, by: Address.objects.create(key=f"p{number}@schule.example"),
    "team_user": lambda number, by: UserFactory(),
    "team_activity": lambda number, by: Activity.objects.create(by=UserFactory(), sentence=f"hat {number} getan"),
}


def registered() -> dict[str, admin.ModelAdmin]:
    """Every model in the admin, by app and model name."""
    return {f"{model._meta.app_label}_{model._meta.model_name}": found for model, found in admin.site._registry.items()}


def test_every_model_in_the_admin_has_its_lines():
    assert sorted(registered()) == sorted(ADMIN) == sorted({*ROWS, *SEEDED_ONLY})


@pytest.mark.parametrize("label", sorted(ROWS))
def test_a_list_takes_the_same_queries_for_few_and_many(label, lead_client, coordinator):
    url = reverse(f"admin:{label}_changelist")
    lead_client.get(url)
    taken = []
    for rows in (range(3), range(3, 30)):
        for number in rows:
            ROWS[label](number, coordinator)
        with CaptureQueriesContext(connection) as queries:
            assert lead_client.get(url).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("label", sorted(ROWS))
def test_search_and_every_filter_answer(label, lead_client, coordinator):
    ROWS[label](1, coordinator)
    url = reverse(f"admin:{label}_changelist")
    assert registered()[label].get_search_fields(None)
    assert lead_client.get(url, {"q": "Größe -'\"%_ x"}).context["cl"].result_count == 0
    page = lead_client.get(url)
    links = [
        choice["query_string"]
        for spec in page.context["cl"].filter_specs
        for choice in spec.choices(page.context["cl"])
    ]
    for link in dict.fromkeys(links):
        assert lead_client.get(url + link).status_code == 200


def test_a_stranger_is_sent_to_the_one_login_page(stranger, db):
    answer = stranger.get("/verwaltung/partners/contact/")
    assert (answer.status_code, answer.url) == (302, "/konto/login/?next=/verwaltung/partners/contact/")
    answer = stranger.post("/verwaltung/login/", {"username": "x", "password": "y"})
    assert answer.url.startswith("/konto/login/")
