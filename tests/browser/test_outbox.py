"""A mail that may be read on screen: its frame shows the HTML part and nothing in it runs."""

import pytest
from django.core.mail import EmailMultiAlternatives

from mailroom.models import OutboxMail
from tests.browser.looking import problems

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")


def test_a_readable_mail_and_its_frame(site, tab, lead, settings):
    settings.DEMO = True
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"
    source = EmailMultiAlternatives("Ihr Zugang", "Guten Tag\nhttp://127.0.0.1/konto/", to=["neu@amt.example"])
    html = "<!doctype html><html lang=de><title>Mail</title><p>Schöne Grüße</p><script>document.write('ran')</script>"
    source.attach_alternative(html, "text/html")
    source.send()
    page = tab(lead)
    page.goto(OutboxMail.objects.get().get_absolute_url())
    frame = page.frame_locator("iframe.mail-frame")
    assert frame.locator("body").inner_text().strip() == "Schöne Grüße"
    (blocked,) = page.said
    assert "Blocked script execution" in blocked
    page.said.clear()
    assert problems(page) == []
