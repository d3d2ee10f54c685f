"""Every address × every kind of people: who gets in, nobody sees an error page, and looking changes nothing.

The world that the addresses are about is made once for a module (`world` in tests/conventions/conftest.py).
"""

from datetime import timedelta
from functools import reduce
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import int_to_base36

from mailroom.models import Address
from meetings.models import ChecklistItem, Message, Proposal, Response
from partners.models import HeadingAlias, ImportJob, ImportRow, NetworkAlias
from public.models import SiteText
from regions.models import Municipality, Network, SchoolHoliday
from team.models import User
from team.services import absences, activity
from tests.conventions.addresses import ADDRESSES, LOGIN, all_names
from tests.conventions.markup import problems_of_page
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
)
from tests.writes import writes

FINE_AFTER_POST = {200, 302, 303, 400, 403, 404, 405, 422}


def build_world(coordinator, lead) -> SimpleNamespace:
    """Make one row of everything that an address can be about."""
    organisation = OrganisationFactory()
    meeting = MeetingFactory()
    invitation = InvitationFactory()
    import_job = ImportJob.objects.create(by=coordinator, file_name="partner.csv", content=b"")
    return SimpleNamespace(
        coordinator=coordinator,
        lead=lead,
        organisation=organisation,
        contact=ContactFactory(organisation=organisation),
        membership=MembershipFactory(organisation=organisation),
        network=Network.objects.get(slug="bramsche"),
        municipality=Municipality.objects.get(name="Bramsche"),
        site_text=SiteText.objects.get(page="impressum"),
        network_alias=NetworkAlias.objects.create(key="nk", label="NK"),
        heading_alias=HeadingAlias.objects.create(key="strasse", field="street"),
        import_job=import_job,
        import_row=ImportRow.objects.create(job=import_job, position=1, number=1, outcome=ImportRow.Outcome.NEW),
        meeting=meeting,
        checklist_item=ChecklistItem.objects.create(meeting=meeting, title="Raum klären"),
        invitation=invitation,
        proposal=Proposal.objects.create(invitation=invitation, kind="guest", at=timezone.now()),
        message=Message.objects.create(invitation=invitation, text="Brauche Parkplatz", via="link"),
        response=Response.objects.create(invitation=invitation, answer="accepted", via="team", at=timezone.now()),
        school_holiday=SchoolHoliday.objects.first(),
        bulk_act=BulkActFactory(kind="cancel", by=coordinator),
        act=ActFactory(by=coordinator),
        preview="vorschau",
        mail=MailFactory(),
        inbox_mail=InboxMailFactory(),
        address=Address.objects.create(key="weg@schule.example"),
        absence=absences.begin(
            away=coordinator,
            deputy=lead,
            first_on=timezone.localdate() + timedelta(days=9),
            last_on=timezone.localdate() + timedelta(days=9),
            by=lead,
        ),
        activity=activity.record("hat etwas getan", by=coordinator),
        page="impressum",
        uid=int_to_base36(coordinator.pk),
        word="ab-cd",
        zero="0",
        app_label="partners",
    )


def url_of(name: str, world: SimpleNamespace) -> str:
    """The address with the world's rows in it."""
    arguments = ADDRESSES[name].arguments
    return reverse(name, kwargs={key: reduce(getattr, path.split("."), world) for key, path in arguments.items()})


def answer(response) -> int | str:
    """The status, or LOGIN when the answer is the way to the login page."""
    entrances = (reverse("account_login"), reverse("admin:login"))
    is_sent_there = response.status_code == 302 and response.url.startswith(tuple(f"{url}?next=" for url in entrances))
    return LOGIN if is_sent_there else response.status_code


def test_every_address_has_its_line_and_every_line_its_address():
    assert sorted(ADDRESSES) == sorted(set(all_names()))


KNOWN = sorted(set(ADDRESSES) & set(all_names()))


@pytest.mark.parametrize("name", KNOWN)
def test_each_gets_what_is_meant_and_looking_changes_nothing(name, world, people):
    """And what is got is a German page with nothing inline."""
    url, expected = url_of(name, world), ADDRESSES[name]
    with writes() as written:
        seen = {who: browser.get(url) for who, browser in people.items()}
        heads = [answer(people[who].head(url)) for who in ("stranger", "lead")]
    assert {who: answer(response) for who, response in seen.items()} == {who: getattr(expected, who) for who in people}
    assert heads == [expected.stranger, expected.lead]
    assert written == []
    pages = [response for response in seen.values() if response.status_code == 200]
    html = {page.content.decode() for page in pages if page["Content-Type"].startswith("text/html")}
    assert [problem for page in html for problem in problems_of_page(page)] == []


@pytest.mark.parametrize("name", KNOWN)
def test_an_empty_form_is_no_error_and_a_stranger_changes_nothing(name, world, people):
    url = url_of(name, world)
    with writes() as written:
        refused = answer(people["stranger"].post(url))
    assert refused == LOGIN or refused in FINE_AFTER_POST
    assert written == []
    for who in ("coordinator", "lead"):
        assert people[who].post(url).status_code in FINE_AFTER_POST


def test_a_deactivated_member_is_a_stranger(world, people):
    User.objects.filter(pk=world.coordinator.pk).update(is_active=False)
    assert answer(people["coordinator"].get(reverse("partners:contacts"))) == LOGIN
