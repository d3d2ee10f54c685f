"""The page behind the link: shows, asks, thanks; looking changes nothing, whoever looks."""

import gzip
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from mailroom.models import Address
from mailroom.services import addresses
from meetings.enums import Format, State
from meetings.models import AgendaItem, Invitation, Meeting, Response
from meetings.services.planning import agenda
from tests.conventions.markup import problems_of_page
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, OrganisationFactory, UserFactory
from tests.writes import writes

pytestmark = pytest.mark.django_db

FIRST_VISIT = 45_000  # bytes, gzip


@pytest.fixture
def meeting():
    host = OrganisationFactory(name="Muster Maschinenbau GmbH", street="Werkstraße 1")
    made = MeetingFactory(
        format=Format.HYBRID,
        host=host,
        theme="Berufsfachschule Dual",
        text="Ein **neuer** Weg.\n\n- erstens\n- zweitens",
        answer_deadline_on=timezone.localdate() + timedelta(days=30),
        responsible=UserFactory(first_name="Katja", last_name="Sommer", phone="0541 501 4711"),
    )
    AgendaItem.objects.create(meeting=made, offset_minutes=0, title="Begrüßung", speaker="Frau Sommer")
    AgendaItem.objects.create(meeting=made, offset_minutes=30, title="Rundgang")
    return made


@pytest.fixture
def invitation(meeting, partner):
    return InvitationFactory(meeting=meeting, contact=partner)


@pytest.fixture
def url(invitation):
    return f"/einladung/{invitation.token}/"


