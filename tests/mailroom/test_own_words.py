"""Test that own words are kept and quotes and lines of programs are left out."""

import pytest

from mailroom.own_words import MAX_WORDS, own_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ich bringe Kuchen mit.\nBis dann\n", "Ich bringe Kuchen mit.\nBis dann"),
        ("Ja\n-- \nGesa Ahrens\nSchulleiterin", "Ja"),
        ("Ja\n\nAm 1. März 2027 um 10:00 schrieb Servicestelle <a@b.example>:\n> Bitte antworten", "Ja"),
        ("Ja\n-----Ursprünglicher Termin-----\nVon: Servicestelle", "Ja"),
        ("Ja\n________________________________\nVon: Servicestelle", "Ja"),
        ("Gesa Ahrens has accepted this invitation.\n\nTitle: Treffen\nWhen: Mi", ""),
        ("Gesa hat Ihre Einladung mit Vorbehalt angenommen", ""),
        ("Zugesagt: Netzwerktreffen", ""),
        ("Abgesagt", ""),
        (
            "Abgesagt habe ich ungern, aber ich bin auf Klassenfahrt.",
            "Abgesagt habe ich ungern, aber ich bin auf Klassenfahrt.",
        ),
        ("Wer: bringt eigentlich den Beamer mit?", ""),
        ("Invitation from Google Calendar: https://calendar.example/x", ""),
        ("", ""),
        ("x" * 5000, "x" * MAX_WORDS),
    ],
)
def test_words(text, words):
    assert own_words(text) == words
