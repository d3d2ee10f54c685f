import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.services.partner_list import decoding

TEXT = "Einrichtung;Name\r\nKäserei Wölk;Änne Krüger\r\nGrundschule Höhe;Björn Strauß – „da“\r\n"
PLAIN = TEXT.replace(" – „da“", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_each_alphabet_of_excel(encoding):
    assert decoding.decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["cp850", "cp437"])
def test_ms_dos(encoding):
    assert decoding.decode(PLAIN.encode(encoding)) == PLAIN


def test_utf_8_that_was_read_as_another_alphabet_and_saved_again():
    assert decoding.decode(TEXT.encode().decode("latin-1").encode()) == TEXT
    assert decoding.decode(PLAIN.replace("Änne", "Anne").encode().decode("cp1252").encode()) == PLAIN.replace(
        "Änne", "Anne"
    )


def test_lines_of_two_alphabets():
    mixed = "Käserei;Krüger\n".encode() + "Höhe;Strauß\n".encode("cp1252")
    assert decoding.decode(mixed) == "Käserei;Krüger\nHöhe;Strauß\n"


@pytest.mark.parametrize(
    "name", ["João Ângelo Ção", "Renée Françoise", "Škoda", "Łukasz", "Âge â la carte", "Preis: 5 €"]
)
def test_right_letters_stay(name):
    assert decoding.decode(name.encode()) == name


@pytest.mark.parametrize("name", ["Renée Françoise", "Škoda GmbH", "Žižek & Söhne", "5 € § 7"])
def test_windows_of_equals(name):
    assert decoding.decode(name.encode("cp1252")) == name


@given(st.binary())
def test_any_bytes_give_text(content):
    assert isinstance(decoding.decode(content), str)
