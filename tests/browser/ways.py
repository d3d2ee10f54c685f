"""How a test gets from one page to the next: what follows sees the new one as a whole, never the old one or half."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page


@contextmanager
def leading_on(page: Page) -> Iterator[None]:
    """What is done inside leads to another page; go on when that is there with its styles and scripts.

    Playwright looks at, clicks on and types into whatever the tab shows: after a key that sends a form that is the old
    page for as long as the server takes, and then whatever part of the new one has arrived.
    """
    with page.expect_navigation():
        yield


def follow(locator: Locator) -> None:
    """Click on what leads to another page."""
    with leading_on(locator.page):
        locator.click()


def follow_by_tap(locator: Locator) -> None:
    """Tap on what leads to another page."""
    with leading_on(locator.page):
        locator.tap()


def follow_by_key(page: Page, key: str) -> None:
    """Press the key on what has the focus and leads to another page."""
    with leading_on(page):
        page.keyboard.press(key)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus, as somebody does who has no mouse."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")
