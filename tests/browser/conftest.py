"""Fixtures for tests with a real browser (Debian's Chromium) and a real server; they need no network."""

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.browser import serving
from tests.installation import install
from tests.waiting import PATIENCE

# The same engine without what only a window needs takes a third less processor time.
EXECUTABLE = shutil.which("chromium-headless-shell") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The frame that shows a mail is sandboxed and would run in its own process. Chromium then sends a click to the
    # frame's previous position: right after scrolling, on a busy machine, nearly half of the clicks were lost.
    "--disable-site-isolation-trials",
]
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session", autouse=True)
def _configure_server() -> Iterator[None]:
    """Configure the server that all tests share: it starts before a test's settings. WhiteNoise needs the folder."""
    folder = settings.DATA_DIR / "static"
    folder.mkdir(exist_ok=True)
    own = ["tests.browser.serving.late"] * bool(serving.LATE) + ["tests.browser.serving.one_at_a_time"]
    with override_settings(STATIC_ROOT=folder, MIDDLEWARE=[*own, *settings.MIDDLEWARE]):
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start one browser for all tests. Django sees Playwright's event loop, so async-unsafe calls must be allowed."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(transactional_db, live_server) -> str:
    """Return the address of a running server with the seed rows, which the previous test has deleted."""
    install()
    return live_server.url


@pytest.fixture
def tab(chromium, site, client_for) -> Iterator[Callable[..., Page]]:
    """Yield a function that opens a tab: tab() as a stranger, tab(lead) as that member.

    `page.said` collects the console's errors and warnings. The last requests and their outcomes are printed, so that
    pytest shows them for a test that fails.
    """
    contexts = []
    asked: deque[str] = deque(maxlen=20)

    def note(request: Request, outcome: str) -> None:
        if "/static/" not in request.url:
            asked.append(f"{time.monotonic():.1f} {request.method} {urlsplit(request.url).path} {outcome}")

    def open_tab(user=None, **options) -> Page:
        context = chromium.new_context(locale="de-DE", base_url=site, **options)
        contexts.append(context)
        if user:
            session = client_for(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.on("request", lambda request: note(request, "…"))
        page.on("response", lambda response: note(response.request, str(response.status)))
        page.on("requestfailed", lambda request: note(request, request.failure or "failed"))
        page.said = []
        page.on("console", lambda said: page.said.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    yield open_tab
    print(f"{time.monotonic():.1f} now", *reversed(asked), sep="\n")
    for context in contexts:
        context.close()
