"""Who comes, as other invitees see it."""

import pytest

from meetings.models import Invitation
from meetings.services.answers.attendees import coming
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    made = MeetingFactory()
    for name, answer, is_shown in (
        ("Zimmerei Ost", "accepted", True),
        ("Öko-Gärtnerei", "accepted", True),
        ("Oberschule Melle", "accepted", True),
        ("Verschwiegen GmbH", "accepted", False),
        ("Unsicher KG", "tentative", True),
        ("Absage AG", "declined", True),
        ("Offen e. K.", "", True),
    ):
        organisation = OrganisationFactory(name=name, is_shown_to_invitees=is_shown)
        for _ in range(2):
            contact = ContactFactory(organisation=organisation, last_name="Geheimrat")
            InvitationFactory(meeting=made, contact=contact, answer=answer)
    InvitationFactory(answer="accepted")  # of another meeting
    return made


def test_organisations_that_come_and_may_be_shown_in_german_order_each_once(meeting, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = coming(meeting, besides=Invitation())
    assert found.organisations == ["Oberschule Melle", "Öko-Gärtnerei", "Zimmerei Ost"]


def test_seats_are_counted_by_mode_but_for_her_own():
    meeting = MeetingFactory()
    for mode in ("in_person", "in_person", "online"):
        own = InvitationFactory(meeting=meeting, answer="accepted", mode=mode)
    InvitationFactory(meeting=meeting, answer="declined")
    another = InvitationFactory(answer="accepted", mode="online")
    assert coming(meeting, besides=another).taken == {"in_person": 2, "online": 1}
    assert coming(meeting, besides=own).taken == {"in_person": 2}


def test_no_person_is_named(stranger, meeting, partner):
    invitation = InvitationFactory(meeting=meeting, contact=partner)
    page = stranger.get(f"/einladung/{invitation.token}/").content.decode()
    assert "3 Schulen, Betriebe und andere: Oberschule Melle · Öko-Gärtnerei · Zimmerei Ost" in page
    assert ("Geheimrat" in page, "Verschwiegen" in page) == (False, False)


def test_an_organisation_can_say_that_it_is_not_shown(team):
    organisation = OrganisationFactory(name="Werk GmbH")
    url = f"/partner/einrichtung/{organisation.pk}/aendern/"
    form = team.get(url).context["form"]
    typed = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}
    assert typed["is_shown_to_invitees"] is True
    del typed["is_shown_to_invitees"]
    assert team.post(url, typed).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.name, organisation.is_shown_to_invitees) == ("Werk GmbH", False)