def text_of(page) -> str:
    """What one reads, without markup and with single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def stored(invitation):
    fresh = Invitation.objects.get(pk=invitation.pk)
    return (fresh.answer, fresh.mode, fresh.comment, fresh.answered_via)


def test_it_says_everything_that_one_has_to_know(stranger, url):
    page = stranger.get(url)
    assert (page.status_code, problems_of_page(page.content.decode())) == (200, [])
    for words in (
        "Guten Tag, Frau Ahrens, wir laden Sie ein: Netzwerktreffen Melle/Bissendorf",
        "Mi., 5. Februar 2031, 15:00–17:30 Uhr Muster Maschinenbau GmbH, Werkstraße 1, 49324 Melle Anfahrt oder online",
        "Ja, vor Ort Ja, online Vielleicht Nein",
        "Darum geht es Berufsfachschule Dual",
        "15:00 Begrüßung, Frau Sommer 15:30 Rundgang",
        "Katja Sommer, Telefon 0541 501 4711",
        "Warum bekomme ich das?",
        "Impressum Datenschutz",
    ):
        assert words in text_of(page)
    assert "<strong>neuer</strong>" in page.content.decode()


def test_it_needs_no_script_and_sets_no_cookie_but_the_form_check(stranger, url):
    page = stranger.get(url)
    assert ("<script" in page.content.decode(), set(page.cookies)) == (False, {"csrftoken"})
    assert page["Cache-Control"] == "no-store, private"
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")


@pytest.mark.parametrize(
    ("pressed", "kept", "said"),
    [
        ({"mode": "in_person"}, ("accepted", "in_person"), "Danke, wir haben notiert: Sie kommen vor Ort."),
        ({"mode": "online"}, ("accepted", "online"), "Danke, wir haben notiert: Sie sind online dabei."),
        ({"answer": "accepted", "mode": "online"}, ("accepted", "online"), "Sie sind online dabei."),
        ({"answer": "tentative"}, ("tentative", ""), "Danke, wir haben notiert: Sie kommen vielleicht."),
        ({"answer": "declined", "guests": "zwei"}, ("declined", ""), "Danke, wir haben notiert: Sie kommen nicht."),
    ],
)
def test_one_button_answers_and_leads_back(stranger, invitation, url, pressed, kept, said):
    done = stranger.post(url, {**pressed, "comment": "Gruß\r\nGesa"})
    assert (done.status_code, done.url) == (303, f"{url}?danke")
    assert stored(invitation) == (*kept, "Gruß\nGesa", "link")
    page = stranger.get(done.url)
    assert said in text_of(page)
    assert "Antwort ändern" in page.content.decode()
    assert ("kalender.ics" in page.content.decode()) == (kept[0] != "declined")
    assert ("beitreten" in page.content.decode()) == (kept[1] == "online")


def test_thanks_are_only_said_for_an_answer(stranger, url):
    assert "Danke" not in text_of(stranger.get(f"{url}?danke"))


def test_the_link_in_the_mail_only_chooses_before(stranger, invitation, url):
    for word, first in (("accepted", "Ja, vor Ort"), ("declined", "Nein"), ("tentative", "Vielleicht")):
        page = stranger.get(url, {"antwort": word}).content.decode()
        buttons = re.findall(r'<button class="btn(.*?)" name="\w+" value="\w+">(.*?)</button>', page)
        assert buttons[0] == (" btn-primary", first)
        assert "Ein Tipp fehlt noch." in page
    assert (stored(invitation)[0], Response.objects.count()) == ("", 0)
    for odd in ("ja", "", "\x00", "accepted" * 500):
        assert "Ein Tipp" not in stranger.get(url, {"antwort": odd}).content.decode()


def test_who_changes_her_mind_by_another_link_of_the_mail_sees_the_buttons(stranger, url):
    stranger.post(url, {"mode": "online"})
    again = stranger.get(url, {"antwort": "declined"}).content.decode()
    same = stranger.get(url, {"antwort": "accepted"}).content.decode()
    assert ("<summary>Antwort ändern" in again, "<summary>Antwort ändern" in same) == (False, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Bitte tippen Sie auf eine der Antworten."),
        ({"answer": "accepted"}, "Kommen Sie vor Ort oder sind Sie online dabei?"),
        ({"answer": "vielleicht"}, "Diese Antwort kennen wir nicht."),
        ({"answer": "accepted", "mode": "hybrid"}, "Diese Antwort kennen wir nicht."),
        ({"mode": "\x00"}, "Diese Antwort kennen wir nicht."),
        ({"answer": "x" * 9999}, "Diese Antwort kennen wir nicht."),
    ],
)
def test_what_is_not_clear_is_asked_back_with_what_was_typed(stranger, invitation, url, typed, said):
    page = stranger.post(url, {**typed, "comment": "Wir <b>kommen</b>"})
    assert page.status_code == 422
    assert said in text_of(page)
    assert "Wir &lt;b&gt;kommen&lt;/b&gt;</textarea>" in page.content.decode()
    assert (stored(invitation)[0], Response.objects.count()) == ("", 0)


def test_odd_messages_are_no_error(stranger, invitation, url):
    assert stranger.post(url, {"mode": "online", "comment": "a\x00b\x07"}).status_code == 303
    assert stored(invitation)[2] == "ab"
    assert stranger.post(url, {"mode": "online", "comment": "\r\n".join("x" * 1000)}).status_code == 303
    too_long = stranger.post(url, {"mode": "online", "comment": "x" * 2001})
    assert (too_long.status_code, "auf 2.000 Zeichen" in text_of(too_long)) == (422, True)
    assert "x" * 2001 in too_long.content.decode()


def test_where_there_is_one_way_one_yes_is_enough(stranger, invitation, url):
    invitation.meeting.format = Format.IN_PERSON
    invitation.meeting.save()
    assert "Ja, ich komme Vielleicht Nein" in text_of(stranger.get(url))
    stranger.post(url, {"answer": "accepted"})
    assert stored(invitation)[:2] == ("accepted", "in_person")


@pytest.mark.parametrize(
    ("change", "heading", "kept"),
    [
        ({"state": State.CANCELLED}, "Dieses Treffen ist abgesagt", 0),
        ({"state": State.DRAFT}, "Dieses Treffen wird noch vorbereitet", 0),
        ({"starts_at": timedelta(hours=-9), "ends_at": timedelta(hours=-8)}, "Dieses Treffen ist vorbei", 0),
        ({"starts_at": timedelta(hours=-1), "ends_at": timedelta(hours=1)}, "Dieses Treffen hat begonnen", 0),
        ({"answer_deadline_on": timedelta(days=-1)}, "Der Anmeldeschluss ist vorbei", 1),
    ],
)
def test_when_nobody_may_answer_the_page_says_why(stranger, invitation, url, change, heading, kept):
    for name, value in change.items():
        if isinstance(value, timedelta):
            value = timezone.now() + value
        setattr(invitation.meeting, name, value.date() if name == "answer_deadline_on" else value)
    invitation.meeting.save()
    page = stranger.get(url)
    assert (page.status_code, heading in text_of(page), "Vielleicht" in text_of(page)) == (200, True, False)
    refused = stranger.post(url, {"mode": "in_person", "comment": "Wir wären gern dabei"})
    assert (refused.status_code, heading in text_of(refused)) == (409, True)
    assert "Wir wären gern dabei" in text_of(refused)
    assert (stored(invitation)[0], Response.objects.count()) == ("", kept)


def test_a_full_room_offers_what_is_left(stranger, meeting, invitation, url):
    meeting.capacity_in_person = 1
    meeting.save()
    waiting = stranger.get(url)
    InvitationFactory(meeting=meeting, answer="accepted", mode="in_person")
    assert "Ja, vor Ort" in text_of(waiting)
    refused = stranger.post(url, {"mode": "in_person", "comment": "Gern"})
    assert (refused.status_code, "Gerade wurde der letzte Platz vergeben" in text_of(refused)) == (409, True)
    assert "Gern</textarea>" in refused.content.decode()
    assert [row.refusal for row in invitation.responses.all()] == ["full"]
    page = text_of(stranger.get(url))
    assert ("Ja, vor Ort" in page, "Vor Ort ist kein Platz mehr frei." in page, "Ja, online" in page) == (
        False,
        True,
        True,
    )


def test_unknown_malformed_and_withdrawn_links_get_the_same_bytes(stranger, team, invitation, url):
    Invitation.objects.update(withdrawn_at=timezone.now())
    unknown = stranger.get("/gibt-es-nicht/")
    odd = ("x" * 22, "x" * 21, "x" * 23, "%00" * 22, "..", "vorschau2", "ä" * 22, "x" * 5000, "a%2Fb")
    for address in (url, *(f"/einladung/{token}/" for token in odd)):
        cache.clear()  # tests/meetings/answers/test_answer_limits.py is about many of them
        for below in ("", "kalender.ics", "beitreten/"):
            for page in (stranger.get(address + below), team.get(address + below), stranger.post(address)):
                assert (page.status_code, page.content, page.cookies) == (404, unknown.content, {}), address


def test_a_link_withdrawn_in_the_future_still_opens(stranger, invitation, url):
    Invitation.objects.update(withdrawn_at=timezone.now() + timedelta(hours=1))
    assert stranger.get(url).status_code == 200


def test_a_preview_records_nothing(stranger):
    with writes() as written:
        for address in ("/einladung/vorschau/", "/einladung/vorschau/kalender.ics", "/einladung/vorschau/beitreten/"):
            page = stranger.get(address, {"antwort": "accepted"})
            assert (page.status_code, "Vorschau" in text_of(page)) == (200, True)
            assert problems_of_page(page.content.decode()) == []
        for address in ("/einladung/vorschau/", "/einladung/vorschau/beitreten/"):
            assert stranger.post(address, {"answer": "accepted"}).status_code == 200
    assert written == []


def test_looking_changes_nothing(invitation, url):
    """Scanners fetch every link of a mail, in any order, with GET and HEAD."""
    Address.objects.create(key="person@partner.example", stop_token="s" * 22)
    links = [url, f"{url}beitreten/", *(f"{url}?antwort={word}" for word in ("accepted", "tentative", "declined"))]
    with writes() as written:
        for address in (*links, *reversed(links)):
            for look in (Client().get, Client().head):
                assert look(address).status_code == 200
    assert written == []


def test_a_form_without_the_cookie_gets_the_german_retry_page(invitation, url):
    browser = Client(enforce_csrf_checks=True)
    refused = browser.post(url, {"mode": "online", "comment": "Bis dann"})
    assert (refused.status_code, "Bitte schicken Sie es noch einmal ab" in text_of(refused)) == (403, True)
    assert stored(invitation)[0] == ""
    typed = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', refused.content.decode()))
    assert urlsplit(re.search(r'<form method="post" action="(.*?)"', refused.content.decode())[1]).path == url
    assert browser.post(url, typed).status_code == 303
    assert stored(invitation)[:3] == ("accepted", "online", "Bis dann")


def test_it_takes_at_most_six_queries(stranger, meeting, invitation, url, django_assert_num_queries):
    meeting.capacity_in_person = 20
    meeting.save()
    for _ in range(12):
        InvitationFactory(meeting=meeting, answer="accepted", mode="in_person")
    with django_assert_num_queries(4):  # invitation, address, agenda, who comes
        assert stranger.get(url).status_code == 200


def test_first_visit_weighs_little(stranger, meeting, url):
    meeting.text = "\n\n".join(f"Absatz {number}: " + "Wir sprechen über Praktika. " * 8 for number in range(8))
    meeting.save()
    for number in range(60):
        organisation = OrganisationFactory(name=f"Betrieb Nummer {number} in Melle GmbH & Co. KG")
        InvitationFactory(
            meeting=meeting, contact=ContactFactory(organisation=organisation), answer="accepted", mode="in_person"
        )
    html = stranger.get(url).content
    files = re.findall(r'(?:href|src)="/static/(.*?)"', html.decode())
    assert files == ["img/icon.svg", "css/tokens.css", "css/base.css"]
    parts = [html]
    for name in files:
        with open(finders.find(name), "rb") as file:
            parts.append(file.read())
    assert sum(len(gzip.compress(part)) for part in parts) <= FIRST_VISIT


def test_the_link_that_stops_invitations_is_shown_where_there_is_one(stranger, invitation, url):
    assert "/abmelden/" not in stranger.get(url).content.decode()
    Address.objects.create(key=invitation.email, stop_token="s" * 22)
    assert f'href="/abmelden/{"s" * 22}/"' in stranger.get(url).content.decode()


def test_who_answers_on_a_page_that_is_out_of_date_has_answered_to_the_former_date(client, invitation):
    """She opened it before the meeting moved: nothing is lost, and she is asked about the new date."""
    url = f"/einladung/{invitation.token}/"
    shown = re.search(r'name="sequence" value="(\d+)"', client.get(url).text).group(1)
    Meeting.objects.filter(pk=invitation.meeting_id).update(sequence=int(shown) + 1)
    client.post(url, {"mode": "in_person", "sequence": shown})
    invitation = Invitation.objects.select_related("meeting").get(pk=invitation.pk)
    assert (invitation.answer, invitation.is_answer_former) == ("accepted", True)
    client.post(url, {"mode": "in_person", "sequence": str(int(shown) + 1)})
    assert not Invitation.objects.select_related("meeting").get(pk=invitation.pk).is_answer_former


@pytest.mark.parametrize("odd", ["", "abc", "-1", "9" * 30])
def test_an_odd_number_in_the_hidden_field_loses_no_answer(client, invitation, odd):
    client.post(f"/einladung/{invitation.token}/", {"mode": "in_person", "sequence": odd})
    assert Invitation.objects.get(pk=invitation.pk).answer == "accepted"


def test_who_is_asked_anew_may_answer_after_the_deadline(client, invitation):
    """The meeting moved, its last day for answers did not: what we ask ourselves is not too late."""
    url = f"/einladung/{invitation.token}/"
    client.post(url, {"mode": "in_person"})
    yesterday = timezone.localdate() - timedelta(days=1)
    Meeting.objects.filter(pk=invitation.meeting_id).update(sequence=1, answer_deadline_on=yesterday)
    assert 'name="answer"' in client.get(url).text
    assert client.post(url, {"answer": "declined"}).status_code == 303
    assert Invitation.objects.get(pk=invitation.pk).answer == "declined"
    assert client.post(url, {"mode": "in_person"}).status_code == 409


def test_what_is_rendered_once_for_all_is_rendered_anew_when_it_changes(stranger, coordinator, invitation, url):
    assert "15:30 Rundgang" in text_of(stranger.get(url))
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    first = meeting.agenda_items.first()
    agenda.change(meeting, points=[agenda.Point(None, 90, "Schluss", "", "talk")], removed=[first.pk], by=coordinator)
    assert "Ablauf 15:30 Rundgang 16:30 Schluss" in text_of(stranger.get(url))
    Meeting.objects.filter(pk=meeting.pk).update(theme="Pflege")
    InvitationFactory(
        meeting=meeting, answer="accepted", mode="online", contact__organisation=OrganisationFactory(name="Firma Neu")
    )
    assert (
        "Darum geht es Pflege" in text_of(stranger.get(url)),
        "Bisher: Firma Neu" in text_of(stranger.get(url)),
    ) == (
        True,
        True,
    )


def test_the_second_visitor_takes_two_queries(stranger, invitation, url, django_assert_num_queries):
    addresses.stop_tokens([invitation.email])
    with django_assert_num_queries(3):  # invitation with its address, agenda, who comes
        first = stranger.get(url)
    with django_assert_num_queries(2):
        second = stranger.get(url)
    for page in (first, second):
        assert "Keine Einladungen mehr bekommen" in text_of(page)
