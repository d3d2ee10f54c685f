import pytest

from partners.services.partner_list import remarks


@pytest.mark.parametrize(
    ("remark", "stops", "means"),
    [
        ("bitte nur per Telefon", True, True),
        ("nur telefonisch!", True, True),
        ("nicht mehr anschreiben", True, True),
        ("ausgeschieden zum 31.7.", True, True),
        ("verstorben", True, True),
        ("bitte keine Mails", True, True),
        ("verlässt die Schule im Sommer", False, True),
        ("Elternzeit bis 2027", False, True),
        ("Datenschutz: widerspricht Fotos", False, True),
        ("Vertretung", False, True),
        ("neu seit 08/2025", False, False),
        ("war am 12.11. dabei", False, False),
        ('"Kontakt über Sekretariat"', False, False),
        ("", False, False),
    ],
)
def test_remarks(remark, stops, means):
    assert (remarks.stops_invitations(remark), remarks.is_meaningful(remark)) == (stops, means)
