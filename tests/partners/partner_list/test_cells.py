import string
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.exports import plain_cell, safe_cell
from common.folding import match_key
from partners.services.partner_list import cells, person_names
from partners.services.partner_list.cells import Addresses

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.text(),
    st.text(alphabet="Ää?ß@.<>()/;, \n\u0308\u00ad\xa0\ufffdmailto:'\"=-+0123456789"),
)
READERS = [
    cells.text,
    cells.line,
    cells.postcode,
    cells.postcode_and_place,
    cells.emails,
    cells.phone,
    person_names.salutation,
    person_names.title,
    person_names.full_name,
    person_names.without_remark,
    cells.yes_no,
]
relaxed = settings(deadline=None)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_no_cell_makes_a_reader_fail(reader):
    @relaxed
    @given(ANYTHING)
    def check(cell):
        reader(cell)

    check()


@relaxed
@given(ANYTHING)
def test_a_clean_text_stays_as_it_is(cell):
    once = cells.text(cell)
    assert cells.text(once) == once
    assert once == once.strip()
    assert not set(once) & set("\u00ad\u200b\ufeff\x00\xa0\ufffd\r")


@relaxed
@given(st.text())
def test_a_clean_text_can_be_stored_in_every_database(cell):
    cells.text(cell).encode()
    assert "\x00" not in cells.text(cell)


@relaxed
@given(ANYTHING)
def test_every_usable_address_is_one(cell):
    for address in cells.emails(cell).value.usable:
        assert address.count("@") == 1
        assert "." in address.rpartition("@")[2]
        assert address == address.lower()
        assert not set(address) & set(" <>;,?")


@relaxed
@given(st.emails(domains=st.sampled_from(["melle.example", "firma-a.example"])).filter(lambda a: "?" not in a))
def test_an_address_is_found_however_it_is_wrapped(address):
    plain = cells.emails(address).value.usable
    for wrapped in (f"mailto:{address}", f" {address} ", f"Gesa Ahrens <{address}>", address.replace("@", " (at) ")):
        assert cells.emails(wrapped).value.usable == plain


@relaxed
@given(st.integers(10000, 99999))
def test_a_postcode_is_the_same_as_number_float_and_text(number):
    for cell in (number, float(number), f" {number} ", f"D-{number}", f"{number}.0".removesuffix(".0")):
        assert cells.postcode(cell) == cells.Read(str(number))


@relaxed
@given(st.text(alphabet=string.ascii_letters + "äöüß", min_size=3), st.data())
def test_a_name_with_lost_letters_is_the_same_name(name, data):
    at = data.draw(st.integers(0, len(name) - 1))
    if name[at] in "äöüß" or match_key(name) != name.lower():
        return  # a digraph or a letter that folds to two is not one letter
    holes = f"{name[:at]}?{name[at + 1 :]}"
    if cells.has_lost_letters(holes):
        assert cells.same_name(holes, name)


@relaxed
@given(st.text(alphabet="0123456789 /-()", min_size=4).filter(lambda text: any(c.isdigit() for c in text)))
def test_another_spelling_of_a_number_has_the_same_key(number):
    local = "05401" + number
    abroad = "+49 5401" + number
    assert cells.phone_key(local) == cells.phone_key(abroad) == cells.phone_key(abroad.replace("+", "00"))


@relaxed
@given(st.text(alphabet="'=+-@\t\nab"))
def test_what_an_export_escapes_is_undone_exactly(text):
    assert plain_cell(safe_cell(text)) == text


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, ""),
        ("  Feinkost\xa0 Fährmann  ", "Feinkost Fährmann"),
        ("Lu\u0308bkering", "Lübkering"),
        ("Hand\u00adwerk", "Handwerk"),
        ("a\r\n\n b", "a\nb"),
        (49324.0, "49324"),
        (0.5, "0.5"),
        (float("nan"), ""),
        (True, "ja"),
        (Decimal("7"), "7"),
        (date(2026, 11, 3), "03.11.2026"),
        (datetime(2026, 11, 3, 15, 30), "03.11.2026 15:30"),  # noqa: DTZ001 - cells have no time zone
        (datetime(2026, 11, 3), "03.11.2026"),  # noqa: DTZ001
        (time(9, 5), "09:05"),
        (timedelta(hours=1), "1:00:00"),
        ("M\ufffdller", "M?ller"),
    ],
)
def test_text(cell, expected):
    assert cells.text(cell) == expected


