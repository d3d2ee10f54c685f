"""The partner's whole way on a small telephone without JavaScript: from the mail to the answer, and to another one."""

import email
from datetime import UTC, timedelta
from email import policy

import pytest
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import Page, expect

from mailroom.models import OutboxMail
from meetings.enums import Format, State
from meetings.models import AgendaItem, Invitation, Response
from meetings.services.answers import record
from meetings.services.inviting import invite
from tests.browser.looking import problems, problems_beside_the_status
from tests.browser.ways import follow, follow_by_tap
from tests.factories import InvitationFactory, MeetingFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

TELEPHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WITHOUT_SCRIPTS = {**TELEPHONE, "java_script_enabled": False}
MAILBOX = "https://post.partner.example/"  # where the mail is read; another site than ours


@pytest.fixture
def meeting(site, settings, coordinator):
    """A meeting in one place and online, with everything that can be said about one."""
    settings.BASE_URL = site
    coordinator.phone = "0541 501 4711"
    coordinator.save()
    made = MeetingFactory(
        format=Format.HYBRID,
        host=OrganisationFactory(name="Muster Maschinenbau GmbH", street="Werkstraße 1"),
        theme="Berufsfachschule Dual",
        text="Ein **neuer** Weg:\n\n- in der Schule\n- im Betrieb",
        answer_deadline_on=timezone.localdate() + timedelta(days=30),
        responsible=coordinator,
        dial_in="0541 99 88 77, Kennung 4711",
    )
    AgendaItem.objects.create(meeting=made, offset_minutes=0, title="Begrüßung", speaker="Frau Sommer")
    AgendaItem.objects.create(meeting=made, offset_minutes=30, title="Rundgang durch die Lehrwerkstatt")
    for name in ("Oberschule Lärchenhof", "Donaudampfschifffahrtsgesellschaft Georgsmarienhütte mbH & Co. KG"):
        other = InvitationFactory(meeting=made, contact__organisation__name=name)
        record.record(other, "accepted", via="link", mode="in_person")
    return made


@pytest.fixture
def invitation(meeting, partner, coordinator):
    """She is invited through the outbox, by a mail."""
    MembershipFactory(organisation=partner.organisation)
    invite.invite(meeting, [partner], by=coordinator, word="Wir freuen uns auf Sie.")
    return Invitation.objects.get(contact=partner)


@pytest.fixture
def link(invitation, site):
    return f"{site}/einladung/{invitation.token}/"


def _open_mail(page: Page) -> None:
    """Show the HTML part of the frozen mail, as her mail program does."""
    mail = email.message_from_bytes(bytes(OutboxMail.objects.get().raw), policy=policy.default)
    body = mail.get_body(("html",)).get_content()
    page.route(MAILBOX, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
    page.goto(MAILBOX)


def _is_told(page: Page, sentence: str) -> None:
    expect(page.locator("#antwort h2")).to_have_text(sentence)


@pytest.mark.parametrize(
    ("button", "mode", "noted"),
    [("Ja, vor Ort", "in_person", "Sie kommen vor Ort."), ("Ja, online", "online", "Sie sind online dabei.")],
)
def test_two_taps_answer_and_two_more_change_it(tab, invitation, button, mode, noted):
    page = tab(**WITHOUT_SCRIPTS)
    _open_mail(page)
    follow_by_tap(page.get_by_role("link", name="Ja", exact=True))
    first = page.get_by_role("button", name="Ja, vor Ort")
    assert first.bounding_box()["y"] + first.bounding_box()["height"] <= 740  # without scrolling
    assert Response.objects.filter(invitation=invitation).count() == 0
    follow_by_tap(page.get_by_role("button", name=button))
    _is_told(page, f"Danke, wir haben notiert: {noted}")
    invitation.refresh_from_db()
    assert (invitation.answer, invitation.mode) == ("accepted", mode)

    with page.expect_download() as download:
        page.get_by_role("link", name="Termin in den Kalender eintragen").tap()
    assert download.value.suggested_filename == "termin.ics"
    calendar = Calendar.from_ical(download.value.path().read_bytes())
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["UID"]) == ("PUBLISH", str(invitation.uid))
    assert event["DTSTART"].dt.astimezone(UTC) == invitation.meeting.starts_at

    page.get_by_text("Antwort ändern").tap()
    page.get_by_label("Nachricht an uns").fill("Leider verhindert.")
    follow_by_tap(page.get_by_role("button", name="Nein"))
    _is_told(page, "Danke, wir haben notiert: Sie kommen nicht.")
    expect(page.locator("#antwort")).to_contain_text("Leider verhindert.")
    invitation.refresh_from_db()
    assert (invitation.answer, invitation.comment) == ("declined", "Leider verhindert.")
    assert page.said == []


