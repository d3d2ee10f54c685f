"""The team works with the keyboard; the menu works without JavaScript too."""

import pytest
from playwright.sync_api import expect

from tests.browser.ways import follow, follow_by_key
from tests.factories import ContactFactory, InvitationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

OUTLINE = """() => {
    const element = document.activeElement, style = getComputedStyle(element);
    return {tag: element.tagName, width: parseFloat(style.outlineWidth), style: style.outlineStyle,
            hidden: element.getBoundingClientRect().width < 2 || !element.checkVisibility(),
            html: element.outerHTML.slice(0, 200)};
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
    const style = getComputedStyle(element);
    return style.animationName !== "none" || style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
}).map((element) => element.outerHTML.slice(0, 100))"""
FOCUSED = "document.activeElement.innerText.trim() || document.activeElement.id"


def test_tab_reaches_the_skip_link_first_then_the_navigation(tab, coordinator):
    page = tab(coordinator)
    page.goto("/partner/")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    assert reached == [
        "Zum Inhalt springen", "Servicestelle Schule–Wirtschaft", "Heute", "Treffen", "Planer", "Partner", "Netzwerke",
        "Post",
    ]  # fmt: skip


def test_the_skip_link_is_seen_and_leads_to_the_content(tab, coordinator):
    page = tab(coordinator)
    page.goto("/partner/")
    page.keyboard.press("Tab")
    assert page.locator(".skip-link").bounding_box()["height"] >= 24
    page.keyboard.press("Enter")
    expect(page.locator("#inhalt")).to_be_focused()


def test_slash_goes_to_the_search_but_can_be_typed_in_a_field(tab, coordinator):
    page = tab(coordinator)
    page.goto("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "suche"
    page.keyboard.type("a/b")
    assert page.locator("#suche").input_value() == "a/b"


def test_a_search_by_the_keyboard_alone_keeps_the_words_in_the_field(tab, coordinator):
    ContactFactory(first_name="Gesa", last_name="Ahrens")
    page = tab(coordinator)
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("ahrens")
    follow_by_key(page, "Enter")
    assert page.url.endswith("/suche/?q=ahrens")
    assert page.locator("#personen ~ .hits mark").all_inner_texts()[0] == "Ahrens"
    page.keyboard.press("/")
    page.keyboard.type("gibt es nicht")
    follow_by_key(page, "Enter")
    assert page.url.endswith("/suche/?q=gibt+es+nicht")
    assert "mit weniger Wörtern" in page.locator("main").inner_text()


def unseen(page, steps: int) -> list[str]:
    """What the Tab key reaches without showing it: no outline, or nowhere on the screen."""
    found = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        seen = page.evaluate(OUTLINE)
        if seen["tag"] == "BODY":
            break
        if seen["width"] < 2 or seen["style"] == "none" or seen["hidden"]:
            found.append(seen["html"])
    return found


@pytest.mark.parametrize(("width", "light"), [(1280, "light"), (640, "dark")])
def test_every_step_of_the_keyboard_is_seen(width, light, tab, coordinator):
    page = tab(coordinator, viewport={"width": width, "height": 800}, color_scheme=light)
    page.goto("/stil/")
    assert unseen(page, 120) == []


@pytest.mark.parametrize("width", [1280, 360])
def test_every_step_of_the_keyboard_is_seen_in_a_list_and_by_an_invitee(width, tab, coordinator):
    invitation = InvitationFactory()
    for user, url in (
        (coordinator, invitation.meeting.get_absolute_url()),
        (coordinator, "/treffen/"),
        (None, f"/einladung/{invitation.token}/"),
        (None, "/konto/login/"),
    ):
        page = tab(user, viewport={"width": width, "height": 800})
        page.goto(url)
        assert unseen(page, 60) == []


def test_nothing_moves_for_those_who_asked_for_rest(tab, coordinator):
    page = tab(coordinator, reduced_motion="reduce")
    page.goto("/stil/")
    assert page.evaluate(MOVING) == []


def test_the_menu_opens_and_closes(tab, coordinator):
    page = tab(coordinator)
    page.goto("/")
    page.locator("details.menu > summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Angemeldete Geräte").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Angemeldete Geräte").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_without_javascript_the_menu_opens_and_one_can_log_out(tab, coordinator):
    page = tab(coordinator, java_script_enabled=False)
    page.goto("/")
    page.locator("details.menu > summary").click()
    follow(page.get_by_role("button", name="Abmelden"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
