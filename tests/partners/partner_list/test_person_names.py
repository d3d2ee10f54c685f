import pytest

from partners.services.partner_list import person_names
from partners.services.partner_list.person_names import PersonName


@pytest.mark.parametrize(
    ("cell", "expected", "notices"),
    [
        ("Frau", ("ms", ""), 0),
        ("Fr.", ("ms", ""), 0),
        ("Herr", ("mr", ""), 0),
        ("Hr.", ("mr", ""), 0),
        ("Herrn Dr.", ("mr", "Dr."), 0),
        ("Frau/Herr", ("", ""), 1),
        ("Familie", ("", ""), 1),
        ("w", ("ms", ""), 0),
        ("männlich", ("mr", ""), 0),
        ("divers", ("", ""), 0),
        ("(w/m/d)", ("", ""), 0),
        ("", ("", ""), 0),
    ],
)
def test_salutation(cell, expected, notices):
    read = person_names.salutation(cell)
    assert (read.value, len(read.notices)) == (expected, notices)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Frau Dr. Gesa Ahrens", PersonName("ms", "Dr.", "Gesa", "Ahrens")),
        ("Ahrens, Gesa", PersonName("", "", "Gesa", "Ahrens")),
        ("Ahrens, Dr. Gesa", PersonName("", "Dr.", "Gesa", "Ahrens")),
        ("Herr van der Heide", PersonName("mr", "", "", "van der Heide")),
        ("Peter von dem Brinke", PersonName("", "", "Peter", "von dem Brinke")),
        ("Gesa Meyer zu Hörste (Vertretung)", PersonName("", "", "Gesa", "Meyer zu Hörste", "Vertretung")),
        ("Prof. Dr. Dr. h.c. Anna-Lena Müller", PersonName("", "Prof. Dr. Dr. h.c.", "Anna-Lena", "Müller")),
        ("Dipl.-Ing. Uwe Große-Börding", PersonName("", "Dipl.-Ing.", "Uwe", "Große-Börding")),
        ("Drees", PersonName("", "", "", "Drees")),
        ("Herr Dr. med. habil. Ali Can", PersonName("mr", "Dr. med. habil.", "Ali", "Can")),
        ("Dr.-Ing. habil. Uwe Groß, M.A.", PersonName("", "Dr.-Ing. habil.", "Uwe", "Groß", "M.A.")),
        ("Frau Eva Holz B.Sc.", PersonName("ms", "", "Eva", "Holz", "B.Sc.")),
        ("Holz, Eva, LL.M.", PersonName("", "", "Eva", "Holz", "LL.M.")),
        ("M.A. Eva Holz", PersonName("", "", "Eva", "Holz", "M.A.")),
        ("Herr B. A. Meier", PersonName("mr", "", "B. A.", "Meier")),
        ("Frau StD a.D. Dr. Ina Kuhl", PersonName("ms", "Dr.", "Ina", "Kuhl", "StD a.D.")),
        ("Ina Kuhl MdL", PersonName("", "", "Ina", "Kuhl", "MdL")),
        ("Herr Karl Bruns (Werk 2) sen.", PersonName("mr", "", "Karl", "Bruns", "Werk 2, sen.")),
        ("Frau Dr. Senta Jun", PersonName("ms", "Dr.", "Senta", "Jun")),
        ("Herr Jan Thies und Frau Pia Thies", PersonName("mr", "", "Jan", "Thies", "", "Frau Pia Thies")),
        ("Jan und Pia Thies", PersonName("", "", "Jan", "Thies", "", "Pia Thies")),
        ("Frau Müller, Herr Meier", PersonName("ms", "", "", "Müller", "", "Herr Meier")),
        ("Meyer/Kuhl", PersonName("", "", "", "Meyer", "", "Kuhl")),
        ("Otto von und zu Grote", PersonName("", "", "Otto", "von und zu Grote")),
        ("Magda Ing", PersonName("", "", "Magda", "Ing")),
        ("", PersonName()),
    ],
)
def test_full_name(cell, expected):
    assert person_names.full_name(cell) == expected


@pytest.mark.parametrize(
    ("whole", "first", "last", "expected"),
    [
        ("", "Gesa", "Ahrens", PersonName("", "", "Gesa", "Ahrens")),
        ("", "Sönke", "Meyer zu Hörste\n(Vertretung)", PersonName("", "", "Sönke", "Meyer zu Hörste", "Vertretung")),
        ("", "Dr. Gesa", "Ahrens", PersonName("", "Dr.", "Gesa", "Ahrens")),
        ("", "", "Ahrens, Gesa", PersonName("", "", "Gesa", "Ahrens")),
        ("Herr Kai Claßen", "", "", PersonName("mr", "", "Kai", "Claßen")),
        ("", "Karl", "Bruns jun.", PersonName("", "", "Karl", "Bruns", "jun.")),
        ("", "Jan und Pia", "Thies", PersonName("", "", "Jan", "Thies", "", "Pia Thies")),
        ("", "Jan", "Thies / Kuhl", PersonName("", "", "Jan", "Thies", "", "Kuhl")),
    ],
)
def test_person_name(whole, first, last, expected):
    assert person_names.person_name(whole, first=first, last=last) == expected


@pytest.mark.parametrize(
    ("cell", "kept", "others"),
    [("Dr.", "Dr.", ""), ("M.A.", "", "M.A."), ("StD", "", "StD"), ("Dr. StD", "Dr.", "StD"), ("", "", "")],
)
def test_of_a_title_only_what_a_letter_says(cell, kept, others):
    """Else a mail begins „Guten Tag, Frau M.A.“."""
    assert person_names.title(cell) == (kept, others)
