"""The coordinator's whole way in a real browser: a new meeting, the invitation, the act, who comes."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from mailroom.models import Act, OutboxMail
from meetings.models import Invitation, Meeting
from meetings.services.answers import record
from regions.models import Network
from tests.browser.looking import problems
from tests.browser.ways import follow, follow_by_key, tab_to
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

PAGES = ["/treffen/neu/", "/treffen/…/", "/treffen/…/einladen/"]  # from the new meeting to „auf dem Weg“
DAY = "05052031"  # day and month are the same, in whatever order the browser asks for them
PEOPLE = (
    ("Ahrens", "Gesa", "Oberschule Lärchenhof", "school"),
    ("Böhmer", "Dirk", "Böhmer Logistik KG", "company"),
    ("Çelik", "Emre", "Tischlerei Äpfelbaum", "company"),
)


@pytest.fixture
def people(site):
    """Three people of the network Bramsche."""
    network, made = Network.objects.get(slug="bramsche"), []
    for last_name, first_name, name, kind in PEOPLE:
        organisation = OrganisationFactory(name=name, kind=kind, place="Bramsche", postcode="49565")
        MembershipFactory(organisation=organisation, network=network)
        email = f"{first_name.lower()}@partner.example"
        made.append(ContactFactory(organisation=organisation, first_name=first_name, last_name=last_name, email=email))
    return made


@pytest.fixture
def grace(settings):
    """Long enough to look at the page while it counts down."""
    settings.MAIL_GRACE_SECONDS = 60


def _pages_of(page: Page) -> list[str]:
    """Collects the pages that are opened in this tab, one name for each, in the order in which they come first."""
    seen: list[str] = []

    def note(frame) -> None:
        path = re.sub(r"[0-9a-f-]{36}", "…", urlsplit(frame.url).path)
        if frame == page.main_frame and path not in seen:
            seen.append(path)

    page.on("framenavigated", note)
    return seen


def _day(page: Page) -> Locator:
    return page.get_by_label(re.compile(r"^\s*Tag\b"))


def _wait_for_hints(page: Page) -> None:
    """Asked for on change and 400 ms after the last key."""
    page.wait_for_timeout(500)
    expect(page.locator(".htmx-request")).to_have_count(0)


def _send_what_waits() -> None:
    """The window to stop is over and the worker has been there."""
    Act.objects.update(leaves_at=timezone.now())
    OutboxMail.objects.update(not_before=timezone.now(), next_attempt_at=timezone.now())
    call_command("deliver_mail", "--once", verbosity=0)


def test_from_a_new_meeting_to_mails_on_their_way_in_three_pages(tab, coordinator, people, grace):
    page = tab(coordinator, viewport={"width": 1280, "height": 800})
    seen = _pages_of(page)
    page.goto("/treffen/neu/?netzwerk=bramsche")
    assert problems(page) == []
    page.get_by_label("Titel").fill("Netzwerktreffen Bramsche")
    page.get_by_label("Format").select_option("hybrid")
    page.get_by_label("Raum oder Anschrift").fill("Rathaus")
    _day(page).fill("2031-05-05")
    _wait_for_hints(page)
    follow(page.get_by_role("button", name="Speichern"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Netzwerktreffen Bramsche")
    assert problems(page) == []
    follow(page.get_by_role("link", name="Einladen", exact=True).first)
    assert problems(page) == []
    page.get_by_label("Emre Çelik").uncheck()
    page.get_by_label("Persönliches Wort").fill("Ich freue mich auf Sie.")
    follow(page.get_by_role("button", name="Vorschau zeigen"))
    expect(page.frame_locator("iframe.mail-frame").locator("body")).to_contain_text("Ich freue mich auf Sie.")
    expect(page.get_by_label("Emre Çelik")).not_to_be_checked()
    assert problems(page) == []
    follow(page.get_by_role("button", name=re.compile("An 2 Personen senden")))
    expect(page.get_by_text(re.compile(r"Die erste geht in \d+ Sekunden auf den Weg"))).to_be_visible()
    assert seen == [*PAGES, "/post/sendung/…/"]
    assert problems(page) == []

    _send_what_waits()
    expect(page.get_by_text("Diese Sendung ist abgeschlossen.")).to_be_visible()  # asks by itself
    assert problems(page) == []
    first, _ = Invitation.objects.order_by("contact__sort_key")
    record.record(first, "accepted", via="link", mode="online", comment="Ich freue mich.")
    follow(page.get_by_role("link", name="Netzwerktreffen Bramsche", exact=True))
    follow(page.get_by_role("link", name="Teilnehmende"))
    row = page.locator("#liste tbody tr").first
    expect(row).to_contain_text("online")
    expect(row).to_contain_text("Ich freue mich.")
    assert problems(page) == []
    assert {mail.state for mail in OutboxMail.objects.all()} == {"sent"}


def test_an_act_can_be_stopped_while_it_counts_down(tab, coordinator, people, grace):
    page = tab(coordinator)
    page.goto("/treffen/neu/?netzwerk=bramsche")
    _day(page).fill("2031-05-05")
    _wait_for_hints(page)
    follow(page.get_by_role("button", name="Speichern"))
    follow(page.get_by_role("link", name="Einladen", exact=True).first)
    page.get_by_label("Der Ort folgt").check()
    follow(page.get_by_role("button", name=re.compile("An 3 Personen senden")))
    follow(page.get_by_role("button", name="Anhalten"))
    expect(page.get_by_text("Angehalten. Keine Mail dieser Sendung geht hinaus.", exact=True)).to_be_visible()
    assert problems(page) == []
    assert (Invitation.objects.count(), Meeting.objects.get().state) == (0, "draft")
    assert {mail.state for mail in OutboxMail.objects.all()} == {"cancelled"}


def test_the_whole_way_by_keyboard_alone(tab, coordinator, people, grace):
    page = tab(coordinator, viewport={"width": 1280, "height": 800})
    page.goto("/treffen/")
    tab_to(page, page.get_by_role("link", name="Neues Treffen").first)
    follow_by_key(page, "Enter")
    tab_to(page, page.get_by_label("Bramsche"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Titel"))
    page.keyboard.type("Netzwerktreffen Bramsche")
    tab_to(page, _day(page))
    page.keyboard.type(DAY)
    _wait_for_hints(page)
    follow_by_key(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Netzwerktreffen Bramsche")
    tab_to(page, page.get_by_role("link", name="Einladen", exact=True).first)
    follow_by_key(page, "Enter")
    tab_to(page, page.get_by_label("Emre Çelik"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Persönliches Wort"))
    page.keyboard.type("Bis bald!")
    tab_to(page, page.get_by_label("Der Ort folgt"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Vorschau zeigen"))
    follow_by_key(page, "Enter")
    expect(page.frame_locator("iframe.mail-frame").locator("body")).to_contain_text("Bis bald!")
    tab_to(page, page.get_by_role("button", name=re.compile("An 2 Personen senden")))
    follow_by_key(page, "Space")
    tab_to(page, page.get_by_role("button", name="Anhalten"))
    tab_to(page, page.get_by_role("link", name="Netzwerktreffen Bramsche").first)
    follow_by_key(page, "Enter")
    expect(page.locator("#liste tbody tr")).to_have_count(2)
    assert sorted(OutboxMail.objects.values_list("recipient", flat=True)) == [
        "dirk@partner.example",
        "gesa@partner.example",
    ]