@pytest.mark.parametrize("cell", ["-", "–", " -- ", "/", "...", "—"])
def test_a_dash_says_nothing(cell):
    assert cells.line(cell) == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("gesa@ahrens.example", Addresses(("gesa@ahrens.example",))),
        (" GESA@AHRENS.EXAMPLE ", Addresses(("gesa@ahrens.example",))),
        ("mailto:gesa@ahrens.example", Addresses(("gesa@ahrens.example",))),
        ("Gesa Ahrens <gesa@ahrens.example>", Addresses(("gesa@ahrens.example",))),
        ("gesa (at) ahrens.example", Addresses(("gesa@ahrens.example",))),
        ("gesa[at]ahrens[punkt]example", Addresses(("gesa@ahrens.example",))),
        ("gesa at ahrens.example", Addresses(("gesa@ahrens.example",))),
        ("gesa@ahrens.example; info@ahrens.example", Addresses(("gesa@ahrens.example", "info@ahrens.example"))),
        ("gesa@ahrens.example / ahrens@ahrens.example", Addresses(("gesa@ahrens.example", "ahrens@ahrens.example"))),
        ("gesa@ahrens.example\ngesa@ahrens.example", Addresses(("gesa@ahrens.example",))),
        ("o'brien@ahrens.example", Addresses(("o'brien@ahrens.example",))),
        ("gesa@ahrens", Addresses((), "gesa@ahrens")),
        ("ges?@ahrens.example", Addresses((), "ges?@ahrens.example")),
        ("gesa@ahrens.example, dirk@ahrens", Addresses(("gesa@ahrens.example",), "dirk@ahrens")),
        ("bitte anrufen", Addresses((), "bitte anrufen")),
        ("keine E-Mail", Addresses()),
        ("-", Addresses()),
        (None, Addresses()),
    ],
)
def test_emails(cell, expected):
    assert cells.emails(cell).value == expected


@pytest.mark.parametrize(
    ("cell", "expected", "notices"),
    [
        (49324, "49324", 0),
        (49324.0, "49324", 0),
        ("49324.0", "49324", 0),
        ("49324", "49324", 0),
        ("DE-49324", "49324", 0),
        (1067, "01067", 1),
        ("4932", "4932", 1),
        ("", "", 0),
    ],
)
def test_postcode(cell, expected, notices):
    read = cells.postcode(cell)
    assert (read.value, len(read.notices)) == (expected, notices)


@pytest.mark.parametrize(
    ("cell", "code", "place"),
    [("49324 Melle", "49324", "Melle"), ("D-49324, Melle", "49324", "Melle"), ("Melle", "", "Melle"), (None, "", "")],
)
def test_postcode_and_place(cell, code, place):
    read, where = cells.postcode_and_place(cell)
    assert (read.value, where) == (code, place)


@pytest.mark.parametrize(
    ("cell", "expected", "notices"),
    [
        ("ja", True, 0),
        ("x", True, 0),
        ("X ", True, 0),
        (1, True, 0),
        (True, True, 0),
        ("✓", True, 0),
        ("nein", False, 0),
        ("N", False, 0),
        (0, False, 0),
        ("", None, 0),
        ("vielleicht", None, 1),
    ],
)
def test_yes_no(cell, expected, notices):
    read = cells.yes_no(cell)
    assert (read.value, len(read.notices)) == (expected, notices)


@pytest.mark.parametrize("number", ["0049-5401-4104134", "+49 (0) 5401 4104134", "(05401) 4104134", "05401/41041-34"])
def test_phone_key(number):
    assert cells.phone_key(number) == "54014104134"


def test_a_phone_without_digits_is_none():
    assert cells.phone("auf Anfrage") == cells.Read("", ("Telefon „auf Anfrage“ ist keine Nummer",))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("?or?evi?", "Đorđević", True),
        ("Y?ld?z", "Yıldız", True),
        ("Ay?e", "Ayşe", True),
        ("Lu?bkering", "Lübkering", True),
        ("Müller", "Mueller", True),
        ("O'Brien", "O’Brien", True),
        ("Y?ld?z", "Yildirim", False),
        ("Ahrens", "Ahrend", False),
        ("", "", False),
    ],
)
def test_same_name(left, right, same):
    assert cells.same_name(left, right) is same


def test_street_key():
    assert cells.street_key("Bergstr. 3") == cells.street_key("Bergstraße 3") != cells.street_key("Bergstraße 4")


@pytest.mark.parametrize(("remark", "lost"), [("Kommt er noch?", False), ("Y?ld?z fragen", True), ("?ukasz", True)])
def test_a_question_is_no_lost_letter(remark, lost):
    assert cells.may_have_lost_letters(remark) is lost


@pytest.mark.parametrize(
    ("text", "part", "held"),
    [
        ("Elternzeit bis 2027\nVertretung", "Elternzeit bis 2027", True),
        ("Elternzeit bis 2027", "Elternzeit bis 202", False),
        ("fragt Yıldız", "fragt Y?ld?z", True),
        ("fragt Ahrens", "fragt Y?ld?z", False),
        ("", "!", False),
        ("!", "!", True),
    ],
)
def test_holds(text, part, held):
    assert cells.holds(text, part) is held
