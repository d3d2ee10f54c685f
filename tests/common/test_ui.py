"""Template tags and shared pieces."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from common.templatetags import ui


def rendered(source: str, url: str = "/partner/", **context) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get(url))


def test_a_sentence_is_joined_to_one_line():
    source = "{% filter one_line %}\nEins,  {{ name }}\n  {% if name %}\nzwei.\n{% endif %}\n{% endfilter %}"
    assert rendered(f"{{% autoescape off %}}{source}{{% endautoescape %}}", name="<A & B>") == "Eins,  <A & B> zwei."


def test_a_day_is_said_in_full():
    assert ui.day(date(2027, 2, 3)) == "Mi., 3. Februar 2027"
    assert ui.day(None) == ""


def test_the_day_and_the_time_of_a_subject():
    starts_at = datetime(2031, 2, 5, 23, 30, tzinfo=UTC)
    assert ui.short_day(starts_at) == "Do., 06.02.2031"
    assert ui.clock_period(starts_at, starts_at + timedelta(hours=2)) == "00:30–02:30 Uhr"


def test_an_instant_is_local_time():
    assert ui.instant(datetime(2027, 2, 2, 23, 30, tzinfo=UTC)) == "Mi., 3. Februar 2027, 00:30 Uhr"
    assert ui.instant(datetime(2027, 7, 2, 13, 0, tzinfo=UTC)) == "Fr., 2. Juli 2027, 15:00 Uhr"


def test_a_day_and_a_time_stay_on_their_lines():
    period = ui.period(datetime(2027, 2, 3, 14, 0, tzinfo=UTC), datetime(2027, 2, 3, 16, 30, tzinfo=UTC))
    assert ui.unbroken(period) == (
        '<span class="nowrap">Mi., 3. Februar 2027,</span> <span class="nowrap">15:00–17:30 Uhr</span>'
    )
    assert ui.unbroken("<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox unter Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge unter Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari unter iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Safari/537.36", "Chrome unter Android"),
        ("curl/8.0", "unbekanntes Gerät"),
        ("", "unbekanntes Gerät"),
    ],
)
def test_a_device_is_said_in_words(user_agent, words):
    assert ui.device(user_agent) == words


@pytest.mark.parametrize(
    ("path", "current"), [("/partner/", "page"), ("/partner/personen/", "true"), ("/", ""), ("/partnerschaft/", "")]
)
def test_the_navigation_knows_where_we_are(path, current):
    context = {"request": RequestFactory().get(path)}
    assert ui.nav_link(context, "/partner/", "Partner")["current"] == current


def test_home_is_current_on_itself_only():
    at = {path: ui.nav_link({"request": RequestFactory().get(path)}, "/", "Heute") for path in ("/", "/partner/")}
    assert [link["current"] for link in at.values()] == ["page", ""]


def test_an_area_may_be_wider_than_its_first_page():
    context = {"request": RequestFactory().get("/post/eingang/")}
    assert ui.nav_link(context, "/post/ausgang/", "Post", below="/post/")["current"] == "true"


def test_sorting_turns_round_and_begins_on_the_first_page():
    context = {"request": RequestFactory().get("/partner/?q=schule&sort=name&page=3")}
    link = ui.sort_link(context, "name", "Name")
    assert link == {"url": "?q=schule&sort=-name", "direction": "ascending", "label": "Name"}
    assert ui.sort_link(context, "place", "Ort")["url"] == "?q=schule&sort=place"


@pytest.mark.parametrize(
    ("number", "numbers"),
    [(1, [1, 2, 0, 10]), (5, [1, 0, 4, 5, 6, 0, 10]), (10, [1, 0, 9, 10])],
)
def test_a_pager_shows_both_ends_and_the_neighbours(number, numbers):
    assert ui.page_numbers(Paginator(range(500), 50).page(number)) == numbers


def test_the_pager_keeps_the_filters():
    page = Paginator(range(120), 50).page(2)
    html = rendered('{% include "ui/pager.html" %}', "/partner/?q=m%C3%BCller&page=2", page_obj=page)
    assert 'href="?q=m%C3%BCller&amp;page=3" rel="next"' in html
    assert 'href="?q=m%C3%BCller&amp;page=2" aria-current="page"' in html
    assert "51–100 von 120" in html


def test_one_page_needs_no_pager():
    html = rendered('{% include "ui/pager.html" %}', page_obj=Paginator(range(50), 50).page(1))
    assert html.strip() == ""


def test_a_network_is_never_a_colour_alone():
    network = SimpleNamespace(mark=5, short_name="Melle", name="Netzwerk Melle/Bissendorf")
    html = render_to_string("ui/network_mark.html", {"network": network})
    assert html.strip() == ('<span class="network-mark network-mark-5" title="Netzwerk Melle/Bissendorf">Melle</span>')


@pytest.mark.parametrize(
    ("level", "css_class", "role"),
    [("success", "alert-success", "status"), ("error", "alert-danger", "alert"), ("", "alert-info", "status")],
)
def test_an_alert_is_announced_as_urgently_as_it_is(level, css_class, role):
    html = render_to_string("ui/alert.html", {"level": level, "text": "<b>"})
    assert html.strip() == f'<div class="alert {css_class}" role="{role}"><p>&lt;b&gt;</p></div>'


def test_the_count_says_one_entry_and_many():
    said = [
        render_to_string("ui/count.html", {"page_obj": Paginator(range(number), 50).page(1)}).strip()
        for number in (0, 1, 1234)
    ]
    assert said == ["0 Einträge", "1 Eintrag", "1.234 Einträge"]


def test_the_timeline_says_who_did_what():
    at = datetime(2027, 2, 3, 14, 0, tzinfo=UTC)
    entry = SimpleNamespace(pk=None, at=at, by=None, sentence="hat die Liste gelesen")
    html = render_to_string("ui/timeline.html", {"activities": [entry]})
    assert "<p>Das System hat die Liste gelesen" in html
    assert "Mi., 3. Februar 2027, 15:00 Uhr" in html


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("0541 501-4711", "tel:05415014711"),
        ("+49 (0)5422 / 12-34", "tel:+4954221234"),
        ("05422 777, nur vormittags", "tel:05422777"),
        ("05422 1 oder 0170 2", "tel:054221"),
        ("auf Anfrage", ""),
        ("", ""),
    ],
)
def test_a_telephone_number_as_a_link(number, address):
    assert ui.tel(number) == address


def test_a_mark_never_lets_markup_in():
    text = ui.mark("<b>Müller & Söhne</b>", ["muller", "b", "amp"])
    assert text == "&lt;<mark>b</mark>&gt;<mark>Müller</mark> &amp; Söhne&lt;/<mark>b</mark>&gt;"
    assert ui.mark(None, ["a"]) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Etwas anderes", ""),
        ("In Elternzeit\nbis Mai", "In <mark>Elternzeit</mark> bis Mai"),
        (
            f"{'lang ' * 30}Elternzeit & {'kurz ' * 30}",
            f"… {'lang ' * 11}<mark>Elternzeit</mark> &amp; {'kurz ' * 11}…",
        ),
        (f"{'x' * 90}Elternzeit{'y' * 90}", "… <mark>Elternzeit</mark> …"),
    ],
)
def test_an_excerpt_shows_the_words_around_the_first_match(text, shown):
    assert ui.excerpt(text, ["elternzeit"]) == shown


def test_a_number_is_marked_by_its_digits():
    assert ui.phone("05422/12 34", "54221234") == '<a href="tel:054221234"><mark>05422/12 34</mark></a>'
    assert ui.phone("<05422>") == '<a href="tel:05422">&lt;05422&gt;</a>'
    assert ui.phone("über <Zentrale>", "12") == "über &lt;Zentrale&gt;"


@pytest.mark.parametrize(
    ("number", "counted", "shown"),
    [(1_001, None, "1.001"), (1_000, 1_000, "1.000"), (1_001, 1_000, "mehr als 1.000"), (0, 5, "0")],
)
def test_a_number_that_may_not_have_been_counted_to_its_end(number, counted, shown):
    assert ui.up_to(number, counted) == shown


def test_a_line_may_break_after_a_slash_and_all_else_is_escaped():
    assert rendered("{{ text|breakable }}", text="A & B/C") == "A &amp; B/<wbr>C"


def test_a_moment_is_named_from_today():
    with time_machine.travel(datetime(2027, 2, 3, 8, 0, tzinfo=UTC), tick=False):
        said = [ui.moment(datetime(2027, 2, day, 6, 5, tzinfo=UTC)) for day in (3, 2, 1)]
    assert said == ["heute, 07:05 Uhr", "gestern, 07:05 Uhr", "Mo., 1. Februar 2027, 07:05 Uhr"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("0541 99, Kennung <7>", '<a href="tel:054199">0541 99</a>, Kennung &lt;7&gt;'),
        ("0541 99", '<a href="tel:054199">0541 99</a>'),
        ("<auf Anfrage>", "&lt;auf Anfrage&gt;"),
        ("", ""),
    ],
)
def test_what_follows_a_number_is_no_part_of_its_link(text, html):
    assert ui.tel_link(text) == html
