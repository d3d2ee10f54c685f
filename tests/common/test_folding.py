import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.folding import (
    SHORTEST_PART,
    email_key,
    fold,
    match_key,
    owner_key,
    phone_digits,
    phone_key,
    places_of,
    search_key,
    search_words,
    sort_key,
)

GMAIL, GOOGLEMAIL = "gmail.com", "googlemail.com"


def _finds(query: str, text: str) -> bool:
    return all(_holds(search_key(text), word) for word in search_words(query))


def _holds(key: str, word: str) -> bool:
    return word in key if len(word) >= SHORTEST_PART else any(part.startswith(word) for part in key.split())


@pytest.mark.parametrize("query", ["Müller", "Mueller", "Muller", "MÜLLER", "mül", "ller", "muell", "müll jö", "mu j"])
def test_every_spelling_and_every_part_finds_mueller(query):
    assert _finds(query, "Jörg Müller")


@pytest.mark.parametrize("query", ["Müller", "Mueller", "Muller"])
def test_every_spelling_finds_a_name_written_with_ue(query):
    assert _finds(query, "Mueller")


@pytest.mark.parametrize("query", ["manuela", "uel", "ela", "Manu"])
def test_a_part_that_cuts_a_digraph_is_found(query):
    assert _finds(query, "Manuela")


def test_other_names_are_not_found():
    assert not _finds("Müller", "Möller")
    assert not _finds("Müller Ahrens", "Müller")


@pytest.mark.parametrize("query", ["ll", "er", "r", "mül er"])
def test_one_or_two_letters_are_no_part_inside_a_word(query):
    assert not _finds(query, "Jörg Müller")


def test_letters_that_unicode_does_not_decompose():
    assert fold("Đorđević Łukasz Yıldız Ærø Große") == "dordevic lukasz yildiz aero grosse"


def test_decomposed_and_composed_umlauts_are_the_same():
    assert match_key("Mu\u0308ller") == match_key("Müller") == match_key("MUELLER") == match_key("Muller")


def test_german_dictionary_order():
    names = ["Zander", "Äpfel", "Apfel", "Ahrens", "Öse", "Oase", "groß", "Gross 2", "Gross 10", "Große"]
    in_order = ["Ahrens", "Äpfel", "Apfel", "groß", "Gross 10", "Gross 2", "Große", "Oase", "Öse", "Zander"]
    assert sorted(names, key=lambda name: (sort_key(name), names.index(name))) == in_order


def test_sort_key_has_nothing_that_a_collation_ignores():
    assert sort_key("van der Heide, Klaus-Peter 7b") == "van00der00heide00klaus00peter0017b"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" Gesa.Ahrens@Schule.EXAMPLE ", "gesa.ahrens@schule.example"),
        ("info@müller.example", "info@xn--mller-kva.example"),
        ("", ""),
        ("kaputt", "kaputt"),
    ],
)
def test_email_key(typed, key):
    assert email_key(typed) == key


@given(st.text())
def test_any_text_can_be_folded_and_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert match_key(text) == match_key(fold(text))
    assert email_key(email_key(text)) == email_key(text)
    assert set(sort_key(text)) <= set(fold(text)) | set("0123456789")


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("mueller", "Jörg Müller, Mueller", ["Müller", "Mueller"]),
        ("Muller", "Müllerei", ["Müller"]),
        ("müller", "MUELLER", ["MUELLER"]),
        ("strasse", "Lange Straße 1", ["Straße"]),
        ("uel", "Manuela", ["uel"]),
        ("ana nan", "Banana", ["anana"]),
        ("ba na", "Banana Natal", ["Ba", "Na"]),
        ("ü b", "Übach-Ubach, Bau", ["Ü", "U", "B"]),
        ("ahrens gesa", "Gesa Ahrens", ["Gesa", "Ahrens"]),
        ("a-b", "A B", ["A", "B"]),
        ("xyz", "Ahrens", []),
        ("", "Ahrens", []),
    ],
)
def test_places_of_the_words(query, text, found):
    assert [text[begin:end] for begin, end in places_of(search_words(query), text)] == found


@given(st.text(max_size=30), st.text(min_size=1, max_size=4))
def test_what_is_found_has_a_place(text, query):
    for word in search_words(query):
        if _holds(search_key(text), word):
            assert places_of([word], unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("05422 1234", "54221234"),
        ("+49 (0)5422-1234", "54221234"),
        ("0049 5422/1234", "54221234"),
        ("69 788", "69788"),
        ("788", "788"),
        ("78", ""),
        ("0078", ""),
        ("+49 5422", "5422"),
        ("49324", "49324"),
        ("494213", "494213"),
        ("05422 1234 abends", ""),
        ("++++++++", ""),
        ("0000000", ""),
    ],
)
def test_digits_of_a_telephone_number(typed, digits):
    assert phone_digits(typed) == digits


def test_numbers_of_one_field_are_kept_apart():
    assert phone_key("0172 99, +49 (0)5422/12-34") == "017299,+49054221234"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"Anna.Ahrens@{GOOGLEMAIL}", f"anna.ahrens@{GMAIL}", True),
        ("info@groß-bau.example", "info@gross-bau.example", False),
        ("info@groß-bau.example", "info@xn--gro-bau-2va.example", True),
        ("a@müller.example", "a@MÜLLER.example", True),
    ],
)
def test_who_owns_an_address(one, other, same):
    assert (owner_key(one) == owner_key(other)) is same
