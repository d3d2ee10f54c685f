"""What a page must show in every size and light: no finding of axe, nothing to scroll sideways, a silent console."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LOOKS = [(1280, "light"), (360, "dark")]  # colours do not depend on the width, nor the layout on the light
ZOOMED = (640, 320)  # 1280 px at 200 % (WCAG 1.4.4) and at 400 % (WCAG 1.4.10)
# A newer question took the place of an older one: htmx says so, and breaks its promise, which nobody holds.
ABORTED = "htmx:sendAbort"
REPLACED = (ABORTED, "htmx:afterRequest")
BROKEN_PROMISE = "undefined"
OPTIONS = {
    "resultTypes": ["violations"],
    "iframes": False,  # a mail's frame runs no script, so axe is not in it: tests/browser/test_mails.py looks at mails
    "preload": False,  # else axe injects a style element and our content security policy refuses it
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.5.8; off by default in axe
}


def problems(page: Page) -> list[str]:
    """Look at the page as it is open now; return what is wrong, by size and light."""
    page.wait_for_load_state()  # one that came by itself may still lack its styles
    found = [f"console: {text}" for text in _beside_what_was_replaced(page.said)]
    page.evaluate(Axe().axe_script)
    for width, light in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=light, reduced_motion="reduce")  # nothing half faded
        for violation in page.evaluate("options => axe.run(options).then(found => found.violations)", OPTIONS):
            places = ", ".join(str(node["target"][0]) for node in violation["nodes"][:5])
            found.append(f"{width} px, {light}: {violation['id']} at {places}")
        found += _sideways(page, width)
    for width in ZOOMED:
        page.set_viewport_size({"width": width, "height": 800})
        found += _sideways(page, width)
    return found


def problems_beside_the_status(page: Page) -> list[str]:
    """The same of an answer of 400 and more, when that is what was asked for: Chromium logs each as an error."""
    page.said = [text for text in page.said if "responded with a status of" not in text]
    return problems(page)


def _beside_what_was_replaced(said: list[str]) -> list[str]:
    left = [text for text in said if not text.startswith(REPLACED)]
    for _ in range(sum(text.startswith(ABORTED) for text in said)):
        if BROKEN_PROMISE in left:
            left.remove(BROKEN_PROMISE)
    return left


def _sideways(page: Page, width: int) -> list[str]:
    actual = page.evaluate("document.scrollingElement.scrollWidth")
    return [f"{width} px: the page is {actual} px wide"] if actual > width else []
