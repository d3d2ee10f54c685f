"""Markdown as HTML and as text to read."""

import re

import pytest

from common import markdown


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (
            "Es geht um **Dual** und *mehr* und __noch__ _mehr_ und `Code`.",
            "Es geht um Dual und mehr und noch mehr und Code.",
        ),
        ("Eine Zeile\nund noch eine  \nund die dritte", "Eine Zeile\nund noch eine\nund die dritte"),
        ("Absatz\n\n\n\nAbsatz", "Absatz\n\nAbsatz"),
        ("# Eins\nText\n\n## Zwei\nText", "Eins\n\nText\n\nZwei\n\nText"),
        ("Titel\n=====\nText", "Titel\n\nText"),
        ("- eins\n- **zwei**\n  - drei\n* vier", "- eins\n- zwei\n  - drei\n\n- vier"),
        ("3. drei\n4. vier\n   weiter", "3. drei\n4. vier\n   weiter"),
        ("- eins\n\n- zwei\n\n  mehr dazu", "- eins\n- zwei\n\n  mehr dazu"),
        ("> gesagt\n> **und** getan\n>\n> später", "> gesagt\n> und getan\n>\n> später"),
        ("oben\n\n---\n\nunten", "oben\n\n* * *\n\nunten"),
        ("```\nso *steht* es\n```", "so *steht* es"),
        ("| Was | Wann |\n|---|---|\n| **Rundgang** | 15 Uhr |", "Was | Wann\nRundgang | 15 Uhr"),
        ("[Anfahrt](https://schule.example/weg)", "Anfahrt (https://schule.example/weg)"),
        ("[**Anfahrt**](https://schule.example 'Titel') heute", "Anfahrt (https://schule.example) heute"),
        ("[Schreiben](mailto:a@schule.example)", "Schreiben (a@schule.example)"),
        ("[Anrufen](tel:+49541123)", "Anrufen (+49541123)"),
        ("<https://schule.example/weg>", "https://schule.example/weg"),
        ("Siehe https://schule.example/ein_weg.", "Siehe https://schule.example/ein_weg."),
        ("<a@schule.example>", "a@schule.example"),
        ("[schule.example](https://schule.example/)", "schule.example"),
        ("[https://schule.example/ä](https://schule.example/ä)", "https://schule.example/ä"),
        ("[hier][1]\n\n[1]: https://schule.example/weg", "hier (https://schule.example/weg)"),
        ("![Das Haus](https://schule.example/haus.png)", "Das Haus"),
        ("[](https://schule.example/weg)", "(https://schule.example/weg)"),
    ],
)
def test_what_is_typed_is_read_without_marks(typed, read):
    assert markdown.plain(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        (" \n\t\n ", ""),
        ("2 * 3 * 4 und 5*6", "2 * 3 * 4 und 5*6"),
        ("ein_name_mit_strichen", "ein_name_mit_strichen"),
        ("**nicht zu Ende", "**nicht zu Ende"),
        (r"\*kein Stern\*", "*kein Stern*"),
        ("A &amp; B &lt;c&gt; &#8222;d&#8220;", "A & B <c> „d“"),
        ("<b>fett</b> <script>weg()</script>", "<b>fett</b> <script>weg()</script>"),
        ("[böse](javascript:weg)", "[böse](javascript:weg)"),
        ("[daneben](/treffen/)", "daneben"),
        ("[seltsam](ftp://schule.example)", "seltsam"),
        ("eins\r\nzwei\rdrei", "eins\nzwei\ndrei"),
        ("\x00", "\ufffd"),
        ("-", "-"),
        ("- \n- b", "- \n- b"),
        ("Emoji 😀 und Ümläute", "Emoji 😀 und Ümläute"),
    ],
)
def test_odd_input_stays_readable(typed, read):
    assert markdown.plain(typed).splitlines() == read.splitlines()


@pytest.mark.parametrize("piece", [">", "- ", "[", "*", "**a ", "![", "`", "<", "\n#", "|a|\n|-|\n", "1. "])
def test_very_much_of_something_ends(piece):
    text = piece * 3000
    assert isinstance(markdown.plain(text), str)
    assert isinstance(markdown.render(text), str)


@pytest.mark.parametrize(
    ("typed", "links"),
    [
        ("Siehe https://schule.example/ein_weg?a=1&b=2.", ["https://schule.example/ein_weg?a=1&amp;b=2"]),
        (
            "(https://schule.example), [da](https://betrieb.example)",
            ["https://schule.example", "https://betrieb.example"],
        ),
        ("Dual.und z.B. schule.de", []),
        ("javascript:weg() file:///etc", []),
    ],
)
def test_an_address_becomes_a_link(typed, links):
    assert re.findall(r'href="([^"]*)"', markdown.render(typed)) == links


def test_html_lets_nothing_dangerous_through():
    html = markdown.render("<script>x</script> [a](javascript:x) **b** ![c](https://schule.example/c.png)")
    assert [word for word in ("<script", "href", "<img") if word in html] == []
    assert "<strong>b</strong>" in html
