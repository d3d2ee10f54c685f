"""Sentences about what a search found."""

import pytest

from desk.services.search import Group
from desk.templatetags.desk_words import way_to_list


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (Group([1, 2], 2), "In der Liste der Personen"),
        (Group([1, 2], 1_300), "Alle 1.300 Personen"),
        (Group([1, 2], 1_300, counted=1_000), "Alle Personen"),
    ],
)
def test_the_way_to_the_list(group, words):
    assert way_to_list(group, "Personen") == words
