"""A partner's page shows what she was invited to and what she answered."""

from datetime import timedelta

import pytest

from meetings import panels
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitations(partner):
    first = MeetingFactory(title="Treffen im Januar")
    second = MeetingFactory(title="Treffen im Mai", starts_at=first.starts_at + timedelta(days=90))
    colleague = ContactFactory(organisation=partner.organisation, last_name="Kollegin")
    InvitationFactory(meeting=second)  # of somebody else
    return [
        InvitationFactory(meeting=second, contact=partner, answer="accepted", mode="in_person", comment="Gern"),
        InvitationFactory(meeting=second, contact=colleague, answer="declined"),
        InvitationFactory(meeting=first, contact=partner),
    ]


def test_a_person(team, partner, invitations, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = panels.for_contact(partner)
    assert (found["invitations"], found["has_more"]) == ([invitations[0], invitations[2]], False)
    page = team.get(partner.get_absolute_url()).content.decode()
    assert page.index("Treffen im Mai") < page.index("Treffen im Januar")
    assert '<span class="state state-good">vor Ort</span>' in page
    assert ("„Gern“" in page, '<span class="state state-muted">offen</span>' in page) == (True, True)


def test_an_organisation_with_the_names(team, partner, invitations, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = panels.for_organisation(partner.organisation)
    assert found["invitations"] == invitations
    page = team.get(partner.organisation.get_absolute_url()).content.decode()
    assert "abgesagt" in page
    assert "Toni Kollegin" in page


def test_many_are_cut(team, partner):
    for number in range(21):
        InvitationFactory(meeting=MeetingFactory(title=f"Treffen {number}"), contact=partner)
    found = panels.for_contact(partner)
    assert (len(found["invitations"]), found["has_more"]) == (20, True)
    assert "Gezeigt sind die letzten 20." in team.get(partner.get_absolute_url()).content.decode()


def test_nobody_invited(team, partner):
    assert "Noch zu keinem Treffen eingeladen." in team.get(partner.get_absolute_url()).content.decode()
