"""Imprint, privacy and accessibility, and their editor."""

import re

import pytest
from django.conf import settings

from public.models import SiteText
from team.services import activity

PAGES = ["impressum", "datenschutz", "barrierefreiheit"]


@pytest.fixture
def imprint(db) -> SiteText:
    return SiteText.objects.get(page="impressum")


def opened(browser, page="impressum") -> dict[str, str]:
    """The form's fields as the page shows them."""
    form = browser.get(f"/texte/{page}/bearbeiten/").context["form"]
    return {name: form[name].value() for name in form.fields}


@pytest.mark.parametrize("page", PAGES)
def test_everybody_reads_them_and_only_the_team_edits(page, stranger, team, db):
    public, own = stranger.get(f"/{page}/"), team.get(f"/{page}/")
    assert (public.status_code, own.status_code) == (200, 200)
    assert ["Bearbeiten" in response.content.decode() for response in (public, own)] == [False, True]


def test_a_public_page_loads_two_stylesheets_and_no_script(stranger, db):
    html = stranger.get("/impressum/").content.decode()
    assert (html.count('rel="stylesheet"'), html.count("<script")) == (2, 0)


@pytest.mark.parametrize("page", PAGES)
def test_the_footer_of_every_page_leads_there(page, stranger, team, db):
    assert [f'href="/{page}/"' in browser.get(url).content.decode() for browser, url in (
        (stranger, "/konto/login/"), (stranger, "/impressum/"), (stranger, "/nirgends/"), (team, "/"), (team, "/stil/"),
    )] == [True] * 5  # fmt: skip


def test_only_the_team_is_told_what_is_still_to_fill_in(stranger, team, imprint):
    assert imprint.open_places == imprint.body.count("[Bitte ergänzen")
    assert imprint.open_places > 0
    said = [b"Stellen auszuf" in browser.get("/impressum/").content for browser in (stranger, team)]
    assert said == [False, True]
    SiteText.objects.filter(pk=imprint.pk).update(body="Alles da.")
    assert b"Stellen auszuf" not in team.get("/impressum/").content


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("impressum", ["§ 5 Digitale-Dienste-Gesetz"]),
        ("datenschutz", ["Artikel 13 und 14", "§ 3 des Niedersächsischen Datenschutzgesetzes", "Artikel 21"]),
        ("barrierefreiheit", ["Behindertengleichstellungsgesetzes", "Schlichtungsstelle", "Sagen Sie es uns"]),
    ],
)
def test_the_starting_texts_say_what_the_law_asks_for(page, said, stranger, db):
    html = stranger.get(f"/{page}/").content.decode()
    assert [words for words in said if words not in html] == []


def test_rewriting_is_saved_and_noted(team, coordinator, imprint):
    response = team.post("/texte/impressum/bearbeiten/", {**opened(team), "body": "## Wir\n\nSind **da**."})
    assert (response.status_code, response.url) == (302, "/impressum/")
    imprint.refresh_from_db()
    assert (imprint.body, imprint.version) == ("## Wir\n\nSind **da**.", 2)
    assert [(entry.by, entry.sentence) for entry in activity.timeline(imprint)] == [
        (coordinator, "hat den öffentlichen Text „Impressum“ geändert")
    ]
    assert "<h2>Wir</h2>\n<p>Sind <strong>da</strong>.</p>" in team.get("/impressum/").content.decode()


def test_a_preview_shows_and_writes_nothing(team, imprint):
    typed = {**opened(team), "body": "## Neu <script>", "preview": "1"}
    response = team.post("/texte/impressum/bearbeiten/", typed)
    html = response.content.decode()
    assert (response.status_code, "<h2>Neu &lt;script&gt;</h2>" in html) == (200, True)
    assert "## Neu &lt;script&gt;</textarea>" in html
    before = imprint.body
    imprint.refresh_from_db()
    assert (imprint.body, imprint.version) == (before, 1)
    assert list(activity.timeline(imprint)) == []


def test_two_people_do_not_overwrite_each_other(team, lead_client, imprint):
    hers, his = opened(team), opened(lead_client)
    lead_client.post("/texte/impressum/bearbeiten/", {**his, "body": "von Herrn Winter"})
    response = team.post("/texte/impressum/bearbeiten/", {**hers, "body": "von Frau Sommer"})
    assert response.status_code == 422
    (conflict,) = response.context["form"].conflicts
    assert (conflict.theirs, conflict.mine, conflict.both_changed) == ("von Herrn Winter", "von Frau Sommer", True)
    html = response.content.decode()
    assert "von Frau Sommer</textarea>" in html
    assert "<td>von Herrn Winter</td><td>von Frau Sommer</td>" in html
    imprint.refresh_from_db()
    assert imprint.body == "von Herrn Winter"


def test_an_empty_text_is_refused(team, imprint):
    response = team.post("/texte/impressum/bearbeiten/", {**opened(team), "body": " "})
    assert (response.status_code, response.context["form"].errors.keys()) == (422, {"body"})


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_no_other_page_to_edit(method, team):
    assert getattr(team, method)("/texte/hausordnung/bearbeiten/").status_code == 404


def test_a_stranger_cannot_edit(stranger, imprint):
    response = stranger.post("/texte/impressum/bearbeiten/", {"body": "gehackt"})
    assert (response.status_code, response.url.split("?")[0]) == (302, "/konto/login/")
    imprint.refresh_from_db()
    assert imprint.body != "gehackt"


NOT_ON_THE_STYLE_PAGE = {
    "confirm.html": "a page to extend",
    "demo_note.html": "says so itself, in the demo only",
    "error_page.html": "a page to extend",
    "form_page.html": "a page to extend",
    "list_page.html": "a page to extend",
    "suggestion_input.html": "a field's widget, over which its form decides",
    "too_many.html": "a page",
}


def test_the_style_page_shows_every_piece_to_the_team_only(team, stranger, db):
    assert stranger.get("/stil/").status_code == 302
    page = team.get("/stil/")
    shown = {template.name.removeprefix("ui/") for template in page.templates if template.name.startswith("ui/")}
    pieces = {path.name for path in (settings.BASE_DIR / "templates" / "ui").iterdir()}
    assert pieces - shown == set(NOT_ON_THE_STYLE_PAGE) - shown
    assert set(NOT_ON_THE_STYLE_PAGE) <= pieces


def test_the_style_page_shows_every_drawing(team, db):
    drawn = set(re.findall(r'name == "(\w+)"', (settings.BASE_DIR / "templates" / "ui" / "icon.html").read_text()))
    assert {name for name, _ in team.get("/stil/").context["icons"]} == drawn
