"""A mail is a page, too: what axe says of each kind, in every width and light that a program may show it in."""

import pytest
from django.utils import timezone

from meetings.enums import Format, MailingKind, ReplyKind
from meetings.mails import Letter
from partners.mails import NetworkLetter
from regions.models import Network
from tests.browser.looking import problems
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")


@pytest.fixture
def invitation(site):
    """Her meeting has all that a mail can say of one."""
    meeting = MeetingFactory(
        format=Format.HYBRID,
        host=OrganisationFactory(name="Muster Maschinenbau GmbH", street="Werkstraße 1"),
        online_link="https://raum.example/ein-langer-name-des-raums-der-nicht-in-eine-schmale-zeile-passt",
        dial_in="0541 123",
        text="Es geht um **Berufsfachschule Dual**.",
    )
    meeting.agenda_items.create(offset_minutes=15, title="Rundgang", speaker="Herr Muster")
    return InvitationFactory(meeting=meeting)


@pytest.mark.parametrize("kind", [*MailingKind, *ReplyKind])
def test_no_finding_in_what_a_partner_reads(kind, invitation, tab):
    letter = Letter(invitation.meeting, kind=kind, word="Ich freue mich auf Sie.")
    mail = letter.copy(invitation, stop_token="S" * 22, stamp=timezone.now()).as_message()
    page = tab()
    page.set_content(mail.get_body(("html",)).get_content())
    assert page.get_by_text("Guten Tag").count() == 1
    assert problems(page) == []


def test_no_finding_in_a_letter_to_a_network(site, tab):
    text = "Es geht um **Berufsfachschule Dual**.\n\n- Punkt\n- Punkt\n\n[Zur Anmeldung](https://schule.example)"
    letter = NetworkLetter(Network.objects.get(slug="bramsche"), subject="Neues aus dem Netzwerk", text=text)
    mail = letter.copy(ContactFactory(), stop_token="S" * 22).as_message()
    page = tab()
    page.set_content(mail.get_body(("html",)).get_content())
    assert page.get_by_text("Guten Tag").count() == 1
    assert problems(page) == []
