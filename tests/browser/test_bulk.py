"""Many meetings at once in a real browser: a season called off and moved online, by mouse and by keyboard."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from mailroom.models import Act, OutboxMail
from mailroom.services.acts import start
from meetings.enums import BulkKind, Format, State
from meetings.models import BulkAct, Invitation, Meeting
from meetings.services.bulk import carry_out
from meetings.services.bulk.order import Order
from tests.browser.looking import problems, problems_beside_the_status
from tests.browser.ways import follow, follow_by_key, tab_to
from tests.meetings.bulk.seasons import invited

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

MONTHS = (7, 8, 8, 9, 9)  # of the five meetings, in the coming year


@pytest.fixture
def year() -> int:
    """A year whose summer lies ahead; the browser has its own clock."""
    return timezone.localdate().year + 1


@pytest.fixture
def season(site, coordinator, year, settings) -> list[Meeting]:
    """Five meetings of two networks with two people each; half of them come."""
    settings.MAIL_GRACE_SECONDS = 600
    made = []
    for number, month in enumerate(MONTHS):
        day = datetime(year, month, 5 + 7 * (number % 2), 13, tzinfo=UTC)
        network = ("melle-bissendorf", "bramsche")[number % 2]
        meeting = invited(
            coordinator,
            title=f"Treffen {number + 1}",
            starts_at=day,
            ends_at=day + timedelta(hours=2),
            place="Rathaus",
            networks=[network],
        )
        first = Invitation.objects.filter(meeting=meeting).first()
        Invitation.objects.filter(pk=first.pk).update(answer="accepted", mode="in_person")
        made.append(meeting)
    return made


def in_order() -> list[Meeting]:
    return list(Meeting.objects.order_by("title"))


def let_all_leave() -> None:
    """The window is over and the worker has been there."""
    now = timezone.now()
    Act.objects.update(leaves_at=now)
    OutboxMail.objects.filter(state="queued").update(not_before=now, next_attempt_at=now)
    call_command("deliver_mail", "--once", verbosity=0)


def test_until_the_end_of_august_called_off_and_september_online(tab, coordinator, season, year):
    page = tab(coordinator, viewport={"width": 1280, "height": 800})
    page.goto("/treffen/")
    follow(page.get_by_role("link", name="Viele auf einmal"))
    expect(page.get_by_label("Um so viele Wochen")).to_be_hidden()
    assert problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("bis").fill(f"{year}-08-31")
    follow(page.get_by_role("button", name="Filtern und ankreuzen"))
    expect(page.locator("[name=meeting]:checked")).to_have_count(3)
    page.get_by_label("Absagen").check()
    page.get_by_label("Persönliches Wort").fill("Wir holen es nach.")
    follow(page.get_by_role("button", name="Weiter"))
    expect(page.locator(".bulk-sum")).to_contain_text(re.compile(r"3\s*Treffen\s*6\s*Personen eingeladen\s*3\s*haben"))
    expect(page.frame_locator("iframe.mail-frame").locator("body")).to_contain_text("Wir holen es nach.")
    assert problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    follow(page.get_by_role("button", name="Absagen: 3 Treffen, 6 Mails").first)
    expect(
        page.get_by_text(re.compile(r"Alle 6 Mails sind geschrieben\. Die erste geht in \d+ Sekunden"))
    ).to_be_visible()
    assert problems(page) == []
    assert [one.state for one in in_order()] == [State.CANCELLED] * 3 + [State.PLANNED] * 2

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/sammelaktionen/neu/?since={year}-09-01&until={year}-09-30")
    expect(page.locator("[name=meeting]:checked")).to_have_count(2)
    page.get_by_label("Online stattfinden lassen").check()
    page.get_by_label("Online-Raum").fill("https://raum.example/{netzwerk}/{datum}")
    follow(page.get_by_role("button", name="Weiter"))
    rooms = page.get_by_label(re.compile("Online-Raum für Treffen"))
    expect(rooms).to_have_count(2)
    rooms.first.fill("https://eigen.example/raum")
    follow(page.get_by_role("button", name="Neu rechnen").first)
    assert problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    follow(page.get_by_role("button", name="Online stattfinden lassen: 2 Treffen, 4 Mails").first)
    expect(page.get_by_text(re.compile(r"Alle 4 Mails sind geschrieben"))).to_be_visible()
    rooms = {one.online_link for one in in_order() if one.format == Format.ONLINE}
    assert "https://eigen.example/raum" in rooms
    assert any(re.fullmatch(rf"https://raum\.example/[a-z-]+/{year}-09-\d\d", room) for room in rooms)

    let_all_leave()
    expect(page.get_by_text("Diese Sammelaktion ist abgeschlossen.")).to_be_visible()  # asks by itself
    page.reload()
    assert problems(page) == []
    page.goto("/sammelaktionen/")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    assert problems(page) == []


def test_days_warnings_and_errors_on_the_preview(tab, coordinator, season, year):
    page = tab(coordinator, viewport={"width": 1280, "height": 800})
    page.goto("/sammelaktionen/neu/?network=bramsche")
    follow(page.get_by_role("button", name="Weiter"))
    expect(page.locator("#fehler")).to_be_focused()
    assert problems_beside_the_status(page) == []
    page.get_by_label("Verschieben").check()
    page.get_by_label("Um so viele Wochen").fill("16")
    follow(page.get_by_role("button", name="Weiter"))
    first = page.get_by_label(re.compile("Neuer Tag für Treffen")).first
    first.fill(f"{year}-12-25")
    follow_by_key(page, "Enter")  # reckons anew, never decides
    expect(page.get_by_text("Feiertag in Niedersachsen").first).to_be_visible()
    assert problems(page) == []
    first.fill("2150-01-01")
    follow(page.get_by_role("button", name="Neu rechnen").first)
    expect(page.get_by_text("Bitte prüfen Sie das Jahr.").first).to_be_visible()
    assert problems_beside_the_status(page) == []
    assert not BulkAct.objects.exists()


def test_while_mails_are_written_and_stopped(tab, coordinator, season, monkeypatch):
    monkeypatch.setattr(start, "AT_ONCE", 0)
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL, word="Leider."), by=coordinator)
    page = tab(coordinator)
    page.goto(act.get_absolute_url())
    expect(page.get_by_text("Die 10 Mails werden geschrieben.")).to_be_visible()
    assert problems(page) == []
    follow(page.get_by_role("button", name="Alles anhalten"))
    expect(page.get_by_text("Diese Sammelaktion ist angehalten. Es geht keine Mail hinaus")).to_be_visible()
    assert problems(page) == []
    assert {one.state for one in in_order()} == {State.PLANNED}


def test_called_off_and_stopped_by_keyboard_alone(tab, coordinator, season):
    page = tab(coordinator, viewport={"width": 1280, "height": 800})
    page.goto("/treffen/")
    tab_to(page, page.get_by_role("link", name="Viele auf einmal"))
    follow_by_key(page, "Enter")
    for title in ("Treffen 1", "Treffen 3"):
        tab_to(page, page.get_by_label(title))
        page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Absagen"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_label("Um so viele Wochen"))  # it came with the choice
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    tab_to(page, page.get_by_label("Persönliches Wort"))
    page.keyboard.type("Bis bald!")
    tab_to(page, page.get_by_role("button", name="Weiter"))
    follow_by_key(page, "Enter")
    expect(page.locator(".bulk-sum")).to_contain_text("haben zugesagt")
    assert not BulkAct.objects.exists()
    tab_to(page, page.get_by_role("button", name="Absagen: 2 Treffen, 4 Mails").first)
    follow_by_key(page, "Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Absagen: 2 Treffen")
    assert [one.title for one in in_order() if one.is_cancelled] == ["Treffen 1", "Treffen 3"]
    tab_to(page, page.get_by_role("button", name="Alles anhalten"))
    follow_by_key(page, "Enter")
    expect(page.get_by_text("Diese Sammelaktion ist angehalten. Es geht keine Mail hinaus")).to_be_visible()
    assert {one.state for one in in_order()} == {State.PLANNED}
