"""Who may be invited, each once, and why somebody is not mailed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailroom.models import Address
from meetings.services.inviting import recipients
from meetings.services.inviting.recipients import Wanted
from regions.models import Network
from tests.factories import (
    ContactFactory,
    InvitationFactory,
    MeetingFactory,
    MembershipFactory,
    OrganisationFactory,
    municipality,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory()


@pytest.fixture
def school():
    school = OrganisationFactory(name="Schule", kind="school", municipality=municipality("Melle"))
    MembershipFactory(organisation=school)
    return school


def names(found):
    return [candidate.contact.last_name for candidate in found]


def test_everybody_of_the_networks_once(school):
    bramsche = Network.objects.get(slug="bramsche")
    meeting = MeetingFactory(networks=["melle-bissendorf", "bramsche"])
    MembershipFactory(organisation=school, network=bramsche)
    ContactFactory(organisation=school, last_name="Beide")
    ContactFactory(organisation=school, last_name="Früher", ended_on="2020-01-01")
    ContactFactory(last_name="Fremd")
    alone = ContactFactory(last_name="Allein")
    ContactFactory(organisation=alone.organisation, last_name="Kollegin")
    MembershipFactory(organisation=alone.organisation, contact=alone, network=bramsche)
    for organisation in (school, alone.organisation):
        ContactFactory(
            organisation=organisation, last_name="Doppelt", email="info@partner.example", is_shared_mailbox=True
        )
    found = recipients.candidates(meeting)
    assert names(found) == ["Allein", "Beide", "Doppelt"]
    first = meeting.networks.order_by("pk")[0]
    assert [candidate.network for candidate in found] == [bramsche, first, first]
    assert names(recipients.candidates(meeting, Wanted(network=bramsche))) == ["Allein", "Beide", "Doppelt"]


def test_two_people_behind_one_mailbox_are_two(meeting, school):
    for name in ("Ahrens", "Böhmer"):
        ContactFactory(organisation=school, last_name=name, email="info@schule.example", is_shared_mailbox=True)
    assert names(recipients.candidates(meeting)) == ["Ahrens", "Böhmer"]


def test_why_somebody_gets_no_mail(meeting, school):
    ContactFactory(organisation=school, last_name="A", email="")
    ContactFactory(organisation=school, last_name="B", email="B@schule.example")
    ContactFactory(organisation=school, last_name="C", email="c@schule.example")
    ContactFactory(organisation=school, last_name="D", gets_invitations=False)
    InvitationFactory(meeting=meeting, contact=ContactFactory(organisation=school, last_name="E"))
    ContactFactory(organisation=school, last_name="F", email="f@schule.example")
    ContactFactory(organisation=school, last_name="G")
    for key, state in (("b@schule.example", "stopped"), ("c@schule.example", "hard"), ("f@schule.example", "soft")):
        Address.objects.create(key=key, state=state)
    found = recipients.candidates(meeting)
    assert [candidate.reason for candidate in found] == [
        "keine E-Mail-Adresse",
        "möchte keine Einladungen",
        "Adresse unzustellbar",
        "bekommt keine Einladungen",
        "schon eingeladen",
        "",
        "",
    ]


def test_filters_narrow_and_guests_stay(meeting, school):
    firm = MembershipFactory().organisation
    ContactFactory(organisation=school, last_name="Ahrens", role="Schulleitung")
    ContactFactory(organisation=firm, last_name="Böhmer", role="Personalleitung")
    guest = ContactFactory(last_name="Gast")
    for wanted, expected in (
        (Wanted(kind="school"), ["Ahrens"]),
        (Wanted(role="Personalleitung"), ["Böhmer"]),
        (Wanted(municipality=municipality("Melle")), ["Ahrens"]),
        (Wanted(q="böhm"), ["Böhmer"]),
        (Wanted(network=Network.objects.get(slug="bramsche")), []),
    ):
        assert names(recipients.candidates(meeting, wanted)) == expected
    found = recipients.candidates(meeting, Wanted(kind="school"), guests=[guest.pk])
    assert [(candidate.contact.last_name, candidate.network is None) for candidate in found] == [
        ("Ahrens", False),
        ("Gast", True),
    ]
    assert recipients.roles(meeting) == ["Personalleitung", "Schulleitung"]
    assert names(recipients.chosen(meeting, [guest.pk])) == ["Gast"]
    assert [contact.last_name for contact in recipients.found(meeting, "gast")] == ["Gast"]


def test_many_people_cost_no_more_queries(meeting, school):
    counts = []
    for _ in range(2):
        ContactFactory.create_batch(5, organisation=school)
        with CaptureQueriesContext(connection) as queries:
            recipients.candidates(meeting)
        counts.append(len(queries))
    assert counts == [5, 5]


def test_who_is_invited_in_one_post_is_invited_in_the_other_too(meeting, school):
    """Also when the list is narrowed to the other post, and when it alone is chosen."""
    company = OrganisationFactory(name="Betrieb", kind="company")
    MembershipFactory(organisation=company)
    same = {"first_name": "Kim", "last_name": "Doppelt", "email": "kim@beide.example", "is_shared_mailbox": True}
    first, second = ContactFactory(organisation=school, **same), ContactFactory(organisation=company, **same)
    InvitationFactory(meeting=meeting, contact=first)
    for found in (
        recipients.candidates(meeting, Wanted(kind="company")),
        recipients.chosen(meeting, [second.pk]),
        recipients.candidates(meeting),
    ):
        assert [(one.contact.last_name, one.reason) for one in found] == [("Doppelt", recipients.INVITED)]
