"""The networks for everybody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings.enums import Format
from meetings.models import Meeting
from regions.models import Network
from tests.factories import InvitationFactory, MeetingFactory, OrganisationFactory

URL = "/netzwerk/melle-bissendorf/"
EMPTY = "Zurzeit steht noch kein Termin fest"


@pytest.fixture
def network(db, coordinator) -> Network:
    found = Network.objects.get(slug="melle-bissendorf")
    found.coordinator, found.description = coordinator, "Wir **treffen** uns."
    found.save()
    return found


def _said(browser, url=URL) -> str:
    return browser.get(url).content.decode()


def test_it_says_what_the_network_is_and_whom_to_ask(stranger, network, settings):
    settings.MAIL_FROM = "Servicestelle <buero@servicestelle.example>"
    said = _said(stranger)
    wanted = ["<strong>treffen</strong>", "Katja Sommer", "mailto:buero@servicestelle.example", EMPTY, "Bissendorf"]
    assert [words for words in wanted if words not in said] == []
    assert "sommer@" not in said


def test_who_has_no_name_yet_is_not_named_by_her_address(stranger, network):
    network.coordinator.first_name = network.coordinator.last_name = ""
    network.coordinator.save()
    assert "sommer@" not in _said(stranger)


def test_the_next_meetings_with_day_place_theme_and_format(stranger, network):
    host = OrganisationFactory(name="Muster Maschinenbau GmbH", street="Werkstraße 1")
    MeetingFactory(is_public=True, title="Später", starts_at=timezone.now() + timedelta(days=9), format=Format.ONLINE)
    MeetingFactory(is_public=True, title="Bald", theme="Praktika", host=host, format=Format.HYBRID,
                   starts_at=timezone.now() + timedelta(days=2))  # fmt: skip
    said = _said(stranger)
    assert 0 < said.index("<h3>Bald</h3>") < said.index("<h3>Später</h3>")
    assert [
        words for words in ("Praktika", "Muster Maschinenbau GmbH, Werkstraße 1", "oder online") if words not in said
    ] == []
    assert EMPTY not in said


def test_only_what_is_public_and_to_come(stranger, network):
    MeetingFactory(is_public=True, title="Abgesagt", state="cancelled", facts_version=1)
    MeetingFactory(title="Intern")
    MeetingFactory(is_public=True, title="Entwurf", state="draft")
    MeetingFactory(is_public=True, title="Verworfen", state="cancelled")
    MeetingFactory(is_public=True, title="Woanders", networks=["bramsche"])
    MeetingFactory(is_public=True, title="Vorbei", starts_at=timezone.now() - timedelta(days=2))
    said = _said(stranger)
    titles = ["Abgesagt", "Intern", "Entwurf", "Verworfen", "Woanders", "Vorbei"]
    assert [title for title in titles if f"<h3>{title}</h3>" in said] == ["Abgesagt"]
    assert "Dieses Treffen ist abgesagt" in said


def test_meetings_at_one_instant_have_one_order(stranger, network):
    made = [MeetingFactory(is_public=True) for _ in range(4)]
    shown = [meeting.pk for meeting in _context(stranger)]
    assert shown == sorted(meeting.pk for meeting in made)


def _context(browser) -> list[Meeting]:
    from meetings.services.planning import programme

    assert browser.get(URL).status_code == 200
    return programme.coming(Network.objects.get(slug="melle-bissendorf"))


def test_nothing_of_an_invitation_is_on_it(stranger, network):
    meeting = MeetingFactory(
        is_public=True, format=Format.HYBRID, online_link="https://raum.example/x", dial_in="0541", text="Liebe Gäste"
    )
    invitation = InvitationFactory(meeting=meeting, answer="accepted")
    said = _said(stranger)
    secret = [
        invitation.token, invitation.tag, str(invitation.uid), str(meeting.pk), invitation.email, "raum.example",
        invitation.contact.last_name, meeting.responsible.last_name, meeting.responsible.email, "0541", "Liebe Gäste",
        "/einladung/",
    ]  # fmt: skip
    assert [words for words in secret if words in said] == []


@pytest.mark.parametrize("url", [URL, "/netzwerk/"])
def test_everybody_gets_the_same_page_without_script(stranger, team, network, url):
    MeetingFactory(is_public=True)
    pages = [browser.get(url) for browser in (stranger, team)]
    assert pages[0].content == pages[1].content
    assert [page["Cache-Control"] for page in pages] == ["public, max-age=300"] * 2
    assert b"<script" not in pages[0].content
    assert "X-Robots-Tag" not in pages[0]
    again = stranger.get(url, headers={"If-None-Match": pages[0]["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert stranger.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_it_leads_to_the_calendar(stranger, network, settings):
    settings.BASE_URL = "https://netzwerk.example"
    said = _said(stranger)
    assert 'href="webcal://netzwerk.example/kalender/melle-bissendorf.ics"' in said
    assert 'href="https://netzwerk.example/kalender/melle-bissendorf.ics"' in said


@pytest.mark.parametrize("slug", ["nirgends", "ruht"])
def test_no_such_network_is_404(stranger, db, slug):
    Network.objects.create(slug="ruht", name="Netzwerk ruht", short_name="Ruht", is_active=False)
    assert stranger.get(f"/netzwerk/{slug}/").status_code == 404
    assert "Netzwerk ruht" not in _said(stranger, "/netzwerk/")


def test_all_networks_lead_to_their_pages(stranger, db):
    said = _said(stranger, "/netzwerk/")
    assert [one.slug for one in Network.objects.all() if f'href="/netzwerk/{one.slug}/"' not in said] == []


def test_the_map_has_words_and_says_whose_coordinates_they_are(stranger, network):
    said = _said(stranger)
    assert '<svg viewBox="0 0' in said
    assert 'role="img" aria-labelledby="karte-titel karte-text"' in said
    assert "GeoNames" in said
    assert said.count('class="district-cell') == 34
    assert said.count("is-marked") == 2


def test_they_take_the_same_queries_with_few_and_many(stranger, network, django_assert_num_queries):
    for number in (1, 15):
        for place in range(number):
            MeetingFactory(is_public=True, host=OrganisationFactory())
            Network.objects.create(
                slug=f"n{number}-{place}", name=f"N{number}-{place}", short_name=f"K{number}-{place}"
            )
        with django_assert_num_queries(3):
            stranger.get(URL)
        with django_assert_num_queries(2):
            stranger.get("/netzwerk/")


def test_the_teams_page_leads_there_while_the_network_meets(team, network):
    assert f'href="{URL}"' in _said(team, "/netzwerke/melle-bissendorf/")
    Network.objects.update(is_active=False)
    assert f'href="{URL}"' not in _said(team, "/netzwerke/melle-bissendorf/")
