"""What calendars propose and a person decides: the section on the meeting's page, with one of every kind."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from meetings.enums import ProposalKind
from meetings.models import Proposal
from tests.browser.looking import problems
from tests.browser.ways import follow
from tests.factories import InvitationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")


@pytest.fixture
def meeting(site):
    invitation = InvitationFactory()
    for kind in ProposalKind:
        Proposal.objects.create(
            invitation=invitation,
            kind=kind,
            email=f"jo.{kind}@betrieb.example",
            name="Jo Feld",
            answer="" if kind == "time" else "accepted",
            comment="Bis bald!",
            at=invitation.created_at,
            starts_at=invitation.meeting.starts_at + timedelta(days=7),
        )
    return invitation.meeting


def test_one_of_every_kind_and_one_press(meeting, tab, lead):
    page = tab(lead)
    page.goto(meeting.get_absolute_url())
    section = page.get_by_role("region", name="Zu klären")
    assert section.get_by_role("listitem").count() == 8
    assert problems(page) == []
    guest = section.get_by_role("listitem").filter(has_text="jo.guest@betrieb.example")
    follow(guest.get_by_role("button", name="Nicht übernehmen"))
    expect(page.locator(".alert").first).to_have_text("Erledigt. Es bleibt alles, wie es war.")
    expect(page.get_by_role("region", name="Zu klären").get_by_role("listitem")).to_have_count(7)