@pytest.mark.parametrize(
    ("wish", "answer", "noted"),
    [("Vielleicht", "tentative", "Sie kommen vielleicht."), ("Nein", "declined", "Sie kommen nicht.")],
)
def test_the_other_answers_take_two_taps_as_well(tab, invitation, wish, answer, noted):
    page = tab(**WITHOUT_SCRIPTS)
    _open_mail(page)
    follow_by_tap(page.get_by_role("link", name=wish, exact=True))
    follow_by_tap(page.locator(".answer-buttons button").first)
    _is_told(page, f"Danke, wir haben notiert: {noted}")
    invitation.refresh_from_db()
    assert invitation.answer == answer


def test_the_mail_and_every_page_on_the_way_look_well(tab, invitation, link):
    page = tab()
    _open_mail(page)
    assert problems(page) == []
    page.goto(link)
    assert problems(page) == []
    page.goto(f"{link}?antwort=accepted")
    assert problems(page) == []
    for button in ("Ja, vor Ort", "Vielleicht", "Nein", "Ja, online"):
        follow(page.get_by_role("button", name=button))
        assert problems(page) == []
        page.get_by_text("Antwort ändern").click()
        assert problems(page) == []
    page.goto(f"{link}beitreten/")
    assert problems(page) == []
    page.goto(f"{link.rsplit('/', 2)[0]}/vorschau/")
    assert problems(page) == []


def _close(meeting, stage: str) -> None:
    """Bring the meeting where nobody may answer any more."""
    now = timezone.now()
    if stage == "cancelled":
        meeting.state = State.CANCELLED
    elif stage == "late":
        meeting.answer_deadline_on = timezone.localdate() - timedelta(days=1)
    else:
        hours = {"past": 30, "running": 1}[stage]
        meeting.starts_at, meeting.ends_at = now - timedelta(hours=hours), now - timedelta(hours=hours - 2)
    meeting.save()


QUESTION = "Nur die Nachricht senden"


@pytest.mark.parametrize(
    ("stage", "heading", "left"),
    [
        ("late", "Der Anmeldeschluss ist vorbei", ["Nein", QUESTION]),
        ("running", "Dieses Treffen hat begonnen", ["Ja, online", "Nein", QUESTION]),
        ("past", "Dieses Treffen ist vorbei", []),
        ("cancelled", "Dieses Treffen ist abgesagt", []),
    ],
)
def test_who_comes_too_late_reads_why_and_loses_nothing(tab, meeting, invitation, link, stage, heading, left):
    page = tab(**TELEPHONE)
    page.goto(link)
    page.get_by_label("Nachricht an uns").fill("Wir kommen zu zweit.")
    _close(meeting, stage)
    follow_by_tap(page.get_by_role("button", name="Ja, vor Ort"))
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_text("Wir kommen zu zweit.")).to_be_visible()
    expect(page.get_by_role("button")).to_have_text(left)
    assert problems_beside_the_status(page) == []
    page.goto(link)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert problems(page) == []


def test_a_full_room_offers_the_other_way(tab, meeting, invitation, link):
    page = tab(**TELEPHONE)
    page.goto(link)
    page.get_by_label("Nachricht an uns").fill("Wir kommen zu zweit.")
    meeting.capacity_in_person = 2
    meeting.save()
    follow_by_tap(page.get_by_role("button", name="Ja, vor Ort"))
    expect(page.get_by_role("heading", name="Gerade wurde der letzte Platz vergeben")).to_be_visible()
    expect(page.get_by_label("Nachricht an uns")).to_have_value("Wir kommen zu zweit.")
    assert problems_beside_the_status(page) == []
    expect(page.get_by_role("button", name="Ja, vor Ort")).to_have_count(0)
    follow_by_tap(page.get_by_role("button", name="Ja, online"))
    _is_told(page, "Danke, wir haben notiert: Sie sind online dabei.")
    page.goto(link)
    assert problems(page) == []


def test_a_withdrawn_invitation_is_not_found(tab, invitation, link):
    page = tab(**TELEPHONE)
    page.goto(link)
    invitation.withdrawn_at = timezone.now()
    invitation.save()
    follow_by_tap(page.get_by_role("button", name="Nein"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Diese Seite gibt es nicht")
    assert problems_beside_the_status(page) == []
